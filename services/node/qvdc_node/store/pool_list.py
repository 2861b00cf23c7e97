"""What each host shall have, remembered by this copy: beats need no PostgreSQL."""

from collections import defaultdict

from sqlalchemy import func, select

from qvdc_db.database import Database
from qvdc_db.errors import translated
from qvdc_db.generic import site_term
from qvdc_node.domain.pool import AssignedPools, Assignment, StoragePool
from qvdc_node.store.pool_tables import pool_assignments, pool_lists, storage_pools
from qvdc_node.store.pool_values import assignment_of, pool_of


class PoolListMemory:
    """The list of each host, read anew by a loop when any has changed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stamp: tuple[int, ...] | None = None
        self._lists: dict[str, AssignedPools] = {}

    async def refresh(self) -> None:
        """Read what changed; one small query when nothing did.

        Raises:
            StoreUnavailable: PostgreSQL is away; what is remembered stays.
        """
        with translated():
            async with self._database.reading() as session:
                # Rows only count up and never go, so any change raises the sum.
                changes = func.coalesce(func.sum(pool_lists.c.generation), 0)
                term = int(await session.scalar(select(site_term.c.term)) or 0)
                stamp = (term, int(await session.scalar(select(changes)) or 0))
                if stamp == self._stamp:
                    return
                lists = (await session.execute(select(pool_lists))).all()
                held = (await session.execute(select(pool_assignments))).all()
                rows = await session.execute(select(storage_pools))
                pools = {pool.uid: pool for pool in map(pool_of, rows)}
        wanted: defaultdict[str, list[tuple[StoragePool, Assignment]]] = defaultdict(list)
        for each in map(assignment_of, held):
            if (pool := pools.get(each.pool_uid)) is not None:
                wanted[each.node_uid].append((pool, each))
        self._lists = {
            row.node_uid: AssignedPools(
                site_term=term,
                generation=row.generation,
                pools=tuple(sorted(wanted[row.node_uid], key=lambda one: one[0].id)),
            )
            for row in lists
        }
        self._stamp = stamp

    def of(self, uid: str) -> AssignedPools | None:
        """Return the host's list; None if it never had one, or none is known yet."""
        return self._lists.get(uid)
