"""What can be done with networks. Everything ends at stored intent; the OVN loop does the rest."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace

from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.errors import EtagMismatch, InUse
from qvdc_core.event import Change, EventDraft, WatchItem
from qvdc_core.ids import Name, check_id
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey
from qvdc_network.domain.network import Network, NetworkFilter
from qvdc_network.domain.network_change import merged, now_wrong
from qvdc_network.domain.network_rules import NetworkDraft, resolve
from qvdc_network.domain.ovn_plan import NetworkPlan, plan_change
from qvdc_network.domain.port import HeldAddress
from qvdc_network.domain.refusals import BeingDeleted
from qvdc_network.ports import Streams, UnitOfWork, Work

BLOCKERS_NAMED = 20


@dataclass(frozen=True, slots=True)
class Planned:
    """A network, and with validate_only what would be done on OVN."""

    network: Network
    plan: NetworkPlan | None = None


class Networks:
    """Networks and their addresses.

    Args:
        underlay_mtu: bytes that the hosts' tunnel network carries in one packet.
    """

    def __init__(
        self,
        *,
        unit_of_work: UnitOfWork,
        streams: Streams,
        clock: Clock,
        new_id: Callable[[], str],
        underlay_mtu: int,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._streams = streams
        self._clock = clock
        self._new_id = new_id
        self._underlay_mtu = underlay_mtu

    async def create(
        self,
        draft: NetworkDraft,
        *,
        network_id: str,
        key: RequestKey | None,
        actor: Actor,
        validate_only: bool,
    ) -> Planned:
        """Store a new network.

        Raises:
            InvalidSpec, InvalidField: it breaks a rule; every field at fault is named.
            DriverUnsupported: OVN is not driven for its type yet.
            NameTaken: another has its id.
        """
        uid = self._new_id()
        chosen = check_id(network_id, field="network_id") if network_id else f"net-{uid[:8]}"
        async with self._unit_of_work() as work:
            if (repeated := await work.requests.recall(key, Network)) is not None:
                return Planned(repeated)
            now = self._clock.now()
            network = await work.networks.add(
                Network(
                    id=chosen,
                    uid=uid,
                    spec=resolve(draft, id=chosen, underlay_mtu=self._underlay_mtu),
                    create_time=now,
                    update_time=now,
                    updated_by=actor.subject,
                )
            )
            if validate_only:
                return Planned(
                    network, plan_change(None, network, (), await _shared(work, network))
                )
            await work.events.append(_told("NetworkCreated", network, actor, "was created"))
            await work.requests.remember(key, network)
            await work.commit()
        return Planned(network)

    async def get(self, name: Name) -> Network:
        """Read one network.

        Raises:
            NotFound: there is none.
        """
        async with self._unit_of_work() as work:
            return await work.networks.get(name)

    async def page(self, wanted: NetworkFilter, request: PageRequest) -> Page[Network]:
        """One page of the networks that match, by id."""
        async with self._unit_of_work() as work:
            return await work.networks.page(wanted, request, now=self._clock.now())

    async def update(
        self,
        name: Name,
        draft: NetworkDraft,
        paths: frozenset[str],
        *,
        etag: str,
        key: RequestKey | None,
        actor: Actor,
        validate_only: bool,
    ) -> Planned:
        """Change the fields of `draft` that `paths` mean.

        Raises:
            EtagMismatch: it was changed since `etag` was read.
            InvalidSpec: the outcome breaks a rule, or a fixed field would change.
            InUse: ports hold addresses that they could not have any more.
            BeingDeleted, NotFound: it goes away, or there is none.
        """
        async with self._unit_of_work() as work:
            if (repeated := await work.requests.recall(key, Network)) is not None:
                return Planned(repeated)
            before = await work.networks.get(name, locked=True)
            _require(before, etag)
            if before.delete_time is not None:
                raise BeingDeleted(before.name)
            spec = resolve(
                merged(before.spec, draft, paths), id=before.id, underlay_mtu=self._underlay_mtu
            )
            after = replace(
                before, spec=spec, update_time=self._clock.now(), updated_by=actor.subject
            )
            await _refuse_misplaced(work, after)
            if validate_only:
                ports = await work.ports.of_network(before.uid, limit=before.port_count)
                warnings = await _shared(work, after)
                return Planned(after, plan_change(before, after, ports, warnings))
            if spec != before.spec:
                after = await work.networks.save(after)
                await work.events.append(_told("NetworkUpdated", after, actor, "was changed"))
            await work.requests.remember(key, after)
            await work.commit()
        return Planned(after)

    async def delete(
        self, name: Name, *, etag: str, key: RequestKey | None, actor: Actor, validate_only: bool
    ) -> None:
        """Write down that the network is to go; it is gone when OVN holds nothing of it.

        Repeating it is fine while it goes.

        Raises:
            EtagMismatch: it was changed since `etag` was read.
            InUse: ports are on it.
            NotFound: there is none.
        """
        async with self._unit_of_work() as work:
            if await work.requests.repeated(key):
                return
            network = await work.networks.get(name, locked=True)
            _require(network, etag)
            if network.port_count:
                ports = await work.ports.of_network(network.uid, limit=BLOCKERS_NAMED)
                raise InUse(network.name, [port.name for port in ports], network.port_count)
            if validate_only:
                return
            if network.delete_time is None:
                network = await work.networks.mark_deleted(
                    network, now=self._clock.now(), by=actor.subject
                )
                told = _told("NetworkDeleting", network, actor, "is to be deleted")
                await work.events.append(told)
            await work.commit()

    async def addresses(self, name: Name, request: PageRequest) -> Page[HeldAddress]:
        """One page of a network's held addresses, ascending.

        Raises:
            NotFound: there is no such network.
        """
        async with self._unit_of_work() as work:
            network = await work.networks.get(name)
            return await work.ports.addresses(network.uid, request)

    def watch(self, *, resume_token: str) -> AsyncIterator[WatchItem[Network]]:
        """All networks, then each change.

        Raises:
            ResumeExpired: the token is too old.
        """
        return self._streams.networks(resume_token=resume_token)


def _require(network: Network, etag: str) -> None:
    if etag and etag != network.etag:
        raise EtagMismatch(
            network.name,
            changed_by=network.updated_by,
            change_time=network.update_time.isoformat(),
        )


async def _refuse_misplaced(work: Work, network: Network) -> None:
    held = await work.ports.held(network.uid)
    misplaced = now_wrong(network.spec, list(held))
    if misplaced:
        holders = sorted({held[address] for address in misplaced})
        raise InUse(f"An address of {network.name}", holders, len(holders))


async def _shared(work: Work, network: Network) -> Sequence[str]:
    """Ranges that overlap are harmless while nothing routes between them, and worth knowing."""
    return [
        f"{network.spec.subnet.cidr} overlaps {other.spec.subnet.cidr} of {other.name}:"
        " the two can never be joined by a router."
        for other in await work.networks.overlapping(network)
        if network.spec.subnet is not None and other.spec.subnet is not None
    ]


def _told(kind: str, network: Network, actor: Actor, what: str) -> EventDraft:
    return EventDraft(
        subject=network.name,
        subject_uid=network.uid,
        kind=kind,
        change=Change.CHANGED,
        revision=network.revision,
        actor=actor.subject,
        text=f"{network.name} {what}.",
    )
