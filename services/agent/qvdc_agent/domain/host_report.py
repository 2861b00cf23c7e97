"""What a host tells of itself: inventory, use, pools and conditions.

Fields are named like the contract's, so that a report crosses the local socket as plain JSON and
the guardian hands it on; None is what could not be read.
"""

from dataclasses import dataclass, field
from enum import Enum

PROTOCOL = 1
"""Version of the contracts between host and control plane that this host speaks."""


class Status(Enum):
    """Whether a condition holds."""

    TRUE = "STATUS_TRUE"
    FALSE = "STATUS_FALSE"
    UNKNOWN = "STATUS_UNKNOWN"


class PoolState(Enum):
    """How a storage pool stands."""

    HEALTHY = "STATE_HEALTHY"
    DEGRADED = "STATE_DEGRADED"
    ERROR = "STATE_ERROR"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; `since_time` is RFC 3339."""

    type: str
    status: Status
    reason: str = ""
    message: str = ""
    since_time: str | None = None


@dataclass(frozen=True, slots=True)
class Pool:
    """A storage pool of the host."""

    pool: str
    state: PoolState
    path: str
    capacity_bytes: int | None = None
    free_bytes: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Cpu:
    """The processors: sockets, cores of each socket, threads of each core."""

    model: str = ""
    socket_count: int | None = None
    core_count: int | None = None
    thread_count: int | None = None
    frequency_mhz: int | None = None
    flags: tuple[str, ...] = ()
    cpu_count: int | None = None


@dataclass(frozen=True, slots=True)
class BlockDevice:
    """A disk of the host."""

    path: str
    stable_id: str = ""
    model: str = ""
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class NetworkCard:
    """A network card of the host."""

    name: str
    mac: str = ""
    driver: str = ""
    speed_mbps: int | None = None
    mtu: int | None = None
    carrier: bool | None = None


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the host is made of and offers."""

    cpu: Cpu = field(default_factory=Cpu)
    memory_total_bytes: int | None = None
    disks: tuple[BlockDevice, ...] = ()
    nics: tuple[NetworkCard, ...] = ()
    pools: tuple[Pool, ...] = ()
    network_drivers: tuple[str, ...] = ()
    chassis: str = ""


@dataclass(frozen=True, slots=True)
class System:
    """Versions and the like."""

    agent_version: str
    protocol_lowest: int
    protocol_highest: int
    os: str = ""
    kernel: str = ""
    hypervisor: str = ""
    hypervisor_version: str = ""
    virt_type: str = ""
    boot_time: str | None = None
    architecture: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """How busy the host is."""

    cpu_percent: float | None = None
    memory_used_bytes: int | None = None
    load_1: float | None = None
    load_5: float | None = None
    load_15: float | None = None
    machine_count: int | None = None


@dataclass(frozen=True, slots=True)
class HostReport:
    """Everything at one moment."""

    system: System
    inventory: Inventory
    usage: Usage
    pools: tuple[Pool, ...] = ()
    conditions: tuple[Condition, ...] = ()
    simulated: bool = False
