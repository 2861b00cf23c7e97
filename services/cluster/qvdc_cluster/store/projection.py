"""Projections in PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_cluster.domain.projection import Freshness, Machine, Node
from qvdc_cluster.store.node_rows import machine_columns, node_columns
from qvdc_cluster.store.tables import machines, memberships, node_pools, nodes, projections
from qvdc_core.clock import Clock


class ProjectionRepository:
    """What is known of other services' nouns, in one transaction."""

    def __init__(self, session: AsyncSession, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    async def freshness(self, noun: str) -> Freshness:
        """How current the projection is."""
        rows = await self._session.execute(
            select(projections.c.resume_token, projections.c.heard_time).where(
                projections.c.noun == noun
            )
        )
        row = rows.one_or_none()
        return Freshness() if row is None else Freshness(row.resume_token, row.heard_time)

    async def heard(self, noun: str, resume_token: str) -> None:
        """Note that the owner was heard just now, and where to go on; "" for a new snapshot."""
        now = self._clock.now() if resume_token else None
        new = insert(projections).values(noun=noun, resume_token=resume_token, heard_time=now)
        values = {"resume_token": new.excluded.resume_token}
        if resume_token:
            values["heard_time"] = new.excluded.heard_time
        await self._session.execute(
            new.on_conflict_do_update(index_elements=[projections.c.noun], set_=values)
        )

    async def put_nodes(self, told: Sequence[Node]) -> None:
        """Store these nodes as they are told."""
        if not told:
            return
        new = insert(nodes)
        values = {column.name: new.excluded[column.name] for column in nodes.c}
        await self._session.execute(
            new.on_conflict_do_update(index_elements=[nodes.c.uid], set_=values),
            [node_columns(node) for node in told],
        )
        uids = [node.uid for node in told]
        # A host that was adopted as this node after a reinstall: its membership goes along.
        await self._session.execute(
            update(memberships)
            .where(
                nodes.c.uid.in_(uids),
                nodes.c.name == memberships.c.node,
                nodes.c.uid != memberships.c.node_uid,
            )
            .values(node_uid=nodes.c.uid)
        )
        await self._session.execute(node_pools.delete().where(node_pools.c.node_uid.in_(uids)))
        pools = [
            {
                "node_uid": node.uid,
                "name": pool.name,
                "healthy": pool.healthy,
                "capacity_bytes": pool.capacity_bytes,
                "free_bytes": pool.free_bytes,
            }
            for node in told
            for pool in node.pools
        ]
        if pools:
            await self._session.execute(insert(node_pools).on_conflict_do_nothing(), pools)

    async def keep_only_nodes(self, uids: Sequence[str]) -> None:
        """Mark every other node as removed from the site."""
        await self._session.execute(
            update(nodes).where(nodes.c.uid.not_in(uids), ~nodes.c.removed).values(removed=True)
        )

    async def remove_node(self, uid: str) -> None:
        """Mark a node as removed from the site."""
        await self._session.execute(update(nodes).where(nodes.c.uid == uid).values(removed=True))

    async def put_machines(self, told: Sequence[Machine]) -> None:
        """Store these machines as they are told."""
        if not told:
            return
        new = insert(machines)
        values = {column.name: new.excluded[column.name] for column in machines.c}
        await self._session.execute(
            new.on_conflict_do_update(index_elements=[machines.c.uid], set_=values),
            [machine_columns(machine) for machine in told],
        )

    async def keep_only_machines(self, uids: Sequence[str]) -> None:
        """Forget every other machine."""
        await self._session.execute(machines.delete().where(machines.c.uid.not_in(uids)))

    async def remove_machine(self, uid: str) -> None:
        """Forget a machine."""
        await self._session.execute(machines.delete().where(machines.c.uid == uid))
