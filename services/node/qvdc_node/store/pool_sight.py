"""The rows of what hosts tell of their storage pools."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_node.domain.node import NodeUid
from qvdc_node.domain.pool import PoolUid
from qvdc_node.domain.pool_file import FoundFile
from qvdc_node.domain.pool_sight import Sight, SightState
from qvdc_node.ports.pools import HostTold
from qvdc_node.store.codec import from_json, to_json
from qvdc_node.store.pool_tables import (
    pool_assignments,
    pool_files,
    pool_hosts,
    pool_scans,
    pool_sights,
)


class PoolSightRows:
    """What hosts tell, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def assigned(self, node: NodeUid) -> frozenset[PoolUid]:
        """Return the pools of a host, which stay its own until the transaction ends."""
        found = await self._session.scalars(
            select(pool_assignments.c.pool_uid)
            .where(pool_assignments.c.node_uid == node)
            .order_by(pool_assignments.c.pool_uid)
            .with_for_update(read=True)
        )
        return frozenset(PoolUid(each) for each in found)

    async def sharers(self, pool: PoolUid) -> Sequence[NodeUid]:
        """Return the hosts that shall have a pool."""
        found = await self._session.scalars(
            select(pool_assignments.c.node_uid).where(
                pool_assignments.c.pool_uid == pool, ~pool_assignments.c.releasing
            )
        )
        return [NodeUid(each) for each in found]

    async def told(self, node: NodeUid) -> HostTold | None:
        """Return the host's newest report, locked against later ones; None before the first."""
        found = await self._session.execute(
            select(pool_hosts).where(pool_hosts.c.node_uid == node).with_for_update()
        )
        row = found.one_or_none()
        return None if row is None else HostTold(row.boot_id, row.boottime_ms)

    async def tell(self, node: NodeUid, told: HostTold, at: datetime) -> None:
        """Note a report of the host, which came at `at`."""
        new = insert(pool_hosts).values(
            node_uid=node, boot_id=told.boot_id, boottime_ms=told.boottime_ms, told_at=at
        )
        await self._session.execute(
            new.on_conflict_do_update(
                index_elements=["node_uid"],
                set_={name: new.excluded[name] for name in ("boot_id", "boottime_ms", "told_at")},
            )
        )

    async def of(self, node: NodeUid) -> Sequence[Sight]:
        """Return what a host told of each pool."""
        found = await self._session.scalars(
            select(pool_sights.c.sight).where(pool_sights.c.node_uid == node)
        )
        return [from_json(each, Sight) for each in found]

    async def put(self, node: NodeUid, sights: Iterable[Sight]) -> None:
        """Store what a host told."""
        for each in sorted(sights, key=lambda one: one.pool_uid):
            new = insert(pool_sights).values(
                pool_uid=each.pool_uid, node_uid=node, sight=to_json(each, Sight)
            )
            await self._session.execute(
                new.on_conflict_do_update(
                    index_elements=["pool_uid", "node_uid"], set_={"sight": new.excluded.sight}
                )
            )

    async def put_files(
        self,
        node: NodeUid,
        pool: PoolUid,
        files: Sequence[FoundFile],
        *,
        truncated: bool,
        scan_time: datetime,
    ) -> None:
        """Store the list of a pool's files, in place of the one before."""
        mine = (pool_files.c.pool_uid == pool) & (pool_files.c.node_uid == node)
        await self._session.execute(delete(pool_files).where(mine))
        rows = {
            each.path: {
                "pool_uid": pool,
                "node_uid": node,
                "path": each.path,
                "kind": each.kind.value,
                "size_bytes": each.size_bytes,
                "allocated_bytes": each.allocated_bytes,
                "modify_time": each.modify_time,
                "owner_uid": each.owner_uid,
                "disk_id": each.disk_id,
            }
            for each in files
        }
        if rows:
            await self._session.execute(insert(pool_files), list(rows.values()))
        new = insert(pool_scans).values(
            pool_uid=pool, node_uid=node, truncated=truncated, scan_time=scan_time
        )
        await self._session.execute(
            new.on_conflict_do_update(
                index_elements=["pool_uid", "node_uid"],
                set_={name: new.excluded[name] for name in ("truncated", "scan_time")},
            )
        )

    async def unscanned(self, node: NodeUid) -> bool:
        """Whether the files of a pool that the host can use were never told."""
        usable = [each.value for each in SightState if each.usable]
        told = exists().where(
            pool_scans.c.pool_uid == pool_sights.c.pool_uid,
            pool_scans.c.node_uid == pool_sights.c.node_uid,
        )
        found = await self._session.scalar(
            select(pool_sights.c.pool_uid)
            .where(
                pool_sights.c.node_uid == node,
                pool_sights.c.sight["state"].astext.in_(usable),
                ~told,
            )
            .limit(1)
        )
        return found is not None
