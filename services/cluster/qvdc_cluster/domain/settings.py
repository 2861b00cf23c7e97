"""A cluster's policies; the ranges are those of the contract."""

from dataclasses import dataclass, field
from enum import Enum


class VmMonitoring(Enum):
    """What is watched inside machines."""

    OFF = "OFF"
    GUEST_HEARTBEAT = "GUEST_HEARTBEAT"


class IsolationResponse(Enum):
    """What a host that is cut off does with its machines."""

    LEAVE = "LEAVE"
    SHUTDOWN = "SHUTDOWN"
    POWER_OFF = "POWER_OFF"


class AdmissionPolicy(Enum):
    """How the reserve for a failover is counted."""

    HOST_FAILURES = "HOST_FAILURES"
    PERCENT = "PERCENT"
    DEDICATED_HOSTS = "DEDICATED_HOSTS"
    OFF = "OFF"


class DrsMode(Enum):
    """How much balancing does by itself."""

    MANUAL = "MANUAL"
    PARTIALLY_AUTOMATED = "PARTIALLY_AUTOMATED"
    FULLY_AUTOMATED = "FULLY_AUTOMATED"


class DrsPolicy(Enum):
    """What balancing, and the choice of a host, strive for."""

    BALANCED = "BALANCED"
    PACKED = "PACKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionSettings:
    """How much is kept free for a failover."""

    policy: AdmissionPolicy = AdmissionPolicy.HOST_FAILURES
    failover_capacity: int = 1
    reserve_cpu_percent: int = 25
    reserve_memory_percent: int = 25
    failover_nodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HaSettings:
    """What happens when a host dies."""

    enabled: bool = False
    host_monitoring: bool | None = None
    """None: as `enabled`."""
    vm_monitoring: VmMonitoring = VmMonitoring.OFF
    admission: AdmissionSettings = field(default_factory=AdmissionSettings)
    restart_priority: int = 3
    isolation_response: IsolationResponse = IsolationResponse.POWER_OFF
    shutdown_grace_seconds: int = 60
    detection_seconds: int = 9
    storm_percent: int = 30
    max_concurrent_restarts_per_node: int = 4

    @property
    def monitors_hosts(self) -> bool:
        """`host_monitoring`, or what it follows."""
        return self.enabled if self.host_monitoring is None else self.host_monitoring


@dataclass(frozen=True, slots=True, kw_only=True)
class DrsSettings:
    """How load is kept even."""

    enabled: bool = False
    mode: DrsMode = DrsMode.MANUAL
    migration_threshold: int = 3
    policy: DrsPolicy = DrsPolicy.BALANCED
    interval_seconds: int = 300
    cpu_high_percent: int = 80
    memory_high_percent: int = 85
    cooldown_seconds: int = 1800
    max_concurrent_migrations: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Overcommit:
    """How much more than the hosts have may be promised to machines."""

    cpu_ratio: float = 4.0
    memory_ratio: float = 1.0
