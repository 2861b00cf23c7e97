"""Networks in PostgreSQL."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import CIDR, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.expression import cast

from qvdc_core.errors import EtagMismatch, NotFound
from qvdc_core.ids import Name
from qvdc_core.page import Page, PageRequest
from qvdc_db.generic import events
from qvdc_db.pagination import fetch_page
from qvdc_network.domain.network import (
    STALE_AFTER,
    Network,
    NetworkFilter,
    NetworkObservation,
    NetworkPhase,
)
from qvdc_network.domain.refusals import NameTaken
from qvdc_network.store.network_rows import intent_columns, network_of, read_networks
from qvdc_network.store.tables import networks

OVERLAPS_SHOWN = 20


class NetworkRepository:
    """The networks, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, name: Name, *, locked: bool = False) -> Network:
        """Read a network by id or uid; `locked` keeps others from changing it until the end.

        Raises:
            NotFound: there is none.
        """
        key = networks.c.uid if name.has_uid else networks.c.id
        query = read_networks().where(key == name.id)
        if locked:
            # Locked in a statement of its own: the counts of the next one are then the newest.
            await self._session.execute(
                select(networks.c.uid).where(key == name.id).with_for_update()
            )
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            raise NotFound("network", str(name))
        return network_of(row)

    async def add(self, network: Network) -> Network:
        """Store a new network.

        Raises:
            NameTaken: another has its id.
        """
        columns = intent_columns(network) | {
            "uid": network.uid,
            "id": network.id,
            "generation": network.generation,
            "revision": network.revision,
            "create_time": network.create_time,
        }
        made = await self._session.scalar(
            insert(networks)
            .values(columns)
            .on_conflict_do_nothing(index_elements=[networks.c.id])
            .returning(networks.c.uid)
        )
        if made is None:
            raise NameTaken(network.name)
        return network

    async def save(self, network: Network) -> Network:
        """Store changed intent; the answer has the next generation and revision.

        Raises:
            EtagMismatch: a newer generation is stored.
        """
        revision = await self._session.scalar(
            update(networks)
            .where(networks.c.uid == network.uid, networks.c.generation == network.generation)
            .values(
                **intent_columns(network),
                generation=network.generation + 1,
                revision=networks.c.revision + 1,
            )
            .returning(networks.c.revision)
        )
        if revision is None:
            raise EtagMismatch(network.name)
        return replace(network, generation=network.generation + 1, revision=revision)

    async def mark_deleted(self, network: Network, *, now: datetime, by: str) -> Network:
        """Write down that its removal is wanted."""
        revision = await self._session.scalar(
            update(networks)
            .where(networks.c.uid == network.uid)
            .values(delete_time=now, updated_by=by, revision=networks.c.revision + 1)
            .returning(networks.c.revision)
        )
        return replace(network, delete_time=now, updated_by=by, revision=revision or 0)

    async def page(
        self, wanted: NetworkFilter, request: PageRequest, *, now: datetime
    ) -> Page[Network]:
        """One page of the networks that match, by id."""
        query = read_networks().where(*_matching(wanted, now))
        rows, token = await fetch_page(
            self._session, query, keys=[networks.c.id], page=request, bound=wanted
        )
        return Page(tuple(network_of(row) for row in rows), token)

    async def overlapping(self, network: Network) -> Sequence[Network]:
        """Other networks whose range overlaps, at most 20, by id."""
        if network.spec.subnet is None:
            return []
        cidr = cast(literal(str(network.spec.subnet.cidr)), CIDR)
        rows = await self._session.execute(
            read_networks()
            .where(networks.c.cidr.op("&&")(cidr), networks.c.uid != network.uid)
            .order_by(networks.c.id)
            .limit(OVERLAPS_SHOWN)
        )
        return [network_of(row) for row in rows]

    async def everything(self) -> Sequence[Network]:
        """All networks, by id, for the loop."""
        return await all_networks(self._session)

    async def stamp(self) -> int:
        """The newest told change of this service; another number means that something changed."""
        return await self._session.scalar(select(func.max(events.c.id))) or 0

    async def observe(self, uid: str, seen: NetworkObservation) -> Network | None:
        """Write what the loop saw; None when the network is gone."""
        changed = await self._session.scalar(
            update(networks)
            .where(networks.c.uid == uid)
            .values(
                observed_generation=seen.generation,
                observed_phase=seen.phase.value,
                observed_message=seen.message,
                observe_time=seen.time,
                revision=networks.c.revision + 1,
            )
            .returning(networks.c.uid)
        )
        return None if changed is None else await self.get(Name("networks", uid))

    async def confirm(self, uids: Sequence[str], time: datetime) -> None:
        """Write that these stand as last observed, without anybody being told."""
        if uids:
            await self._session.execute(
                update(networks).where(networks.c.uid.in_(uids)).values(observe_time=time)
            )

    async def remove(self, uid: str) -> None:
        """Forget a network whose rows are gone."""
        await self._session.execute(delete(networks).where(networks.c.uid == uid))


async def all_networks(session: AsyncSession) -> list[Network]:
    """All networks, by id."""
    rows = await session.execute(read_networks().order_by(networks.c.id))
    return [network_of(row) for row in rows]


async def networks_by_name(session: AsyncSession, names: Sequence[str]) -> Mapping[str, Network]:
    """The networks of these names that exist."""
    ids = [name.partition("/")[2] for name in names]
    rows = await session.execute(read_networks().where(networks.c.id.in_(ids)))
    return {network.name: network for network in map(network_of, rows)}


def _matching(wanted: NetworkFilter, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.name_prefix:
        found.append(networks.c.id.startswith(wanted.name_prefix, autoescape=True))
    if wanted.labels:
        found.append(networks.c.labels.contains(dict(wanted.labels)))
    if wanted.query:
        columns = (networks.c.id, networks.c.display_name, networks.c.description)
        found.append(or_(*(each.icontains(wanted.query, autoescape=True) for each in columns)))
    if wanted.types:
        found.append(networks.c.type.in_([each.value for each in wanted.types]))
    if wanted.phases:
        found.append(_phase(now).in_([each.value for each in wanted.phases]))
    return found


def _phase(now: datetime) -> Any:
    """The phase as `Network.phase` works it out, in SQL."""
    ready = networks.c.observed_phase == NetworkPhase.READY.value
    return case(
        (networks.c.delete_time.is_not(None), NetworkPhase.DELETING.value),
        (networks.c.observed_generation < networks.c.generation, NetworkPhase.PENDING.value),
        (ready & (networks.c.observe_time < now - STALE_AFTER), NetworkPhase.DEGRADED.value),
        else_=networks.c.observed_phase,
    )
