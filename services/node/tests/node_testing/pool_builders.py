"""Storage pools and what hosts say of them, for tests."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from qvdc_node.domain.node import NodeUid, Phase
from qvdc_node.domain.pool import Assignment, PoolIntent, PoolType, PoolUid, StoragePool
from qvdc_node.domain.pool_sight import Holding, Sight, SightState
from tests.node_testing.builders import NOW

GIB = 1 << 30
POOL = PoolUid("00000000-0000-4000-8000-00000000000f")


def a_pool(kind: PoolType = PoolType.LOCAL_DIR, **fields: Any) -> StoragePool:
    """A pool of one node or more."""
    pool = StoragePool(
        uid=POOL, id="p", type=kind, path="/pools/p", intent=PoolIntent(), generation=1,
        revision=1, create_time=NOW, update_time=NOW, changed_by="user:ann",
    )  # fmt: skip
    return replace(pool, **fields)


def a_sight(state: SightState = SightState.HEALTHY, **fields: Any) -> Sight:
    """What a host says of a pool that is well."""
    sight = Sight(
        pool_uid=POOL, generation=1, state=state, capacity_bytes=100 * GIB,
        available_bytes=60 * GIB, since=NOW - timedelta(hours=1),
    )  # fmt: skip
    return replace(sight, **fields)


def on(number: int, sight: Sight | None = None, **fields: Any) -> Holding:
    """A node that has the pool, and what it told just now."""
    uid = NodeUid(f"n{number}")
    told: dict[str, Any] = {"sight": sight, "told_at": NOW if sight is not None else None}
    holding = Holding(
        node_uid=uid, node=f"nodes/h{number}", node_phase=Phase.READY,
        assignment=Assignment(pool_uid=POOL, node_uid=uid),
    )  # fmt: skip
    return replace(holding, **(told | fields))
