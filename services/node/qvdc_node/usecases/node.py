"""The verbs of nodes: intent alone; no host is called."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.event import WatchItem
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey
from qvdc_node.domain.events import node_event
from qvdc_node.domain.inventory import Condition, Usage
from qvdc_node.domain.maintenance import uncordoned
from qvdc_node.domain.node import (
    Intent,
    Mode,
    Node,
    NodeFilter,
    cordoned,
)
from qvdc_node.domain.service_condition import service_conditions
from qvdc_node.domain.taint import Effect, Taint, with_taint, without_taint
from qvdc_node.domain.terms import USUAL
from qvdc_node.ports.rows import UnitsOfWork
from qvdc_node.ports.world import NodeChanges, Presence, Seal, Sessions
from qvdc_node.usecases.observation import Observations

STALE_AFTER = 3 * USUAL.interval


@dataclass(frozen=True, slots=True)
class Seen:
    """A node with the age of what was seen of it.

    Args:
        observe_time: when it was last certain that the observed fields hold.
        usage: of the newest beat that this copy knows of.
        service_conditions: what follows from what the service knows itself.
    """

    node: Node
    observe_time: datetime
    last_heartbeat_time: datetime | None
    stale: bool
    usage: Usage | None = None
    service_conditions: tuple[Condition, ...] = ()


_WHOLE = frozenset(
    {
        "display_name",
        "description",
        "labels",
        "taints",
        "roles",
        "reserved_cores",
        "reserved_memory_bytes",
    }
)


@dataclass(frozen=True, slots=True)
class IntentChange:
    """New values of the masked intent fields, named as those of Intent; mode is none of them.

    Args:
        bmc_secret: of the board controller, in the clear; "" for none given.
    """

    intent: Intent
    paths: frozenset[str]
    bmc_secret: str = field(default="", repr=False)

    def applied_to(self, intent: Intent, *, sealed: str = "") -> Intent:
        """Return `intent` with the masked fields replaced.

        Args:
            sealed: the secret of the board controller as it is stored.
        """
        named = {path.partition(".")[0] for path in self.paths}
        changed: dict[str, Any] = {path: getattr(self.intent, path) for path in self.paths & _WHOLE}
        for part in ("overcommit", "failure_domain"):
            if part in named:
                changed[part] = self._merged(part, intent)
        if "bmc" in named:
            bmc = self.intent.bmc
            changed["bmc"] = None if bmc is None else bmc.after(intent.bmc, sealed)
        return replace(intent, **changed)

    def _merged(self, part: str, intent: Intent) -> object:
        """The new value of a part: whole, or only the masked fields of it."""
        new = getattr(self.intent, part)
        if part in self.paths:
            return new
        fields_of = {path.partition(".")[2] for path in self.paths if path.startswith(f"{part}.")}
        return replace(getattr(intent, part), **{name: getattr(new, name) for name in fields_of})


class NodesUseCase:
    """Reads nodes, and changes what is wanted of them."""

    def __init__(
        self,
        unit_of_work: UnitsOfWork,
        changes: NodeChanges,
        presence: Presence,
        sessions: Sessions,
        observations: Observations,
        seal: Seal,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._seal = seal
        self._changes = changes
        self._presence = presence
        self._sessions = sessions
        self._observations = observations
        self._clock = clock

    async def get(self, name: str) -> Seen:
        """Return a node.

        Raises:
            NotFound: there is none.
        """
        async with self._unit_of_work() as work:
            return self.seen(await work.nodes.get(name))

    async def page(self, wanted: NodeFilter, page: PageRequest) -> Page[Seen]:
        """Return a page of nodes by id."""
        async with self._unit_of_work() as work:
            found = await work.nodes.page(wanted, page)
        return Page(tuple(self.seen(node) for node in found.items), found.next_token)

    async def watch(self, *, resume_token: str) -> AsyncIterator[WatchItem[Seen]]:
        """Stream nodes: a snapshot unless there is a token, then every change.

        Raises:
            ResumeExpired: begin again without a token.
        """
        async for item in self._changes.nodes(resume_token=resume_token):
            value = self.seen(item.value) if item.value is not None else None
            yield WatchItem(item.kind, item.token, value, item.name, item.uid)

    async def update(
        self,
        name: str,
        change: IntentChange,
        *,
        etag: str,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool,
    ) -> Seen:
        """Change the masked intent fields of a node.

        Raises:
            NotFound, EtagMismatch, IdempotencyKeyReused: nothing was changed.
            InvalidField: a reservation leaves too little of the hardware.
            StoreUnavailable: a secret cannot be sealed: the key file cannot be read.
        """

        def changed(node: Node) -> Intent:
            secret = change.bmc_secret
            sealed = self._seal(secret, f"bmc/{node.uid}") if secret and not validate_only else ""
            intent = change.applied_to(node.intent, sealed=sealed)
            intent.check_reservations(node.observed.inventory)
            return intent

        return await self._want(
            name, changed, "NodeUpdated",
            etag=etag, actor=actor, key=key, validate_only=validate_only,
        )  # fmt: skip

    async def cordon(
        self, name: str, *, etag: str, actor: Actor, key: RequestKey | None, validate_only: bool
    ) -> Seen:
        """Keep new machines off a node; a no-op if it is cordoned or in maintenance.

        Raises:
            NotFound, EtagMismatch, IdempotencyKeyReused: nothing was changed.
        """
        return await self._want(
            name, lambda node: cordoned(node.intent), "NodeCordoned",
            etag=etag, actor=actor, key=key, validate_only=validate_only,
        )  # fmt: skip

    async def uncordon(
        self, name: str, *, etag: str, actor: Actor, key: RequestKey | None, validate_only: bool
    ) -> Seen:
        """Let new machines onto a cordoned node; maintenance is not ended.

        Raises:
            NotFound, EtagMismatch, IdempotencyKeyReused: nothing was changed.
            Busy: it is being emptied.
        """
        return await self._want(
            name, uncordoned, "NodeUncordoned",
            etag=etag, actor=actor, key=key, validate_only=validate_only,
        )  # fmt: skip

    async def add_taint(
        self,
        name: str,
        taint: Taint,
        *,
        etag: str,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool,
    ) -> Seen:
        """Put a taint on a node, in place of one with the same key and effect.

        Raises:
            NotFound, EtagMismatch, IdempotencyKeyReused: nothing was changed.
        """

        def tainted(node: Node) -> Intent:
            return replace(node.intent, taints=with_taint(node.intent.taints, taint))

        return await self._want(
            name, tainted, "NodeTainted",
            etag=etag, actor=actor, key=key, validate_only=validate_only,
        )  # fmt: skip

    async def remove_taint(
        self,
        name: str,
        taint_key: str,
        effect: Effect | None,
        *,
        etag: str,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool,
    ) -> Seen:
        """Take the taint of this key and effect, None for every effect, off a node.

        Raises:
            NotFound, EtagMismatch, IdempotencyKeyReused: nothing was changed.
        """

        def untainted(node: Node) -> Intent:
            left = without_taint(node.intent.taints, taint_key, effect)
            return replace(node.intent, taints=left)

        return await self._want(
            name, untainted, "NodeUntainted",
            etag=etag, actor=actor, key=key, validate_only=validate_only,
        )  # fmt: skip

    async def refresh_inventory(
        self, name: str, *, etag: str, actor: Actor, key: RequestKey | None, validate_only: bool
    ) -> Seen:
        """Have the host tell its whole inventory with one of its next beats.

        Raises:
            NotFound, EtagMismatch, IdempotencyKeyReused: nothing was asked.
        """
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, Node)) is not None:
                return self.seen(first)
            node = await work.nodes.get(name)
            node.require(etag)
            if validate_only:
                return self.seen(node)
            node = await work.nodes.want_inventory(node)
            text = f"The inventory of {node.name} was asked for."
            await work.events.append(
                node_event(node, "InventoryRequested", text, actor=actor.subject)
            )
            await work.requests.remember(key, node)
            await work.commit()
        return self.seen(node)

    def seen(self, node: Node) -> Seen:
        """Return `node` with the age of what is known: a host that lives has told all changes."""
        now = self._clock.now()
        live = self._presence.liveness(node.uid)
        alive = live is not None and live.session
        newest = self._observations.newest(node.uid)
        beat = newest.at if newest is not None else None
        last = max((each for each in (beat, node.last_heartbeat_time) if each), default=None)
        at = max(node.observe_time, last or node.observe_time)
        if alive and node.last_heartbeat_time is not None:
            # Somebody acknowledged a beat within the life of the session, at another copy perhaps.
            at = max(at, now - STALE_AFTER)
            last = max(last or at, at)
        stale = not alive and now - at > STALE_AFTER
        told = newest.usage if newest is not None else None
        usage = told or node.observed.usage
        return Seen(node, at, last, stale, usage, service_conditions(node, now))

    async def _want(
        self,
        name: str,
        wanted: Callable[[Node], Intent],
        kind: str,
        *,
        etag: str,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool,
    ) -> Seen:
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, Node)) is not None:
                return self.seen(first)
            node = await work.nodes.get(name)
            node.require(etag)
            changed = node.wanting(wanted(node))
            if validate_only:
                return self.seen(changed)
            if changed != node:
                changed = await work.nodes.save_intent(changed, actor=actor.subject)
                text = f"{changed.name}: {_told(changed)}."
                await work.events.append(node_event(changed, kind, text, actor=actor.subject))
            await work.requests.remember(key, _without_secret(changed))
            await work.commit()
        return self.seen(changed)


def _without_secret(node: Node) -> Node:
    bmc = node.intent.bmc
    return node if bmc is None else replace(node, intent=replace(node.intent, bmc=bmc.shown))


def _told(node: Node) -> str:
    return "changed" if node.intent.mode is Mode.ACTIVE else node.intent.mode.value.lower()
