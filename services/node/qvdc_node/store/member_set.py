"""The member sets' rows, and a copy's memory of the newest: beats need no PostgreSQL."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.clock import Clock
from qvdc_db.database import Database
from qvdc_db.errors import translated
from qvdc_node.domain.inventory import Address
from qvdc_node.domain.member_set import Member, MemberSet, Voter
from qvdc_node.domain.node import Mode
from qvdc_node.store.codec import from_json, to_json
from qvdc_node.store.tables import member_sets, nodes


class MemberSetRows:
    """The member sets, in one transaction."""

    def __init__(self, session: AsyncSession, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    async def voters(self) -> Sequence[Voter]:
        """Return what decides whether each node of a cluster votes."""
        found = await self._session.execute(
            select(
                nodes.c.uid, nodes.c.cluster, nodes.c.mode, nodes.c.addresses, nodes.c.drain
            ).where(nodes.c.cluster != "")
        )
        return [
            Voter(
                uid=row.uid,
                cluster=row.cluster,
                mode=Mode(row.mode),
                draining=row.drain is not None,
                addresses=from_json(row.addresses, tuple[Address, ...]),
            )
            for row in found
        ]

    async def newest(self) -> Mapping[str, MemberSet]:
        """Return the newest set of each cluster that ever had one."""
        return {each.cluster: each for each in map(_set, await self._session.execute(_newest()))}

    async def add(self, sets: Iterable[MemberSet]) -> None:
        """Store new sets; older ones stay, for hosts may hold them."""
        now = self._clock.now()
        for each in sets:
            await self._session.execute(
                insert(member_sets).values(
                    version=each.version,
                    site_term=each.site_term,
                    cluster=each.cluster,
                    members=to_json(each.members, tuple[Member, ...]),
                    create_time=now,
                )
            )

    async def held_by(self, uid: str) -> Sequence[MemberSet]:
        """Return the sets that the host may hold, oldest first: from that it last said it keeps."""
        found = await self._session.execute(
            select(nodes.c.cluster, nodes.c.member_set_version).where(nodes.c.uid == uid)
        )
        node = found.one_or_none()
        if node is None:
            return []
        kept = node.member_set_version
        rows = await self._session.execute(
            select(member_sets)
            .where(
                member_sets.c.version >= kept,
                or_(member_sets.c.cluster == node.cluster, member_sets.c.version == kept),
            )
            .order_by(member_sets.c.version)
        )
        return [_set(row) for row in rows]


class MemberSetMemory:
    """The newest set of each host's cluster, refreshed by a loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._clusters: dict[str, str] = {}
        self._sets: dict[str, MemberSet] = {}

    async def refresh(self) -> None:
        """Read all of it anew.

        Raises:
            StoreUnavailable: PostgreSQL is away; what is remembered stays.
        """
        with translated():
            async with self._database.session() as session:
                hosts = await session.execute(
                    select(nodes.c.uid, nodes.c.cluster).where(nodes.c.cluster != "")
                )
                clusters = {row.uid: row.cluster for row in hosts}
                sets = [_set(row) for row in await session.execute(_newest())]
        self._clusters, self._sets = clusters, {each.cluster: each for each in sets}

    def of(self, uid: str) -> MemberSet | None:
        """Return the set that the host should keep; None while none is known."""
        return self._sets.get(self._clusters.get(uid, ""))


def _newest() -> Select[Any]:
    return (
        select(member_sets)
        .ext(distinct_on(member_sets.c.cluster))
        .order_by(member_sets.c.cluster, member_sets.c.version.desc())
    )


def _set(row: Row[Any]) -> MemberSet:
    return MemberSet(
        cluster=row.cluster,
        site_term=row.site_term,
        version=row.version,
        members=from_json(row.members, tuple[Member, ...]),
    )
