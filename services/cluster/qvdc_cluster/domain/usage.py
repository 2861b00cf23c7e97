"""What a cluster has and uses (CL-5)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

STALE_AFTER = timedelta(seconds=45)
"""Three reporting intervals: the owner's Watch beats every 15 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCounts:
    """Nodes by state; each counts once."""

    total: int = 0
    online: int = 0
    maintenance: int = 0
    draining: int = 0
    not_ready: int = 0
    pending: int = 0
    offline: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineCounts:
    """Machines by state; each counts once."""

    running: int = 0
    stopped: int = 0
    other: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceUsage:
    """One kind of capacity; None is unknown."""

    capacity: int | None = None
    used: int | None = None
    allocated: int | None = None

    @property
    def used_percent(self) -> float | None:
        """Used of capacity; None when either is unknown."""
        if not self.capacity or self.used is None:
            return None
        return 100 * self.used / self.capacity


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Computed on read from what the owners told.

    Args:
        nodes_without_data: names of nodes that told too little to be counted.
        observe_time: of the oldest observation used; None without any.
    """

    nodes: NodeCounts = field(default_factory=NodeCounts)
    machines: MachineCounts = field(default_factory=MachineCounts)
    cpu_mhz: ResourceUsage = field(default_factory=ResourceUsage)
    memory_bytes: ResourceUsage = field(default_factory=ResourceUsage)
    storage_bytes: ResourceUsage = field(default_factory=ResourceUsage)
    nodes_without_data: tuple[str, ...] = ()
    observe_time: datetime | None = None

    def stale(self, now: datetime) -> bool:
        """Whether the oldest observation is older than three reporting intervals."""
        return self.observe_time is not None and now - self.observe_time > STALE_AFTER
