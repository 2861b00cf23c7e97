"""What follows from how a pool stands: news, rights to write markers, ends of operations (ST-6)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from qvdc_core.errors import Kind
from qvdc_core.event import Change, EventDraft, Severity
from qvdc_core.operation import OperationFailure
from qvdc_node.domain.node import NodeUid
from qvdc_node.domain.pool import Assignment, PoolPhase, StoragePool, Told
from qvdc_node.domain.pool_sight import (
    NodeStanding,
    PoolStanding,
    PoolView,
    SightState,
    standing_of,
    waiting,
)

FULL_PERCENT, ROOMY_PERCENT = 95, 93
"""A pool is told full at the first, and roomy again at the second."""
PATIENCE = timedelta(seconds=120)
"""How long an operation waits for hosts that can do nothing about it, before it fails."""
SHOWN = 20
"""So many of the nodes that an operation waits for are named."""
STEPS = 100
"""Watchers hear of free room when it moved by a hundredth of the capacity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolWork:
    """An operation under way on a pool.

    Args:
        nodes: the nodes it is about; empty for all.
    """

    operation: str
    verb: str
    nodes: frozenset[NodeUid]
    create_time: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """The operation's effect was observed."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The operation ended badly; the intent stands."""

    failure: OperationFailure


@dataclass(frozen=True, slots=True)
class Waits:
    """The operation goes on; why, for people."""

    message: str


Outcome = Done | Failed | Waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What to store of a pool so that all is said and done.

    Args:
        told: None if there is no news.
        changed: assignments with another right to write the marker.
        left: nodes that have let it go.
        gone: the pool itself goes.
    """

    told: Told | None
    initialised: bool
    changed: tuple[Assignment, ...]
    left: tuple[NodeUid, ...]
    gone: bool


def settle(view: PoolView, now: datetime) -> tuple[Settlement, PoolStanding]:
    """Return what is due for the pool, and how it stands. Pure; doing it twice does it once."""
    standing = standing_of(view, now)
    left = tuple(each.holding.node_uid for each in standing.nodes if _let_go(each))
    initialised = view.pool.initialised or any(
        each.state is SightState.HEALTHY for each in standing.nodes
    )
    told = told_of(view.pool.told, standing)
    settlement = Settlement(
        told=None if told == view.pool.told else told,
        initialised=initialised,
        changed=_marker_rights(view.pool, standing, initialised=initialised),
        left=left,
        gone=view.pool.deleting and len(left) == len(view.holdings),
    )
    return settlement, standing


def idle(view: PoolView, settlement: Settlement) -> bool:
    """Whether there is nothing to store."""
    return (
        settlement.told is None
        and settlement.initialised == view.pool.initialised
        and not settlement.changed
        and not settlement.left
        and not settlement.gone
    )


def told_of(before: Told, standing: PoolStanding) -> Told:
    """Return what is to be known of the pool's standing."""
    bad = tuple(
        (each.holding.node_uid, each.state.value, each.reason)
        for each in standing.nodes
        if _ill(each)
    )
    known = frozenset(before.full)
    full = tuple(each.holding.node_uid for each in standing.nodes if _full(each, known))
    return Told(phase=standing.phase, bad=bad, full=full, digest=_digest(standing))


def news(pool: StoragePool, standing: PoolStanding, told: Told) -> list[EventDraft]:
    """Return what to tell of a pool that stands otherwise than it was told; never empty."""
    before = pool.told
    bad, full = set(told.bad) - set(before.bad), set(told.full) - set(before.full)
    drafts = []
    for each in standing.nodes:
        if (each.holding.node_uid, each.state.value, each.reason) in bad:
            drafts.append(_degraded(pool, each))
        if each.holding.node_uid in full:
            drafts.append(_filled(pool, each))
    if told.phase is not before.phase:
        drafts += _phase_news(pool, standing)
    return drafts or [pool_event(pool)]


def pool_event(
    pool: StoragePool,
    kind: str = "",
    text: str = "",
    *,
    actor: str = "",
    change: Change = Change.CHANGED,
    severity: Severity = Severity.INFO,
    operation: str = "",
    details: Mapping[str, str] | None = None,
) -> EventDraft:
    """Return a draft about `pool`; without a kind, Watch alone hears of it."""
    return EventDraft(
        subject=pool.name,
        subject_uid=pool.uid,
        kind=kind,
        change=change,
        revision=pool.revision,
        severity=severity,
        actor=actor,
        operation=operation,
        text=text,
        details=details or {},
    )


def outcome(work: PoolWork, view: PoolView, standing: PoolStanding, now: datetime) -> Outcome:
    """Return how an operation on the pool stands."""
    mine = [
        each for each in standing.nodes if not work.nodes or each.holding.node_uid in work.nodes
    ]
    if work.verb in ("unassign", "delete"):
        held = [each for each in mine if each.holding.assignment.releasing or view.pool.deleting]
        return Waits(_held(held)) if held else Done()
    kept = [each for each in mine if not each.holding.assignment.releasing]
    open_ = [each for each in kept if not _obeyed(work.verb, each)]
    if not open_:
        return Done()
    first = min(open_, key=lambda each: (waiting(each), each.holding.node))
    if now - work.create_time < PATIENCE:
        told = _words(first)
        return Waits(f"{told}, and has not answered yet" if first.state.usable else told)
    return Failed(
        OperationFailure(
            Kind.PRECONDITION,
            first.reason or first.state.value,
            _words(first),
            {"pool": view.pool.name, "node": first.holding.node},
        )
    )


def _obeyed(verb: str, on_node: NodeStanding) -> bool:
    sight, wanted = on_node.holding.sight, on_node.holding.assignment
    if sight is None or on_node.stale:
        return False
    if verb == "rescan":
        return sight.rescan_count >= wanted.rescan_count
    if verb == "reconnect" and sight.reconnect_count < wanted.reconnect_count:
        return False
    return on_node.state.usable


def _held(held: Sequence[NodeStanding]) -> str:
    return "; ".join(f"{_words(each)}, and has not let it go" for each in held[:SHOWN])


def _words(on_node: NodeStanding) -> str:
    why = on_node.error or on_node.reason
    return f"{on_node.holding.node} is {on_node.state.value}" + (f": {why}" if why else "")


def _let_go(on_node: NodeStanding) -> bool:
    sight, wanted = on_node.holding.sight, on_node.holding.assignment
    return (
        wanted.releasing
        and sight is not None
        and sight.state is SightState.UNMOUNTED
        and sight.generation >= wanted.generation
    )


def _marker_rights(
    pool: StoragePool, standing: PoolStanding, *, initialised: bool
) -> tuple[Assignment, ...]:
    """Return the assignments whose right to write the marker changes.

    It ends once the pool was healthy: a marker that is missing later is a mount that is missing.
    A shared pool's passes on when the chosen host is silent or has left.
    """
    kept = [each for each in standing.nodes if not each.holding.assignment.releasing]
    if not pool.type.shared:
        changed = [
            each for each in kept
            if each.holding.assignment.initialise and each.state is SightState.HEALTHY
        ]  # fmt: skip
        return tuple(_with_right(each.holding.assignment, may=False) for each in changed)
    chosen = {
        each.holding.node_uid for each in kept if each.holding.assignment.initialise
    } if not initialised else set()  # fmt: skip
    if not initialised and not any(
        each.holding.node_uid in chosen and not each.stale for each in kept
    ):
        able = [each.holding.node_uid for each in kept if not each.stale]
        chosen = set(able[:1]) or chosen
    return tuple(
        _with_right(each.holding.assignment, may=each.holding.node_uid in chosen)
        for each in kept
        if each.holding.assignment.initialise != (each.holding.node_uid in chosen)
    )


def _with_right(assignment: Assignment, *, may: bool) -> Assignment:
    return replace(assignment, generation=assignment.generation + 1, initialise=may)


def _ill(on_node: NodeStanding) -> bool:
    if on_node.holding.assignment.releasing or waiting(on_node):
        return False
    return on_node.state is not SightState.HEALTHY


def _full(on_node: NodeStanding, before: frozenset[str]) -> bool:
    if on_node.capacity_bytes is None or on_node.available_bytes is None:
        return on_node.holding.node_uid in before
    limit = ROOMY_PERCENT if on_node.holding.node_uid in before else FULL_PERCENT
    return _used_percent(on_node) >= limit


def _used_percent(on_node: NodeStanding) -> float:
    capacity, available = on_node.capacity_bytes or 0, on_node.available_bytes or 0
    return 100.0 * (capacity - available) / capacity if capacity else 100.0


def _digest(standing: PoolStanding) -> str:
    lines = [f"{standing.phase.value} {standing.reason} {standing.claimed_bytes}"]
    for each in standing.nodes:
        capacity = each.capacity_bytes or 0
        roomy = (each.available_bytes or 0) * STEPS // capacity if capacity else 0
        holding = each.holding
        lines.append(
            f"{holding.node_uid} {holding.node} {each.state.value} {each.reason}"
            f" {each.error} {capacity} {roomy} {holding.assignment.generation}"
            f" {holding.assignment.releasing}"
        )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _degraded(pool: StoragePool, on_node: NodeStanding) -> EventDraft:
    node = on_node.holding.node
    return pool_event(
        pool,
        "PoolDegraded",
        f"{pool.name} is {on_node.state.value} on {node}: {on_node.error or on_node.reason}",
        severity=Severity.WARNING,
        details={
            "node": node,
            "state": on_node.state.value,
            "reason": on_node.reason,
            "error": on_node.error,
        },
    )


def _filled(pool: StoragePool, on_node: NodeStanding) -> EventDraft:
    node = on_node.holding.node
    used = f"{_used_percent(on_node):.0f}"
    return pool_event(
        pool,
        "PoolFull",
        f"{pool.name} is {used} % full on {node}.",
        severity=Severity.ERROR,
        details={
            "node": node,
            "used_percent": used,
            "capacity_bytes": str(on_node.capacity_bytes),
            "available_bytes": str(on_node.available_bytes),
        },
    )


def _phase_news(pool: StoragePool, standing: PoolStanding) -> list[EventDraft]:
    if standing.phase is PoolPhase.READY:
        text = f"{pool.name} is healthy on all its nodes."
        return [pool_event(pool, "PoolReady", text)]
    if standing.phase is PoolPhase.ERROR:
        text = f"{pool.name} can be used nowhere ({standing.reason})."
        return [
            pool_event(
                pool, "PoolLost", text, severity=Severity.ERROR,
                details={"reason": standing.reason},
            )
        ]  # fmt: skip
    return []
