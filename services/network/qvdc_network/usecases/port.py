"""What can be done with ports. Addresses are given and freed in the transaction of the port."""

from collections.abc import AsyncIterator, Callable
from ipaddress import IPv4Address

from qvdc_core.actor import Actor, ActorKind
from qvdc_core.clock import Clock
from qvdc_core.errors import EtagMismatch, FieldViolation, InUse
from qvdc_core.event import Change, EventDraft, Severity, WatchItem
from qvdc_core.ids import Name, check_id
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey
from qvdc_network.domain import address, mac
from qvdc_network.domain.network import Network
from qvdc_network.domain.port import (
    MACHINES,
    Port,
    PortDraft,
    PortFilter,
    check_draft,
    chosen_addresses,
)
from qvdc_network.domain.refusals import (
    AddressInUse,
    BeingDeleted,
    InvalidSpec,
    MacInUse,
    NameTaken,
    NoFreeAddress,
    NoFreeMac,
)
from qvdc_network.ports import Streams, UnitOfWork, Work

MAC_DRAWS = 32
"""A site is full for practical purposes when so many draws in a row are taken."""


class Ports:
    """Ports and their addresses.

    Args:
        mac_prefix: three octets, locally administered, one per site.
        draw: picks a number below its argument.
    """

    def __init__(
        self,
        *,
        unit_of_work: UnitOfWork,
        streams: Streams,
        clock: Clock,
        new_id: Callable[[], str],
        mac_prefix: str,
        draw: Callable[[int], int],
    ) -> None:
        self._unit_of_work = unit_of_work
        self._streams = streams
        self._clock = clock
        self._new_id = new_id
        self._mac_prefix = mac_prefix
        self._draw = draw

    async def create(
        self,
        draft: PortDraft,
        *,
        port_id: str,
        key: RequestKey | None,
        actor: Actor,
        validate_only: bool,
    ) -> Port:
        """Store a new port with its addresses; one that exists for the same owner is answered.

        Raises:
            InvalidSpec, InvalidField: it breaks a rule; the fields at fault are named.
            NoFreeAddress, AddressInUse, MacInUse, NameTaken: what it needs is held.
            BeingDeleted, NotFound: its network goes away, or there is none.
        """
        check_draft(draft)
        _refuse_foreign_owner(draft, actor)
        uid = self._new_id()
        chosen = check_id(port_id, field="port_id") if port_id else f"port-{uid[:8]}"
        async with self._unit_of_work() as work:
            if (repeated := await work.requests.recall(key, Port)) is not None:
                return repeated
            network = await work.networks.get(
                Name.parse(draft.network, "networks", field="port.network"), locked=True
            )
            port = await _existing(work, chosen, draft, network)
            if port is None:
                port = await self._add(work, network, draft, (chosen, uid), actor)
            if validate_only:
                return port
            await work.requests.remember(key, port)
            await work.commit()
        return port

    async def get(self, name: Name) -> Port:
        """Read one port.

        Raises:
            NotFound: there is none.
        """
        async with self._unit_of_work() as work:
            return await work.ports.get(name)

    async def page(self, wanted: PortFilter, request: PageRequest) -> Page[Port]:
        """One page of the ports that match, by id."""
        async with self._unit_of_work() as work:
            return await work.ports.page(wanted, request)

    async def delete(
        self, name: Name, *, etag: str, key: RequestKey | None, actor: Actor, validate_only: bool
    ) -> None:
        """Forget a port; its addresses are free from then on.

        Raises:
            InUse: a machine owns it, and the caller is not the machines' service.
            EtagMismatch: it was changed since `etag` was read.
            NotFound: there is none.
        """
        async with self._unit_of_work() as work:
            if await work.requests.repeated(key):
                return
            port = await work.ports.get(name, locked=True)
            if etag and etag != port.etag:
                raise EtagMismatch(port.name, changed_by=port.updated_by)
            if port.owner.startswith(MACHINES) and actor.kind is not ActorKind.SERVICE:
                raise InUse(port.name, [port.owner], 1)
            if validate_only:
                return
            await work.ports.remove(port.uid)
            await work.events.append(
                _told("PortDeleted", port, actor, "was deleted", change=Change.DELETED)
            )
            await work.commit()

    def watch(self, *, resume_token: str) -> AsyncIterator[WatchItem[Port]]:
        """All ports, then each change.

        Raises:
            ResumeExpired: the token is too old.
        """
        return self._streams.ports(resume_token=resume_token)

    async def _add(
        self,
        work: Work,
        network: Network,
        draft: PortDraft,
        ids: tuple[str, str],
        actor: Actor,
    ) -> Port:
        if network.delete_time is not None:
            raise BeingDeleted(network.name)
        now = self._clock.now()
        port_id, uid = ids
        port = Port(
            id=port_id,
            uid=uid,
            network=network.id,
            network_uid=network.uid,
            display_name=draft.display_name or port_id,
            description=draft.description,
            labels=dict(draft.labels),
            mac=await self._mac(work, draft.mac),
            fixed_ips=await self._addresses(work, network, draft, actor),
            owner=draft.owner,
            owner_uid=draft.owner_uid,
            hostname=draft.hostname,
            admin_up=draft.admin_up is not False,
            mtu=network.spec.mtu,
            create_time=now,
            update_time=now,
            updated_by=actor.subject,
        )
        await work.ports.add(port)
        await work.events.append(_told("PortCreated", port, actor, "was created"))
        return port

    async def _mac(self, work: Work, wanted: str) -> str:
        if wanted:
            if holder := await work.ports.mac_holder(wanted):
                raise MacInUse(wanted, holder)
            return wanted
        for _ in range(MAC_DRAWS):
            drawn = mac.make(self._mac_prefix, self._draw)
            if await work.ports.mac_holder(drawn) is None:
                return drawn
        raise NoFreeMac(self._mac_prefix)

    async def _addresses(
        self, work: Work, network: Network, draft: PortDraft, actor: Actor
    ) -> tuple[IPv4Address, ...]:
        spec = network.spec
        chosen = chosen_addresses(spec, draft.fixed_ips)
        if spec.subnet is None:
            return ()
        held = await work.ports.held(network.uid)
        for each in chosen:
            if each in held:
                raise AddressInUse(str(each), held[each])
        if chosen:
            return chosen
        given = address.next_free(spec, set(held))
        if given is None:
            raise NoFreeAddress(network.name, address.count(spec, len(held)).total)
        if address.next_free(spec, {*held, given}) is None:
            await work.events.append(_exhausted(network, actor))
        return (given,)


def _refuse_foreign_owner(draft: PortDraft, actor: Actor) -> None:
    if draft.owner.startswith(MACHINES) and actor.kind is not ActorKind.SERVICE:
        why = "is given to a machine's ports by the machines' service alone"
        raise InvalidSpec([FieldViolation("port.owner", why)])


async def _existing(work: Work, port_id: str, draft: PortDraft, network: Network) -> Port | None:
    found = await work.ports.find(port_id)
    if found is None:
        return None
    same = draft.owner_uid and found.owner_uid == draft.owner_uid
    if same and found.network_uid == network.uid:
        return found
    raise NameTaken(found.name)


def _told(
    kind: str, port: Port, actor: Actor, what: str, *, change: Change = Change.CHANGED
) -> EventDraft:
    return EventDraft(
        subject=port.name,
        subject_uid=port.uid,
        kind=kind,
        change=change,
        revision=port.revision,
        actor=actor.subject,
        text=f"{port.name} {what}.",
        details={"network": port.network_name, "owner": port.owner},
    )


def _exhausted(network: Network, actor: Actor) -> EventDraft:
    return EventDraft(
        subject=network.name,
        subject_uid=network.uid,
        kind="AddressExhausted",
        severity=Severity.WARNING,
        actor=actor.subject,
        text=f"The last free address of {network.name} was given.",
    )
