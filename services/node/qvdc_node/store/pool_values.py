"""Between the rows of storage pools and the domain."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_node.domain.node import NodeUid, Phase
from qvdc_node.domain.pool import (
    Assignment,
    Content,
    PoolIntent,
    PoolType,
    PoolUid,
    Provisioning,
    StoragePool,
    Told,
)
from qvdc_node.domain.pool_sight import Holding, PoolView, Sight
from qvdc_node.store.codec import from_json, to_json
from qvdc_node.store.pool_tables import (
    pool_assignments,
    pool_claims,
    pool_hosts,
    pool_scans,
    pool_sights,
)
from qvdc_node.store.tables import nodes


def intent_columns(intent: PoolIntent) -> dict[str, Any]:
    """Return the columns of what people want."""
    return {
        "display_name": intent.display_name,
        "description": intent.description,
        "labels": dict(intent.labels),
        "content": [each.value for each in intent.content],
        "overprovision_ratio": intent.overprovision_ratio,
        "reserve_percent": intent.reserve_percent,
        "default_provisioning": intent.default_provisioning.value,
    }


def pool_columns(pool: StoragePool) -> dict[str, Any]:
    """Return all columns of a new pool."""
    return {
        **intent_columns(pool.intent),
        "uid": pool.uid,
        "id": pool.id,
        "type": pool.type.value,
        "path": pool.path,
        "deleting": pool.deleting,
        "wipe": pool.wipe,
        "generation": pool.generation,
        "changed_by": pool.changed_by,
        "create_time": pool.create_time,
        "update_time": pool.update_time,
        "initialised": pool.initialised,
        "told": to_json(pool.told, Told),
        "phase": pool.told.phase.value,
        "revision": pool.revision,
    }


def pool_of(row: Row[Any]) -> StoragePool:
    """Read a pool."""
    intent = PoolIntent(
        display_name=row.display_name,
        description=row.description,
        labels=dict(row.labels),
        content=tuple(Content(each) for each in row.content),
        overprovision_ratio=row.overprovision_ratio,
        reserve_percent=row.reserve_percent,
        default_provisioning=Provisioning(row.default_provisioning),
    )
    return StoragePool(
        uid=PoolUid(row.uid),
        id=row.id,
        type=PoolType(row.type),
        path=row.path,
        intent=intent,
        generation=row.generation,
        revision=row.revision,
        create_time=row.create_time,
        update_time=row.update_time,
        changed_by=row.changed_by,
        deleting=row.deleting,
        wipe=row.wipe,
        initialised=row.initialised,
        told=from_json(row.told, Told),
    )


def assignment_of(row: Row[Any]) -> Assignment:
    """Read an assignment."""
    return Assignment(
        pool_uid=PoolUid(row.pool_uid),
        node_uid=NodeUid(row.node_uid),
        generation=row.generation,
        initialise=row.initialise,
        releasing=row.releasing,
        wipe=row.wipe,
        reconnect_count=row.reconnect_count,
        rescan_count=row.rescan_count,
    )


async def views_of(session: AsyncSession, pools: Sequence[StoragePool]) -> list[PoolView]:
    """Read all that is stored of `pools`, in two queries however many there are."""
    uids = [pool.uid for pool in pools]
    holdings: defaultdict[str, list[Holding]] = defaultdict(list)
    for row in await session.execute(_HOLDINGS.where(pool_assignments.c.pool_uid.in_(uids))):
        holdings[row.pool_uid].append(_holding(row))
    claims = await _claims(session, uids)
    return [
        PoolView(pool=pool, holdings=tuple(holdings[pool.uid]), claims=claims.get(pool.uid, {}))
        for pool in pools
    ]


async def _claims(
    session: AsyncSession, uids: Sequence[str]
) -> Mapping[str, Mapping[str, tuple[int, int]]]:
    found: defaultdict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for row in await session.execute(
        select(
            pool_claims.c.pool_uid,
            pool_claims.c.node_uid,
            func.sum(pool_claims.c.size_bytes).label("bytes"),
            func.count().label("claims"),
        )
        .where(pool_claims.c.pool_uid.in_(uids))
        .group_by(pool_claims.c.pool_uid, pool_claims.c.node_uid)
    ):
        found[row.pool_uid][row.node_uid] = (int(row.bytes), int(row.claims))
    return found


_HOLDINGS = (
    select(
        pool_assignments,
        nodes.c.id.label("node_id"),
        nodes.c.phase.label("node_phase"),
        pool_sights.c.sight,
        pool_hosts.c.told_at,
        pool_scans.c.scan_time,
    )
    .join(nodes, nodes.c.uid == pool_assignments.c.node_uid)
    .outerjoin(
        pool_sights,
        (pool_sights.c.pool_uid == pool_assignments.c.pool_uid)
        & (pool_sights.c.node_uid == pool_assignments.c.node_uid),
    )
    .outerjoin(pool_hosts, pool_hosts.c.node_uid == pool_assignments.c.node_uid)
    .outerjoin(
        pool_scans,
        (pool_scans.c.pool_uid == pool_assignments.c.pool_uid)
        & (pool_scans.c.node_uid == pool_assignments.c.node_uid),
    )
    .order_by(pool_assignments.c.pool_uid, nodes.c.id)
)


def _holding(row: Row[Any]) -> Holding:
    return Holding(
        node_uid=NodeUid(row.node_uid),
        node=f"nodes/{row.node_id}",
        node_phase=Phase(row.node_phase),
        assignment=assignment_of(row),
        sight=None if row.sight is None else from_json(row.sight, Sight),
        told_at=row.told_at,
        scan_time=row.scan_time,
    )
