"""Storage pools as the node service tells them, on each node, and the room that is left in them."""

from dataclasses import dataclass

from qvdc_cluster.domain.cluster import NodeUid

PREFIX = "storage-pools/"
OWN_FOLDER = "local"
"""How a demand names the hosts' own folder."""
HEALTHY = "HEALTHY"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoragePool:
    """A pool on one of its nodes; None is unknown.

    Args:
        name: `storage-pools/<id>`.
        state: HEALTHY, DEGRADED, ERROR and so on; only where it is HEALTHY new disks go.
        reason, error: why it is not, for people.
        ratio: how many times its capacity thin disks may claim.
        claimed_bytes: by disks on this node, or by all of them where the pool is shared.
    """

    uid: str
    name: str
    node_uid: NodeUid
    shared: bool
    state: str
    reason: str = ""
    error: str = ""
    ratio: float = 1.0
    reserve_percent: int = 0
    capacity_bytes: int | None = None
    available_bytes: int | None = None
    claimed_bytes: int = 0

    @property
    def standing(self) -> str:
        """How it stands, in a few words."""
        why = ": ".join(each for each in (self.reason, self.error) if each)
        return f"{self.state} ({why})" if why else self.state

    def room_bytes(self, promised_bytes: int) -> int | None:
        """What may still be promised; 0 where what is really free is the reserve alone.

        Args:
            promised_bytes: by this service to machines on the node: some of them claim soon.
        """
        if self.capacity_bytes is None or self.available_bytes is None:
            return None
        if self.available_bytes <= self.capacity_bytes * self.reserve_percent // 100:
            return 0
        taken = self.claimed_bytes if self.shared else max(self.claimed_bytes, promised_bytes)
        return max(0, int(self.capacity_bytes * self.ratio) - taken)


@dataclass(frozen=True, slots=True)
class PoolNews:
    """A pool as one item of its owner's Watch told it: on each node that has it."""

    uid: str
    on_nodes: tuple[StoragePool, ...]
