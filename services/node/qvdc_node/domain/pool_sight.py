"""What hosts see of storage pools, and how a pool stands by that (ST-1, ST-2, GEN-13)."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum

from qvdc_node.domain.node import NodeUid, Phase
from qvdc_node.domain.pool import Assignment, PoolPhase, PoolUid, StoragePool

REPORT_EVERY = timedelta(seconds=10)
STALE_AFTER = 3 * REPORT_EVERY
SAMENESS_WITHIN = timedelta(seconds=30)
"""How long a new nonce may stay unseen by others: network file systems cache names."""
PEERS = 16
"""Of how many others a host's view of a shared pool is compared."""
_GONE = frozenset({Phase.OFFLINE, Phase.FENCED})


class SightState(Enum):
    """How a pool stands on a host."""

    MOUNTING = "MOUNTING"
    HEALTHY = "HEALTHY"
    DEGRADED = "DEGRADED"
    ERROR = "ERROR"
    UNMOUNTED = "UNMOUNTED"
    UNKNOWN = "UNKNOWN"

    @property
    def usable(self) -> bool:
        """Whether files in it can be opened."""
        return self in (SightState.HEALTHY, SightState.DEGRADED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a host wrote into a shared pool, and what it read there of others, uid -> nonce.

    Args:
        peers: the hosts of which `seen` is kept; None is all.
    """

    nonce: str
    previous_nonce: str = ""
    seen: Mapping[str, str] = field(default_factory=dict)
    peers: tuple[str, ...] | None = None

    def kept_for(self, peers: Sequence[str]) -> "Probe":
        """Return the probe with what was read of `peers` alone."""
        seen = {uid: self.seen[uid] for uid in peers if uid in self.seen}
        return replace(self, seen=seen, peers=tuple(peers))


def peers_of(uid: str, sharers: Sequence[str]) -> tuple[str, ...]:
    """Return the hosts whose nonces are asked of `uid`: the next ones of all, by uid, in a ring.

    Each is asked for as many, so that the work grows with the hosts and not with their square.
    """
    ring = sorted({*sharers, uid})
    at = ring.index(uid)
    return tuple((ring[at + 1 :] + ring[:at])[:PEERS])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A pool as a host told it last; None is unknown.

    Args:
        generation: of the assignment that the host acts on.
        latency_us: of a small flushed write and its read, in microseconds.
        change_count: late news has a lower one.
        nonce_time: when the probe's nonce was first told.
        since: since when it is in this state.
    """

    pool_uid: PoolUid
    generation: int
    state: SightState
    reason: str = ""
    error: str = ""
    path: str = ""
    capacity_bytes: int | None = None
    available_bytes: int | None = None
    latency_us: int | None = None
    change_count: int = 0
    reconnect_count: int = 0
    rescan_count: int = 0
    probe: Probe | None = None
    nonce_time: datetime | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A node that has a pool, or lets it go: what was wanted, and what it told.

    Args:
        told_at: when the host last told of its pools; None if it never did.
        scan_time: when it listed the files that it told; None if it never did.
    """

    node_uid: NodeUid
    node: str
    node_phase: Phase
    assignment: Assignment
    sight: Sight | None = None
    told_at: datetime | None = None
    scan_time: datetime | None = None

    def silent(self, now: datetime) -> bool:
        """Whether what it told is too old to be repeated."""
        gone = self.node_phase in _GONE
        return gone or (self.told_at is not None and now - self.told_at > STALE_AFTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolView:
    """All that is stored of a pool, as of one moment.

    Args:
        claims: node uid -> (bytes, count) of what disks there hold.
    """

    pool: StoragePool
    holdings: tuple[Holding, ...] = ()
    claims: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStanding:
    """How a pool stands on one node, by what is known now."""

    holding: Holding
    state: SightState
    reason: str = ""
    error: str = ""
    capacity_bytes: int | None = None
    available_bytes: int | None = None
    claimed_bytes: int = 0
    stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolStanding:
    """How a pool stands, by what is known now; a shared one's room is counted once."""

    phase: PoolPhase
    reason: str
    nodes: tuple[NodeStanding, ...]
    capacity_bytes: int | None
    available_bytes: int | None
    claimed_bytes: int
    claim_count: int

    def on(self, node_uid: str) -> NodeStanding | None:
        """Return how it stands on one node; None if the node does not have it."""
        return next((each for each in self.nodes if each.holding.node_uid == node_uid), None)


def standing_of(view: PoolView, now: datetime) -> PoolStanding:
    """Return how the pool stands; pure, and never by an observation that is too old."""
    strangers = _strangers(view, now)
    nodes = tuple(
        _on_node(each, now, strangers.get(each.node_uid, ()), view.claims.get(each.node_uid))
        for each in sorted(view.holdings, key=lambda holding: holding.node)
    )
    phase, reason = _phase(view.pool, nodes)
    return PoolStanding(
        phase=phase,
        reason=reason,
        nodes=nodes,
        capacity_bytes=_together(view.pool, [each.capacity_bytes for each in nodes]),
        available_bytes=_together(view.pool, [each.available_bytes for each in nodes]),
        claimed_bytes=sum(size for size, _ in view.claims.values()),
        claim_count=sum(count for _, count in view.claims.values()),
    )


def state_hash(seen: Iterable[Sight]) -> str:
    """Return what host and owner compare: equal views of the pools have equal hashes (HB-3)."""
    lines = sorted(
        f"{each.pool_uid} {each.generation} {each.change_count} {each.state.value}\n"
        for each in seen
        if each.state is not SightState.UNMOUNTED
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def merged(before: Sight | None, told: Sight, now: datetime) -> Sight:
    """Return what a host's news make of what is stored."""
    since = before.since if before is not None and before.state is told.state else now
    nonce_time = now if told.probe is not None else None
    if before is not None and before.probe is not None:
        if told.probe is None:
            told = replace(told, probe=before.probe)
            nonce_time = before.nonce_time
        elif told.probe.nonce == before.probe.nonce:
            nonce_time = before.nonce_time
    return replace(told, since=since, nonce_time=nonce_time)


def _on_node(
    holding: Holding,
    now: datetime,
    strangers: Sequence[str],
    claimed: tuple[int, int] | None,
) -> NodeStanding:
    claimed_bytes = claimed[0] if claimed is not None else 0
    sight = holding.sight
    if holding.silent(now):
        words = "The host is silent: how the pool stands there is not known."
        return NodeStanding(
            holding=holding, state=SightState.UNKNOWN, reason="NODE_SILENT", error=words,
            claimed_bytes=claimed_bytes, stale=True,
        )  # fmt: skip
    if sight is None:
        return NodeStanding(
            holding=holding, state=SightState.UNKNOWN, reason="NOT_REPORTED",
            claimed_bytes=claimed_bytes,
        )  # fmt: skip
    standing = NodeStanding(
        holding=holding,
        state=sight.state,
        reason=sight.reason,
        error=sight.error,
        capacity_bytes=sight.capacity_bytes,
        available_bytes=sight.available_bytes,
        claimed_bytes=claimed_bytes,
    )
    if not strangers or not sight.state.usable:
        return standing
    words = (
        f"It is not the directory that {', '.join(strangers)} see: what one writes the other"
        " does not find."
    )
    return replace(standing, state=SightState.DEGRADED, reason="NOT_THE_SAME", error=words)


def _strangers(view: PoolView, now: datetime) -> Mapping[str, tuple[str, ...]]:
    """Return, for each node whose directory is another one, the nodes it does not share it with.

    That is a node which most of those it is compared with do not find, or that does not find
    them; of two, both: nobody can tell which is right.
    """
    if not view.pool.type.shared:
        return {}
    live: dict[str, Holding] = {each.node_uid: each for each in view.holdings if _probed(each, now)}
    compared: dict[str, set[str]] = {uid: set() for uid in live}
    apart: dict[str, set[str]] = {uid: set() for uid in live}
    for uid, reader in live.items():
        for other in _peers(reader, live):
            for one, two in ((uid, other), (other, uid)):
                compared[one].add(two)
                if _misses(reader, live[other]):
                    apart[one].add(two)
    return {
        uid: tuple(sorted(live[other].node for other in others))
        for uid, others in apart.items()
        if others and (2 * len(others) > len(compared[uid]) or len(compared[uid]) == 1)
    }


def _peers(reader: Holding, live: Mapping[str, Holding]) -> Sequence[str]:
    assert reader.sight is not None
    assert reader.sight.probe is not None
    peers = reader.sight.probe.peers
    return [
        uid for uid in (live if peers is None else peers) if uid in live and uid != reader.node_uid
    ]


def _probed(holding: Holding, now: datetime) -> bool:
    sight = holding.sight
    if sight is None or sight.probe is None or not sight.state.usable:
        return False
    return not holding.silent(now) and not holding.assignment.releasing


def _misses(reader: Holding, writer: Holding) -> bool:
    """Whether `reader` had the time to find what `writer` wrote, and did not."""
    assert reader.sight is not None
    assert reader.sight.probe is not None
    assert writer.sight is not None
    assert writer.sight.probe is not None
    wrote = writer.sight.probe
    read = reader.sight.probe.seen.get(writer.node_uid, "")
    if read and read in (wrote.nonce, wrote.previous_nonce):
        return False
    first = max(
        (each for each in (writer.sight.nonce_time, reader.sight.since) if each), default=None
    )
    return (
        first is not None
        and reader.told_at is not None
        and reader.told_at - first > SAMENESS_WITHIN
    )


def _phase(pool: StoragePool, nodes: Sequence[NodeStanding]) -> tuple[PoolPhase, str]:
    if pool.deleting:
        return PoolPhase.DELETING, ""
    wanted = [each for each in nodes if not each.holding.assignment.releasing]
    if not wanted:
        return PoolPhase.PENDING, "NO_NODES"
    ill = [each for each in wanted if each.state is not SightState.HEALTHY]
    if not ill:
        return PoolPhase.READY, ""
    if any(each.state.usable for each in wanted):
        return PoolPhase.DEGRADED, _worst(ill).reason or _worst(ill).state.value
    if all(waiting(each) for each in wanted):
        return PoolPhase.PENDING, _worst(ill).reason or "MOUNTING"
    return PoolPhase.ERROR, _worst(ill).reason or _worst(ill).state.value


def waiting(standing: NodeStanding) -> bool:
    """Whether the host has not come to it yet, which is no failure."""
    return (
        standing.reason == "NOT_REPORTED"
        or standing.state is SightState.MOUNTING
        or (standing.state is SightState.UNMOUNTED and not standing.reason)
    )


def _worst(ill: Sequence[NodeStanding]) -> NodeStanding:
    return min(ill, key=lambda each: (waiting(each), each.state.usable, each.holding.node))


def _together(pool: StoragePool, values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    return min(known) if pool.type.shared else sum(known)
