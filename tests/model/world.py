"""What there is: hosts with their guardians, what etcd and PostgreSQL hold of them, incidents.

Each host is the home of one protected machine. A step of the clock is one second.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from dataclasses import dataclass, field

from tests.model.rules import Rule

NEVER = -(10**9)
INTERVAL = 3
MARGIN = 1
STORY_LINES = 60


@dataclass(frozen=True, slots=True)
class Terms:
    """Life of a session, and end of the ladder, in seconds."""

    session: int
    ladder: int


SHORT, LONG = Terms(session=9, ladder=13), Terms(session=18, ladder=22)


@dataclass(frozen=True, slots=True)
class Grant:
    """The terms of a host, as etcd holds them beside its session.

    Args:
        version: of those that it is told; the host says which one it runs.
        in_force: terms that it may run: told, and not yet known to be replaced.
    """

    told: Terms = SHORT
    version: int = 1
    in_force: frozenset[Terms] = frozenset({SHORT})
    incarnation: int = 1

    @property
    def session(self) -> int:
        """Life of a session under it."""
        return max(terms.session for terms in self.in_force)


@dataclass(slots=True)
class Host:
    """A host and its guardian.

    Args:
        base: what the ladder counts from: sent time of the last answered beat, or question of the
            last won vote. In /run, so a new guardian has it.
        version: of the terms that it runs; in /run too.
        holds: the newest member set that the host has, durable.
        promised: hosts against which it has promised, with the incident; durable.
        questions: who said no to which of this guardian's questions; lost with it.
        last_no: when this guardian last said no to whom; lost with it.
    """

    number: int
    offset: int
    base: int = 0
    terms: Terms = SHORT
    version: int = 1
    holds: int = 0
    running: bool = True
    promised: dict[int, int] = field(default_factory=dict)
    questions: dict[int, set[int]] = field(default_factory=dict)
    last_no: dict[int, int] = field(default_factory=dict)
    guardian_since: int = 0
    guardian_down_until: int = 0
    frozen_until: int = 0

    def awake(self, now: int) -> bool:
        """Whether the guardian is there to act."""
        return self.frozen_until <= now and self.guardian_down_until <= now


@dataclass(slots=True)
class Keys:
    """What etcd holds of a host; a session of 0 is absent, and so may its terms be."""

    session_until: int = 0
    incarnation: int = 0
    fenced: bool = False
    grant: Grant | None = None


@dataclass(slots=True)
class Record:
    """What the control plane keeps of a host beside its keys.

    Args:
        wanted: the terms that it shall run.
        acknowledged_set: the member set that it is known to hold.
    """

    wanted: Terms = SHORT
    acknowledged_set: int = 0
    last_acknowledged: int = 0


@dataclass(slots=True)
class Machine:
    """A protected machine: where it is believed to be, and which start is the current one."""

    at_home: bool = True
    run_epoch: int = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """A proven failover, carried out later without another look."""

    due: int
    host: int
    incident: int
    run_epoch: int
    incarnation: int


@dataclass(slots=True)
class Incident:
    """One failover of one host.

    Args:
        latest_set: the newest member set when it was written.
        fence_seen: when this leader first saw the fence.
        promises: of whom, with the time of the last no that it told.
        acknowledged: when the host's last beat was answered, as the copies told it.
        decided: it is proven, and the failover under way.
    """

    number: int
    run_epoch: int
    latest_set: int
    fence_seen: int | None = None
    promises: dict[int, int] = field(default_factory=dict)
    acknowledged: int | None = None
    decided: bool = False


@dataclass(frozen=True, slots=True)
class Vote:
    """A no on its way."""

    arrives: int
    to: int
    question: int
    voter: int


@dataclass(frozen=True, slots=True)
class LateAnswer:
    """An acknowledgement on its way."""

    arrives: int
    to: int
    sent: int
    grant: Grant


@dataclass(slots=True)
class World:
    """Everything at one moment.

    Args:
        starts_again: chance at each beat that a machine which ended is started again at home.
        answers_fail: chance of each answer to a beat to be lost, and to be late.
        opens: when etcd's new life is opened; None while it is.
    """

    chance: random.Random
    left_out: frozenset[Rule]
    hosts: list[Host]
    starts_again: float
    answers_fail: float
    now: int = 0
    keys: list[Keys] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    machines: list[Machine] = field(default_factory=list)
    incidents: dict[int, Incident] = field(default_factory=dict)
    incident_count: int = 0
    old_promises: dict[int, dict[int, int]] = field(default_factory=dict)
    sets: list[frozenset[int]] = field(default_factory=list)
    incarnation: int = 1
    opens: int | None = None
    connected: list[bool] = field(default_factory=list)
    links: dict[tuple[int, int], bool] = field(default_factory=dict)
    votes: list[Vote] = field(default_factory=list)
    answers: list[LateAnswer] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    story: deque[str] = field(default_factory=lambda: deque(maxlen=STORY_LINES))

    def keeps(self, rule: Rule) -> bool:
        """Whether this world obeys `rule`."""
        return rule not in self.left_out

    def happens(self, probability: float) -> bool:
        """Throw the dice."""
        return self.chance.random() < probability

    @property
    def opened(self) -> bool:
        """Whether etcd is one life with an incarnation of its own."""
        return self.opens is None

    def has_session(self, host: int) -> bool:
        """Whether etcd holds a session of this incarnation."""
        keys = self.keys[host]
        of_now = keys.incarnation == self.incarnation or not self.keeps(
            Rule.INCARNATION_IS_COMPARED
        )
        return keys.session_until > self.now and of_now

    def close_incident(self, host: int) -> None:
        """The host is back, or was never gone."""
        closed = self.incidents.pop(host, None)
        if closed is not None:
            self.old_promises[host] = closed.promises

    def tell(self, what: str, host: int) -> None:
        """Keep what happened, for a person who reads of a failure."""
        self.seen[what] += 1
        self.story.append(f"{self.now:4} h{host} {what}")


def a_world(chance: random.Random, left_out: frozenset[Rule], host_count: int) -> World:
    """A site at peace: everybody connected, with a session, and running its machine."""
    numbers = range(host_count)
    return World(
        chance=chance,
        left_out=left_out,
        starts_again=chance.choice((0.02, 0.2)),
        answers_fail=chance.choice((0.03, 0.15)),
        hosts=[Host(number, chance.randrange(INTERVAL)) for number in numbers],
        keys=[Keys(SHORT.session, incarnation=1, grant=Grant()) for _ in numbers],
        records=[Record() for _ in numbers],
        machines=[Machine() for _ in numbers],
        sets=[frozenset(numbers)],
        connected=[True for _ in numbers],
        links={(one, other): True for one in numbers for other in numbers},
    )
