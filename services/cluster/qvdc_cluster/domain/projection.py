"""What the cluster service knows of other services' nouns, fed by their Watch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from qvdc_cluster.domain.cluster import NodeUid

STALE_AFTER = timedelta(seconds=45)
"""Three heartbeats of a Watch stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A storage pool as one host sees it; None is unknown."""

    name: str
    healthy: bool
    capacity_bytes: int | None
    free_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A host as the node service told; None is unknown.

    Args:
        phase: READY, OFFLINE and so on.
        mode: ACTIVE, CORDONED or MAINTENANCE.
        core_count: physical cores of all sockets.
        cpu_mhz: sockets x cores x MHz.
        network_drivers: `ovn`, and keys of bridge mappings.
        taints: keys of those that keep new machines off; no machine tolerates any yet.
        avoided_for: keys of taints that let new machines come only where no other host will do.
        reserved_cores: kept for the host itself, as reserved_memory_bytes; None is not told.
        cpu_ratio: vCPUs a core in place of the cluster's, as memory_ratio.
    """

    uid: NodeUid
    name: str
    hostname: str = ""
    phase: str = ""
    mode: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    core_count: int | None = None
    cpu_mhz: int | None = None
    cpu_percent: float | None = None
    memory_bytes: int | None = None
    memory_used_bytes: int | None = None
    network_drivers: tuple[str, ...] = ()
    taints: tuple[str, ...] = ()
    avoided_for: tuple[str, ...] = ()
    reserved_cores: int | None = None
    reserved_memory_bytes: int | None = None
    cpu_ratio: float | None = None
    memory_ratio: float | None = None
    pools: tuple[Pool, ...] = ()
    observe_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A virtual machine as the vm service told."""

    uid: str
    name: str
    cluster: str
    node_uid: NodeUid | None
    state: str
    vcpu_count: int
    memory_bytes: int
    disk_bytes: int


@dataclass(frozen=True, slots=True)
class Freshness:
    """How current a projection is.

    Args:
        resume_token: where to go on in the owner's Watch; "" for a new snapshot.
        heard_time: when the owner was last heard; None before the first snapshot was whole.
    """

    resume_token: str = ""
    heard_time: datetime | None = None

    def age(self, now: datetime) -> timedelta | None:
        """Time since the owner was last heard."""
        return None if self.heard_time is None else max(now - self.heard_time, timedelta())

    def stale(self, now: datetime) -> bool:
        """Whether three heartbeats were missed, or nothing was ever heard."""
        age = self.age(now)
        return age is None or age > STALE_AFTER
