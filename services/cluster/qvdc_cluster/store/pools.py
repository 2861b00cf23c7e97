"""Projected storage pools in PostgreSQL, a row for each node that has one."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_cluster.domain.cluster import NodeUid
from qvdc_cluster.domain.storage import PoolNews, StoragePool
from qvdc_cluster.store.tables import storage_pools


class PoolRepository:
    """What is known of storage pools, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(self, told: Sequence[PoolNews]) -> None:
        """Store these pools as they are told."""
        if not told:
            return
        uids = [news.uid for news in told]
        await self._session.execute(storage_pools.delete().where(storage_pools.c.uid.in_(uids)))
        rows = [asdict(each) for news in told for each in news.on_nodes]
        if rows:
            await self._session.execute(insert(storage_pools), rows)

    async def keep_only(self, uids: Sequence[str]) -> None:
        """Forget every other pool."""
        await self._session.execute(storage_pools.delete().where(storage_pools.c.uid.not_in(uids)))

    async def remove(self, uid: str) -> None:
        """Forget a pool."""
        await self._session.execute(storage_pools.delete().where(storage_pools.c.uid == uid))

    async def of_nodes(self, uids: Sequence[NodeUid]) -> dict[NodeUid, tuple[StoragePool, ...]]:
        """The pools of each of these nodes, by name."""
        rows = await self._session.execute(
            select(storage_pools)
            .where(storage_pools.c.node_uid.in_(uids))
            .order_by(storage_pools.c.name)
        )
        found: dict[NodeUid, list[StoragePool]] = defaultdict(list)
        for row in rows.mappings():
            found[NodeUid(row["node_uid"])].append(StoragePool(**row))
        return {uid: tuple(pools) for uid, pools in found.items()}
