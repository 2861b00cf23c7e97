"""The rows of storage pools, of who shall have them, and of operations on them."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Table, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.clock import Clock
from qvdc_core.errors import NotFound
from qvdc_core.ids import is_uuid
from qvdc_core.page import Page, PageRequest
from qvdc_db.errors import refusing
from qvdc_db.pagination import fetch_page
from qvdc_node.domain.node import NodeUid
from qvdc_node.domain.pool import (
    Assignment,
    PoolNameTaken,
    PoolType,
    PoolUid,
    StoragePool,
    Told,
)
from qvdc_node.domain.pool_health import PoolWork
from qvdc_node.domain.pool_sight import PoolView
from qvdc_node.ports.pools import PoolFilter
from qvdc_node.store.codec import to_json
from qvdc_node.store.pool_tables import (
    pool_assignments,
    pool_claims,
    pool_files,
    pool_hosts,
    pool_lists,
    pool_scans,
    pool_sights,
    pool_works,
    storage_pools,
)
from qvdc_node.store.pool_values import (
    assignment_of,
    intent_columns,
    pool_columns,
    pool_of,
    views_of,
)
from qvdc_node.store.tables import nodes

_OBSERVED = (pool_sights, pool_scans, pool_files)


class PoolRows:
    """The pools, in one transaction."""

    def __init__(self, session: AsyncSession, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    async def add(self, pool: StoragePool) -> None:
        """Store a new pool; PoolNameTaken if its id is taken."""
        with refusing("storage_pools_id_key", PoolNameTaken(pool.name)):
            await self._session.execute(insert(storage_pools).values(**pool_columns(pool)))

    async def get(self, name: str, *, locked: bool = False) -> StoragePool:
        """Return the pool of `name`, locked if wanted; NotFound if there is none."""
        last = name.partition("/")[2]
        column = storage_pools.c.uid if is_uuid(last) else storage_pools.c.id
        query = select(storage_pools).where(column == last)
        found = await self._session.execute(query.with_for_update() if locked else query)
        row = found.one_or_none()
        if row is None:
            raise NotFound("storage pool", name)
        return pool_of(row)

    async def save(self, pool: StoragePool, *, actor: str) -> StoragePool:
        """Store intent and fate of a locked pool; return it with its next generation."""
        return await self._update(
            pool,
            **intent_columns(pool.intent),
            deleting=pool.deleting,
            wipe=pool.wipe,
            generation=storage_pools.c.generation + 1,
            changed_by=actor,
            update_time=self._clock.now(),
        )

    async def settled(self, pool: StoragePool) -> StoragePool:
        """Store what was told of a locked pool and whether it has a marker; return it as stored."""
        return await self._update(
            pool,
            initialised=pool.initialised,
            told=to_json(pool.told, Told),
            phase=pool.told.phase.value,
        )

    async def _update(self, pool: StoragePool, **values: Any) -> StoragePool:
        written = await self._session.execute(
            update(storage_pools)
            .where(storage_pools.c.uid == pool.uid)
            .values(**values, revision=storage_pools.c.revision + 1)
            .returning(storage_pools)
        )
        return pool_of(written.one())

    async def remove(self, pool: StoragePool) -> None:
        """Take a locked pool away, with all that is known of it."""
        held = await self._assignments(pool_assignments.c.pool_uid == pool.uid)
        await self.unassign(pool, [each.node_uid for each in held])
        await self._session.execute(delete(pool_works).where(pool_works.c.pool_uid == pool.uid))
        await self._session.execute(delete(storage_pools).where(storage_pools.c.uid == pool.uid))

    async def page(self, wanted: PoolFilter, page: PageRequest) -> Page[PoolView]:
        """Return a page of pools by id."""
        query = select(storage_pools)
        if wanted.name_prefix:
            query = query.where(storage_pools.c.id.startswith(wanted.name_prefix, autoescape=True))
        if wanted.labels:
            query = query.where(storage_pools.c.labels.contains(dict(wanted.labels)))
        if wanted.query:
            named = (
                storage_pools.c.id,
                storage_pools.c.display_name,
                storage_pools.c.description,
            )
            query = query.where(
                or_(*(column.icontains(wanted.query, autoescape=True) for column in named))
            )
        if wanted.types:
            query = query.where(storage_pools.c.type.in_([each.value for each in wanted.types]))
        if wanted.phases:
            query = query.where(storage_pools.c.phase.in_([each.value for each in wanted.phases]))
        if wanted.node:
            query = query.where(
                storage_pools.c.uid.in_(
                    select(pool_assignments.c.pool_uid)
                    .join(nodes, nodes.c.uid == pool_assignments.c.node_uid)
                    .where(nodes.c.id == wanted.node.partition("/")[2])
                )
            )
        rows, token = await fetch_page(
            self._session, query, keys=[storage_pools.c.id], page=page, bound=wanted
        )
        views = await views_of(self._session, [pool_of(row) for row in rows])
        return Page(tuple(views), token)

    async def view(self, pool: StoragePool) -> PoolView:
        """Return all that is stored of `pool`."""
        (found,) = await views_of(self._session, [pool])
        return found

    async def views(self) -> Sequence[PoolView]:
        """Return all that is stored of every pool."""
        rows = await self._session.execute(select(storage_pools).order_by(storage_pools.c.id))
        return await views_of(self._session, [pool_of(row) for row in rows])

    async def assign(self, assignments: Iterable[Assignment]) -> None:
        """Store assignments, and count up the lists of their hosts."""
        rows = [
            {
                "pool_uid": each.pool_uid,
                "node_uid": each.node_uid,
                "generation": each.generation,
                "initialise": each.initialise,
                "releasing": each.releasing,
                "wipe": each.wipe,
                "reconnect_count": each.reconnect_count,
                "rescan_count": each.rescan_count,
            }
            for each in sorted(assignments, key=lambda one: one.node_uid)
        ]
        if not rows:
            return
        new = insert(pool_assignments).values(rows)
        await self._session.execute(
            new.on_conflict_do_update(
                index_elements=["pool_uid", "node_uid"],
                set_={name: new.excluded[name] for name in rows[0] if not name.endswith("_uid")},
            )
        )
        await self._count_up(str(row["node_uid"]) for row in rows)

    async def unassign(self, pool: StoragePool, nodes: Collection[NodeUid]) -> None:
        """Forget assignments and what these hosts told; count up their lists."""
        for table in (pool_assignments, *_OBSERVED):
            await self._session.execute(
                delete(table).where(table.c.pool_uid == pool.uid, table.c.node_uid.in_(nodes))
            )
        await self._count_up(nodes)

    async def rescan(self, pool: PoolUid, node: NodeUid) -> None:
        """Let a host list the files of a pool anew; a no-op if it does not have it."""
        asked = await self._session.scalar(
            update(pool_assignments)
            .where(pool_assignments.c.pool_uid == pool, pool_assignments.c.node_uid == node)
            .values(rescan_count=pool_assignments.c.rescan_count + 1)
            .returning(pool_assignments.c.node_uid)
        )
        if asked is not None:
            await self._count_up([asked])

    async def on_node(self, node: NodeUid) -> Sequence[StoragePool]:
        """Return the pools that a host shall have, by id."""
        rows = await self._session.execute(
            select(storage_pools)
            .join(pool_assignments, pool_assignments.c.pool_uid == storage_pools.c.uid)
            .where(pool_assignments.c.node_uid == node)
            .order_by(storage_pools.c.id)
        )
        return [pool_of(row) for row in rows]

    async def holding_data(self, node: NodeUid) -> Sequence[str]:
        """Return what keeps a host: its own pools with disks or files in them, in words."""
        found = []
        for pool in await self.on_node(node):
            if pool.type is not PoolType.LOCAL_DIR:
                continue
            disks = await self._count(pool_claims, pool, node)
            files = await self._count(pool_files, pool, node)
            if disks or files:
                found.append(f"{pool.name} ({disks} disks, {files} files)")
        return found

    async def _count(self, table: Table, pool: StoragePool, node: NodeUid) -> int:
        mine = (table.c.pool_uid == pool.uid) & (table.c.node_uid == node)
        found = await self._session.scalar(select(func.count()).select_from(table).where(mine))
        return int(found or 0)

    async def forget_node(self, node: NodeUid) -> None:
        """Take all pools from a host that is removed."""
        for table in (pool_assignments, *_OBSERVED, pool_hosts):
            await self._session.execute(delete(table).where(table.c.node_uid == node))
        known = await self._session.scalar(
            select(pool_lists.c.node_uid).where(pool_lists.c.node_uid == node)
        )
        if known is not None:
            await self._count_up([node])

    async def move_node(self, old: NodeUid, new: NodeUid) -> None:
        """Give what `old` had to the host that takes its place; what it saw is not kept."""
        held = await self._assignments(pool_assignments.c.node_uid == old)
        await self.forget_node(new)
        for table in (pool_claims, pool_assignments):
            await self._session.execute(
                update(table).where(table.c.node_uid == old).values(node_uid=new)
            )
        for table in (*_OBSERVED, pool_hosts):
            await self._session.execute(delete(table).where(table.c.node_uid == old))
        if held:
            await self._count_up([old, new])

    async def begin(self, pool: StoragePool, work: PoolWork) -> None:
        """Note an operation on a pool."""
        await self._session.execute(
            insert(pool_works).values(
                operation=work.operation,
                pool_uid=pool.uid,
                verb=work.verb,
                nodes=sorted(work.nodes),
                create_time=work.create_time,
            )
        )

    async def works(self, pool: PoolUid | None = None) -> Sequence[tuple[PoolUid, PoolWork]]:
        """Return the operations under way, on one pool or on all, oldest first."""
        query = select(pool_works).order_by(pool_works.c.create_time, pool_works.c.operation)
        if pool is not None:
            query = query.where(pool_works.c.pool_uid == pool)
        return [
            (
                PoolUid(row.pool_uid),
                PoolWork(
                    operation=row.operation,
                    verb=row.verb,
                    nodes=frozenset(NodeUid(each) for each in row.nodes),
                    create_time=row.create_time,
                ),
            )
            for row in await self._session.execute(query)
        ]

    async def end(self, operation: str) -> None:
        """Forget an operation that has ended."""
        await self._session.execute(delete(pool_works).where(pool_works.c.operation == operation))

    async def _assignments(self, where: Any) -> Sequence[Assignment]:
        rows = await self._session.execute(select(pool_assignments).where(where))
        return [assignment_of(row) for row in rows]

    async def _count_up(self, nodes: Iterable[str]) -> None:
        for uid in sorted(set(nodes)):
            await self._session.execute(
                insert(pool_lists)
                .values(node_uid=uid, generation=1)
                .on_conflict_do_update(
                    index_elements=["node_uid"],
                    set_={"generation": pool_lists.c.generation + 1},
                )
            )
