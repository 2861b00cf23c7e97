"""Identities: lost, adopted, accepted; hardware offered and confirmed (RG-6, RG-8)."""

from dataclasses import dataclass, replace
from datetime import datetime

from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.event import Change, Severity
from qvdc_core.request import RequestKey
from qvdc_node.domain.events import mark_events, node_event
from qvdc_node.domain.hardware import hardware_diff, other_hardware, recognised_by_a_card
from qvdc_node.domain.join_token import hash_secret
from qvdc_node.domain.mark import (
    CLONE_SEEN,
    CLUSTER_PENDING,
    HARDWARE_CHANGED,
    HOST_LEFT,
    cleared,
    marked,
)
from qvdc_node.domain.node import Node
from qvdc_node.domain.registration import (
    IdentityInUse,
    NothingToAdopt,
    Registered,
    Registration,
)
from qvdc_node.domain.session import Session
from qvdc_node.ports.rows import UnitOfWork, UnitsOfWork
from qvdc_node.ports.world import Sessions
from qvdc_node.usecases.node import NodesUseCase, Seen


@dataclass(frozen=True, slots=True)
class Former:
    """The node that a newcomer was. `sure`: a token bound to it says so, nobody need be asked."""

    node: Node
    sure: bool


class Identities:
    """Finds out who a host was, and keeps what was refused to it for an admin to decide."""

    def __init__(self, unit_of_work: UnitsOfWork, sessions: Sessions, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._sessions = sessions
        self._clock = clock

    async def former(self, registration: Registration, known: Node | None) -> Former | None:
        """Return the node that the host was before a reinstall, as far as its token or its
        hardware tell; None for a host that is new or known.

        Raises:
            IdentityInUse: the node that the token names is alive as another host.
        """
        if known is not None and not known.proposal:
            return None
        async with self._unit_of_work() as work:
            named = await _named_by_token(work, registration)
            like = [] if registration.observed.simulated else list(
                await work.nodes.like(
                    registration.observed.hardware_fingerprint, but=registration.uid
                )
            )  # fmt: skip
        if named is not None:
            await self.check_gone(named)
            return Former(named, sure=True)
        if known is not None:
            return None
        for node in like:
            if (await self._sessions.read(node.uid)).session is None:
                return Former(node, sure=False)
        return None

    async def check_gone(self, node: Node) -> None:
        """Return if no host lives as `node`.

        Raises:
            IdentityInUse: one does.
        """
        if (await self._sessions.read(node.uid)).session is not None:
            raise IdentityInUse(node.name, node.uid)

    async def note_hardware(self, registration: Registration, known: Node) -> None:
        """Keep the hardware that `known` was refused on, for ConfirmHardware."""
        offered = registration.observed.hardware_fingerprint
        diff = hardware_diff(known.observed.inventory, registration.observed.inventory)
        message = "It came back on other hardware. " + "; ".join(diff)
        async with self._unit_of_work() as work:
            node = await work.nodes.lock(known.uid)
            if node is None or node.offered_fingerprint == offered:
                return
            marks = marked(node.marks, HARDWARE_CHANGED, "UNCONFIRMED", message, self._clock.now())
            saved = await work.nodes.save_marks(
                replace(node, marks=marks, offered_fingerprint=offered)
            )
            await work.events.append(*mark_events(node, saved))
            await work.commit()

    async def note_clone(self, registration: Registration, known: Node, held: Session) -> None:
        """Tell that a copy of `known` was refused while the host of `held` lives."""
        seen = registration.observed
        async with self._unit_of_work() as work:
            node = await work.nodes.lock(known.uid)
            if node is None:
                return
            message = f"{seen.hostname} at {registration.address or 'an unknown address'}"
            marks = marked(node.marks, CLONE_SEEN, "REFUSED", message, self._clock.now())
            saved = await work.nodes.save_marks(replace(node, marks=marks))
            await work.events.append(
                node_event(
                    saved,
                    "CloneDetected",
                    f"Another boot says it is {known.name}; the one that beats goes on.",
                    details={
                        "proven_boot_id": held.life.boot_id,
                        "proven_hostname": known.observed.hostname,
                        "refused_boot_id": seen.boot_id,
                        "refused_hostname": seen.hostname,
                        "refused_address": registration.address,
                    },
                )
            )
            await work.commit()


async def _named_by_token(work: UnitOfWork, registration: Registration) -> Node | None:
    if not registration.join_token:
        return None
    token = await work.join_tokens.find(hash_secret(registration.join_token))
    if token is None or not token.node:
        return None
    found = await work.nodes.named([token.node])
    return found[0] if found and found[0].uid != registration.uid else None


async def adopted(work: UnitOfWork, host: Node, old: Node, *, actor: str, now: datetime) -> Node:
    """Make `host` the node that `old` was, and tell of it; both are locked."""
    stone = old.tombstone(removed_by=actor, now=now, reason=f"adopted by host {host.uid}")
    node = await work.nodes.adopt(host, old, actor=actor)
    await work.pools.move_node(old.uid, host.uid)
    await work.tombstones.put(stone)
    text = f"{node.name} is now host {host.uid}, which was {old.uid} before."
    details: dict[str, str] = {"machine_uuid": host.uid, "former_machine_uuid": old.uid}
    gone = replace(old, revision=node.revision)
    drafts = [node_event(gone, change=Change.DELETED)]
    if host.id != node.id:
        # The name goes, the host does not: consumers that go by uid must not forget it.
        drafts.append(
            replace(
                node_event(replace(host, revision=node.revision), change=Change.DELETED),
                subject_uid="",
            )
        )
    drafts.append(node_event(node, "IdentityAdopted", text, actor=actor, details=details))
    await work.events.append(*drafts)
    return node


async def settled(
    work: UnitOfWork, registered: Registered, former: Former | None, *, actor: str, now: datetime
) -> Node:
    """Return the registered node with what its identity and hardware lead to, stored and told."""
    node = registered.node
    if former is not None and former.sure:
        old = await work.nodes.lock(former.node.uid)
        return node if old is None else await adopted(work, node, old, actor=actor, now=now)
    wanted = replace(node, marks=cleared(node.marks, HOST_LEFT))
    if registered.before is None and node.joining_cluster:
        message = f"It enters {node.joining_cluster} as its join token says."
        wanted = replace(
            wanted, marks=marked(wanted.marks, CLUSTER_PENDING, "WAITING", message, now)
        )
    if former is not None and registered.before is None:
        wanted = replace(wanted, proposal=former.node.name)
    before = registered.before
    if before is not None and other_hardware(before.observed, node.observed):
        wanted = _on_other_hardware(wanted, before, now)
    if wanted == node:
        return node
    saved = await work.nodes.save_marks(wanted)
    drafts = mark_events(node, saved)
    if saved.proposal and not node.proposal:
        text = f"{saved.name} has the hardware of {saved.proposal}: adopt it, or accept it as new."
        details = {"proposal": saved.proposal, "machine_uuid": saved.uid}
        drafts.append(
            node_event(saved, "IdentityProposed", text, severity=Severity.WARNING, details=details)
        )
    await work.events.append(*drafts)
    return saved


def _on_other_hardware(node: Node, before: Node, now: datetime) -> Node:
    diff = "; ".join(hardware_diff(before.observed.inventory, node.observed.inventory))
    # Without a card that came along an admin has confirmed it, or a token of this very node.
    marks = cleared(node.marks, HARDWARE_CHANGED)
    if recognised_by_a_card(before.observed, node.observed):
        marks = marked(marks, HARDWARE_CHANGED, "CHANGED", diff, now)
    return replace(node, marks=marks, offered_fingerprint="", confirmed_fingerprint="")


class IdentityUseCase:
    """An admin's decisions about identities."""

    def __init__(
        self,
        unit_of_work: UnitsOfWork,
        identities: Identities,
        sessions: Sessions,
        nodes: NodesUseCase,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._identities = identities
        self._sessions = sessions
        self._nodes = nodes
        self._clock = clock

    async def adopt(
        self,
        name: str,
        *,
        replaced: str,
        etag: str,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool,
    ) -> Seen:
        """Make the host `name` the node `replaced`, or the one it is proposed to be.

        Raises:
            NotFound, EtagMismatch, IdempotencyKeyReused: nothing was changed.
            NothingToAdopt: it waits for no decision and no other node was named.
            IdentityInUse: a host lives as that node.
        """
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, Node)) is not None:
                return self._nodes.seen(first)
            host = await work.nodes.get(name)
            host.require(etag)
            former = replaced or host.proposal
            if not former or former == host.name:
                raise NothingToAdopt(host.name)
            old = await work.nodes.get(former)
            await self._identities.check_gone(old)
            if validate_only:
                return self._nodes.seen(host)
            for uid in sorted((host.uid, old.uid)):
                await work.nodes.lock(uid)
            node = await adopted(work, host, old, actor=actor.subject, now=self._clock.now())
            await work.requests.remember(key, node)
            await work.commit()
        await self._sessions.end(old.uid)
        return self._nodes.seen(node)

    async def accept(
        self, name: str, *, etag: str, actor: Actor, key: RequestKey | None, validate_only: bool
    ) -> Seen:
        """Take the host `name` for a node of its own; a no-op if it is one.

        Raises:
            NotFound, EtagMismatch, IdempotencyKeyReused: nothing was changed.
        """
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, Node)) is not None:
                return self._nodes.seen(first)
            node = await _locked(work, name)
            node.require(etag)
            if validate_only:
                return self._nodes.seen(replace(node, proposal=""))
            if node.proposal:
                text = f"{node.name} was accepted as a node of its own."
                node = await work.nodes.save_marks(replace(node, proposal=""))
                await work.events.append(
                    node_event(node, "IdentityAccepted", text, actor=actor.subject)
                )
            await work.requests.remember(key, node)
            await work.commit()
        return self._nodes.seen(node)

    async def confirm_hardware(
        self, name: str, *, etag: str, actor: Actor, key: RequestKey | None, validate_only: bool
    ) -> Seen:
        """Accept the hardware that `name` was refused on or changed to; a no-op without any.

        Raises:
            NotFound, EtagMismatch, IdempotencyKeyReused: nothing was changed.
        """
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, Node)) is not None:
                return self._nodes.seen(first)
            node = await _locked(work, name)
            node.require(etag)
            confirmed = replace(
                node,
                marks=cleared(node.marks, HARDWARE_CHANGED),
                offered_fingerprint="",
                confirmed_fingerprint=node.offered_fingerprint or node.confirmed_fingerprint,
            )
            if validate_only:
                return self._nodes.seen(confirmed)
            if confirmed != node:
                text = f"The hardware of {node.name} was confirmed."
                details = {"fingerprint": confirmed.confirmed_fingerprint}
                confirmed = await work.nodes.save_marks(confirmed)
                await work.events.append(
                    node_event(
                        confirmed,
                        "HardwareConfirmed",
                        text,
                        actor=actor.subject,
                        details=details,
                    ),
                    *mark_events(node, confirmed),
                )
            await work.requests.remember(key, confirmed)
            await work.commit()
        return self._nodes.seen(confirmed)


async def _locked(work: UnitOfWork, name: str) -> Node:
    found = await work.nodes.get(name)
    return await work.nodes.lock(found.uid) or found
