"""Room in storage pools that disks hold (ST-4)."""

from dataclasses import dataclass
from datetime import datetime

from qvdc_core.errors import Kind, Refusal
from qvdc_node.domain.node import NodeUid
from qvdc_node.domain.pool import PoolType, PoolUid, Provisioning, StoragePool
from qvdc_node.domain.pool_sight import NodeStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolClaim:
    """Room held for one disk of a machine or volume.

    Args:
        node_uid: where a disk of a LOCAL_DIR is, where one of a SHARED_DIR is used.
        size_bytes: as the guest sees it.
        pool, node, type: names and type for the reader.
    """

    owner_uid: str
    disk_id: str
    owner: str
    pool_uid: PoolUid
    node_uid: NodeUid
    size_bytes: int
    provisioning: Provisioning
    create_time: datetime
    generation: int = 1
    pool: str = ""
    node: str = ""
    type: PoolType = PoolType.LOCAL_DIR


@dataclass(frozen=True, slots=True)
class Taken:
    """What other disks hold of the same room: all of them, and those that take it at once."""

    claimed_bytes: int
    thick_bytes: int


def check_room(
    pool: StoragePool,
    on_node: NodeStanding,
    taken: Taken,
    *,
    needed_bytes: int,
    held_bytes: int,
    provisioning: Provisioning,
) -> None:
    """Return if a disk may hold `needed_bytes`.

    All disks together stay within the ratio times the capacity, thick ones within the capacity
    less the reserve, and what a disk takes now leaves the reserve free.

    Args:
        taken: by all others.
        held_bytes: of `needed_bytes`, what the disk holds already.

    Raises:
        PoolOvercommitted: it does not fit; with the numbers.
        PoolNotReady: how much room there is is not known.
    """
    capacity, available = on_node.capacity_bytes, on_node.available_bytes
    if capacity is None or available is None:
        raise PoolNotReady(pool.name, on_node)
    reserve = capacity * pool.intent.reserve_percent // 100
    thick = provisioning is Provisioning.THICK
    more = needed_bytes - held_bytes
    limits = [
        ("ratio", int(capacity * pool.intent.overprovision_ratio) - taken.claimed_bytes),
        ("reserve", available - reserve + held_bytes if thick else needed_bytes),
        ("capacity", capacity - reserve - taken.thick_bytes if thick else needed_bytes),
    ]
    if available <= reserve and more > 0:
        limits.append(("reserve", held_bytes))
    limit, free = min(limits, key=lambda each: each[1])
    if needed_bytes > free:
        raise PoolOvercommitted(
            pool, on_node, taken, limit=limit, needed_bytes=needed_bytes, free_bytes=max(0, free)
        )


class PoolOvercommitted(Refusal):
    """There is no room for the disk."""

    kind = Kind.EXHAUSTED
    reason = "POOL_OVERCOMMITTED"

    def __init__(
        self,
        pool: StoragePool,
        on_node: NodeStanding,
        taken: Taken,
        *,
        limit: str,
        needed_bytes: int,
        free_bytes: int,
    ) -> None:
        why = {
            "ratio": f"at {pool.intent.overprovision_ratio:g} times its capacity",
            "reserve": f"with {pool.intent.reserve_percent} % kept free",
            "capacity": "less what other disks take at once",
        }[limit]
        super().__init__(
            f"{pool.name} has room for {free_bytes} bytes on {on_node.holding.node}, {why};"
            f" {needed_bytes} are needed.",
            pool=pool.name,
            node=on_node.holding.node,
            needed_bytes=needed_bytes,
            free_bytes=free_bytes,
            ratio=f"{pool.intent.overprovision_ratio:g}",
            reserve_percent=pool.intent.reserve_percent,
            claimed_bytes=taken.claimed_bytes,
            capacity_bytes=on_node.capacity_bytes,
            available_bytes=on_node.available_bytes,
            limit=limit,
        )


class PoolNotAssigned(Refusal):
    """The node does not have the pool."""

    kind = Kind.PRECONDITION
    reason = "POOL_NOT_ASSIGNED"

    def __init__(self, pool: str, node: str) -> None:
        super().__init__(f"{node} does not have {pool}.", pool=pool, node=node)


class PoolNotReady(Refusal):
    """The pool cannot be used on the node now, or nobody knows whether it can."""

    kind = Kind.UNAVAILABLE
    reason = "POOL_NOT_READY"

    def __init__(self, pool: str, on_node: NodeStanding) -> None:
        why = f" ({on_node.reason})" if on_node.reason else ""
        super().__init__(
            f"{pool} is {on_node.state.value}{why} on {on_node.holding.node}.",
            pool=pool,
            node=on_node.holding.node,
            state=on_node.state.value,
            pool_reason=on_node.reason,
        )
