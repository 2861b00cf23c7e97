"""Streams of what happened to nodes and storage pools."""

from collections.abc import AsyncIterator, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.event import Event, WatchItem
from qvdc_db.watch import Watches, at_once
from qvdc_node.domain.node import Node
from qvdc_node.domain.pool_sight import PoolView
from qvdc_node.store.node_values import node_of
from qvdc_node.store.pool_tables import storage_pools
from qvdc_node.store.pool_values import pool_of, views_of
from qvdc_node.store.tables import nodes


class NodeWatch:
    """Watches nodes and events through the outbox."""

    def __init__(self, watches: Watches) -> None:
        self._watches = watches

    def nodes(self, *, resume_token: str) -> AsyncIterator[WatchItem[Node]]:
        """Stream nodes: a snapshot unless there is a token, then every change."""
        return self._watches.changes(
            "nodes", resume_token=resume_token, snapshot=at_once(_all_nodes), load=_named_nodes
        )

    def pools(self, *, resume_token: str) -> AsyncIterator[WatchItem[PoolView]]:
        """Stream storage pools: a snapshot unless there is a token, then every change."""
        return self._watches.changes(
            "storage-pools",
            resume_token=resume_token,
            snapshot=at_once(_all_pools),
            load=_named_pools,
        )

    def events(self, *, resume_token: str) -> AsyncIterator[WatchItem[Event]]:
        """Stream events from now, or from a token."""
        return self._watches.events(resume_token=resume_token)


async def _all_nodes(session: AsyncSession) -> Sequence[Node]:
    return [node_of(row) for row in await session.execute(select(nodes).order_by(nodes.c.id))]


async def _named_nodes(session: AsyncSession, names: Sequence[str]) -> Mapping[str, Node]:
    ids = [name.partition("/")[2] for name in names]
    found = await session.execute(select(nodes).where(nodes.c.id.in_(ids)))
    return {node.name: node for node in (node_of(row) for row in found)}


async def _all_pools(session: AsyncSession) -> Sequence[PoolView]:
    rows = await session.execute(select(storage_pools).order_by(storage_pools.c.id))
    return await views_of(session, [pool_of(row) for row in rows])


async def _named_pools(session: AsyncSession, names: Sequence[str]) -> Mapping[str, PoolView]:
    ids = [name.partition("/")[2] for name in names]
    rows = await session.execute(select(storage_pools).where(storage_pools.c.id.in_(ids)))
    found = await views_of(session, [pool_of(row) for row in rows])
    return {view.pool.name: view for view in found}
