"""Ports and their addresses in PostgreSQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from ipaddress import IPv4Address
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Row,
    Select,
    Text,
    cast,
    column,
    delete,
    func,
    literal,
    or_,
    select,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import INET, aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.errors import NotFound
from qvdc_core.ids import Name, is_uuid
from qvdc_core.page import Page, PageRequest
from qvdc_db.errors import Contention
from qvdc_db.pagination import fetch_page
from qvdc_network.domain.port import (
    HeldAddress,
    Port,
    PortFilter,
    PortObservation,
    PortStatus,
)
from qvdc_network.domain.refusals import AddressInUse, MacInUse, NameTaken
from qvdc_network.store.tables import addresses, networks, ports

_ZERO = cast(literal("0.0.0.0"), INET)  # noqa: S104 - a number to count from, not an address

_SEEN = values(
    column("uid", Text),
    column("generation", BigInteger),
    column("status", Text),
    column("message", Text),
    column("bound", Boolean),
    column("node_uid", Text),
    column("time", DateTime(timezone=True)),
    name="seen",
)


class PortRepository:
    """The ports, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, name: Name, *, locked: bool = False) -> Port:
        """Read a port by id or uid; `locked` keeps others from changing it until the end.

        Raises:
            NotFound: there is none.
        """
        key = ports.c.uid if name.has_uid else ports.c.id
        if locked:
            await self._session.execute(select(ports.c.uid).where(key == name.id).with_for_update())
        row = (await self._session.execute(_read().where(key == name.id))).one_or_none()
        if row is None:
            raise NotFound("port", str(name))
        return _port(row)

    async def find(self, port_id: str) -> Port | None:
        """Read a port by id; None for none."""
        row = (await self._session.execute(_read().where(ports.c.id == port_id))).one_or_none()
        return None if row is None else _port(row)

    async def add(self, port: Port) -> Port:
        """Store a new port with its addresses.

        Raises:
            NameTaken, AddressInUse, MacInUse: another port has its id, an address, its mac.
        """
        made = await self._session.scalar(
            insert(ports).values(_columns(port)).on_conflict_do_nothing().returning(ports.c.uid)
        )
        if made is None:
            await self._refuse_port(port)
        for place, address in enumerate(port.fixed_ips):
            await self._hold(port, place, address)
        return port

    async def remove(self, uid: str) -> None:
        """Forget a port; its addresses are free."""
        await self._session.execute(delete(ports).where(ports.c.uid == uid))

    async def page(self, wanted: PortFilter, request: PageRequest) -> Page[Port]:
        """One page of the ports that match, by id."""
        rows, token = await fetch_page(
            self._session,
            _read().where(*_matching(wanted)),
            keys=[ports.c.id],
            page=request,
            bound=wanted,
        )
        return Page(tuple(_port(row) for row in rows), token)

    async def of_network(self, network_uid: str, *, limit: int) -> Sequence[Port]:
        """The first ports of a network, by id."""
        query = _read().where(ports.c.network_uid == network_uid)
        rows = await self._session.execute(query.order_by(ports.c.id).limit(limit))
        return [_port(row) for row in rows]

    async def held(self, network_uid: str) -> Mapping[IPv4Address, str]:
        """All held addresses of a network with the names of their ports."""
        rows = await self._session.execute(
            select(func.host(addresses.c.address).label("address"), ports.c.id)
            .join(ports, ports.c.uid == addresses.c.port_uid)
            .where(addresses.c.network_uid == network_uid)
        )
        return {IPv4Address(row.address): f"ports/{row.id}" for row in rows}

    async def addresses(self, network_uid: str, request: PageRequest) -> Page[HeldAddress]:
        """One page of the held addresses, ascending."""
        number = cast(addresses.c.address.op("-")(_ZERO), BigInteger).label("number")
        rows_of = (
            select(
                number,
                func.host(addresses.c.address).label("address"),
                ports.c.id,
                ports.c.mac,
                ports.c.owner,
            )
            .join(ports, ports.c.uid == addresses.c.port_uid)
            .where(addresses.c.network_uid == network_uid)
        ).subquery()
        rows, token = await fetch_page(
            self._session,
            select(rows_of),
            keys=[rows_of.c.number],
            page=request,
            bound=network_uid,
        )
        return Page(
            tuple(
                HeldAddress(IPv4Address(row.address), f"ports/{row.id}", row.mac, row.owner)
                for row in rows
            ),
            token,
        )

    async def mac_holder(self, mac: str) -> str | None:
        """Name of the port that has `mac`."""
        holder = await self._session.scalar(select(ports.c.id).where(ports.c.mac == mac))
        return f"ports/{holder}" if holder else None

    async def everything(self) -> Sequence[Port]:
        """All ports, for the loop."""
        rows = await self._session.execute(_read().order_by(ports.c.id))
        return [_port(row) for row in rows]

    async def observe(self, seen: Mapping[str, PortObservation]) -> Sequence[Port]:
        """Write what the loop saw, by port uid; the ports as they are then, without those gone."""
        if not seen:
            return []
        rows = _SEEN.data([_seen_row(uid, each) for uid, each in sorted(seen.items())])
        await self._session.execute(
            update(ports)
            .where(ports.c.uid == rows.c.uid)
            .values(
                observed_generation=rows.c.generation,
                observed_status=rows.c.status,
                observed_message=rows.c.message,
                observed_bound=rows.c.bound,
                observed_node_uid=rows.c.node_uid,
                observe_time=rows.c.time,
                revision=ports.c.revision + 1,
            )
        )
        found = await self._session.execute(_read().where(ports.c.uid.in_(seen)))
        return [_port(row) for row in found]

    async def confirm(self, uids: Sequence[str], time: datetime) -> None:
        """Write that these stand as last observed, without anybody being told."""
        if uids:
            await self._session.execute(
                update(ports).where(ports.c.uid.in_(uids)).values(observe_time=time)
            )

    async def _hold(self, port: Port, place: int, address: IPv4Address) -> None:
        made = await self._session.scalar(
            insert(addresses)
            .values(
                network_uid=port.network_uid,
                address=str(address),
                port_uid=port.uid,
                place=place,
            )
            .on_conflict_do_nothing()
            .returning(addresses.c.port_uid)
        )
        if made is None:
            held = await self.held(port.network_uid)
            raise AddressInUse(str(address), held.get(address, "another port"))

    async def _refuse_port(self, port: Port) -> None:
        if await self.find(port.id) is not None:
            raise NameTaken(port.name)
        if holder := await self.mac_holder(port.mac):
            raise MacInUse(port.mac, holder)
        raise Contention


async def ports_by_id(session: AsyncSession, page: PageRequest) -> Page[Port]:
    """All ports, page by page."""
    return await PortRepository(session).page(PortFilter(), page)


async def ports_by_name(session: AsyncSession, names: Sequence[str]) -> Mapping[str, Port]:
    """The ports of these names that exist."""
    ids = [name.partition("/")[2] for name in names]
    rows = await session.execute(_read().where(ports.c.id.in_(ids)))
    return {port.name: port for port in map(_port, rows)}


def _read() -> Select[Any]:
    fixed = (
        select(
            func.array_agg(aggregate_order_by(func.host(addresses.c.address), addresses.c.place))
        )
        .where(addresses.c.port_uid == ports.c.uid)
        .scalar_subquery()
    )
    return select(
        *ports.c,
        networks.c.id.label("network"),
        networks.c.mtu_bytes,
        fixed.label("fixed_ips"),
    ).join(networks, networks.c.uid == ports.c.network_uid)


def _port(row: Row[Any]) -> Port:
    return Port(
        id=row.id,
        uid=row.uid,
        network=row.network,
        network_uid=row.network_uid,
        display_name=row.display_name,
        description=row.description,
        labels=row.labels,
        mac=row.mac,
        fixed_ips=tuple(IPv4Address(each) for each in row.fixed_ips or ()),
        owner=row.owner,
        owner_uid=row.owner_uid,
        hostname=row.hostname,
        admin_up=row.admin_up,
        mtu=row.mtu_bytes,
        generation=row.generation,
        revision=row.revision,
        create_time=row.create_time,
        update_time=row.update_time,
        updated_by=row.updated_by,
        observed=PortObservation(
            generation=row.observed_generation,
            status=PortStatus(row.observed_status),
            message=row.observed_message,
            bound=row.observed_bound,
            node_uid=row.observed_node_uid,
            time=row.observe_time,
        ),
    )


def _seen_row(uid: str, seen: PortObservation) -> tuple[Any, ...]:
    status = seen.status.value
    return (uid, seen.generation, status, seen.message, seen.bound, seen.node_uid, seen.time)


def _columns(port: Port) -> dict[str, Any]:
    return {
        "uid": port.uid,
        "id": port.id,
        "network_uid": port.network_uid,
        "display_name": port.display_name,
        "description": port.description,
        "labels": dict(port.labels),
        "mac": port.mac,
        "owner": port.owner,
        "owner_uid": port.owner_uid,
        "hostname": port.hostname,
        "admin_up": port.admin_up,
        "generation": port.generation,
        "revision": port.revision,
        "create_time": port.create_time,
        "update_time": port.update_time,
        "updated_by": port.updated_by,
        "observed_message": port.observed.message,
    }


def _matching(wanted: PortFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.name_prefix:
        found.append(ports.c.id.startswith(wanted.name_prefix, autoescape=True))
    if wanted.labels:
        found.append(ports.c.labels.contains(dict(wanted.labels)))
    if wanted.query:
        columns = (ports.c.id, ports.c.display_name, ports.c.description)
        found.append(or_(*(each.icontains(wanted.query, autoescape=True) for each in columns)))
    if wanted.network:
        key = networks.c.uid if is_uuid(wanted.network) else networks.c.id
        found.append(key == wanted.network)
    if wanted.owner:
        found.append(ports.c.owner == wanted.owner)
    return found
