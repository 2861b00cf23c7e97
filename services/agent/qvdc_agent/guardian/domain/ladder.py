"""The ladder: what a host does with its protected machines when nobody vouches for it any more.

Pure: facts and the time in, actions out. Let s be the send time of the last acknowledged beat and q
that of the last question that a majority answered *no*. The ladder counts from whichever is later;
new work counts from s alone. Times are seconds of CLOCK_BOOTTIME, so that a suspended host wakes up
knowing how long it slept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf

from qvdc_agent.domain.guarded import Guarded
from qvdc_agent.domain.machine import MachineUid, Response
from qvdc_agent.guardian.domain.terms import LadderTerms

STUCK_AFTER = 1.0
"""Seconds after SIGKILL from which a process that still lives counts as stuck."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop the machine's process (SIGSTOP)."""

    uid: MachineUid


@dataclass(frozen=True, slots=True)
class Resume:
    """Let it go on (SIGCONT)."""

    uid: MachineUid


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the guest to shut down."""

    uid: MachineUid


@dataclass(frozen=True, slots=True)
class Kill:
    """Kill the machine's process (SIGKILL)."""

    uid: MachineUid


Action = Pause | Resume | Ask | Kill


@dataclass(frozen=True, slots=True)
class Watched:
    """A living protected machine, and what was done to it.

    Args:
        paused: it may be stopped; also assumed of machines that an earlier guardian kept.
        killed_at: when SIGKILL was first sent.
    """

    machine: Guarded
    paused: bool = False
    asked: bool = False
    killed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Ladder:
    """Where the host stands.

    Args:
        acknowledged_at: s; None when no beat was acknowledged in this life of the host.
        voted_at: q; None when there was no vote.
        watched: protected machines that are not seen dead.
    """

    terms: LadderTerms = field(default_factory=LadderTerms)
    acknowledged_at: float | None = None
    voted_at: float | None = None
    watched: Mapping[MachineUid, Watched] = field(default_factory=dict)

    @property
    def base(self) -> float:
        """From when the ladder counts; minus infinity before anything vouched for the host."""
        return max(
            -inf if self.acknowledged_at is None else self.acknowledged_at,
            -inf if self.voted_at is None else self.voted_at,
        )

    def takes_work(self, now: float) -> bool:
        """Whether a protected machine may start; a vote is not enough."""
        return (
            self.acknowledged_at is not None and now < self.acknowledged_at + self.terms.refuse_work
        )

    def acknowledged(self, sent_at: float) -> "Ladder":
        """A beat that was sent at `sent_at` was acknowledged; late news changes nothing."""
        newest = sent_at if self.acknowledged_at is None else max(self.acknowledged_at, sent_at)
        return replace(self, acknowledged_at=newest)

    def voted(self, asked_at: float) -> "Ladder":
        """The question of `asked_at` found that nobody of a majority can renew."""
        newest = asked_at if self.voted_at is None else max(self.voted_at, asked_at)
        return replace(self, voted_at=newest)

    def under(self, terms: LadderTerms) -> "Ladder":
        """The same under other terms."""
        return replace(self, terms=terms)

    def watching(self, machine: Guarded, *, perhaps_paused: bool = False) -> "Ladder":
        """Watch `machine` too, or under new settings; what was done to this start stays done."""
        known = self.watched.get(machine.uid)
        if known is not None and known.machine.pid == machine.pid:
            watched = replace(known, machine=machine)
        else:
            watched = Watched(machine, paused=perhaps_paused)
        return replace(self, watched={**self.watched, machine.uid: watched})

    def without(self, uid: MachineUid) -> "Ladder":
        """The machine is seen dead, or no longer protected."""
        rest = {key: each for key, each in self.watched.items() if key != uid}
        return replace(self, watched=rest)

    def due(self, now: float) -> tuple[Action, ...]:
        """Return what is to be done now; a kill is due until the machine is seen dead."""
        age = now - self.base
        found = (self._due_of(each, age) for each in self.watched.values())
        return tuple(action for action in found if action is not None)

    def done(self, action: Action, now: float) -> "Ladder":
        """The same after `action` was taken."""
        each = self.watched.get(action.uid)
        if each is None:
            return self
        match action:
            case Pause():
                each = replace(each, paused=True)
            case Resume():
                each = replace(each, paused=False, asked=False)
            case Ask():
                each = replace(each, asked=True)
            case Kill():
                each = each if each.killed_at is not None else replace(each, killed_at=now)
        return replace(self, watched={**self.watched, action.uid: each})

    def fed_until(self, watchdog_timeout: float) -> float:
        """Until when the watchdog may be fed, so that it resets the host in time.

        Each machine that must not outlive its own end keeps the last feed before that end; LEAVE
        keeps none. Infinity when every machine due is dead.
        """
        ends = [
            self.base + self._kill_age(each.machine) + (self.terms.end - self.terms.kill)
            for each in self.watched.values()
            if each.machine.response is not Response.LEAVE
        ]
        return min(ends, default=inf) - watchdog_timeout

    def stuck(self, now: float) -> tuple[MachineUid, ...]:
        """Machines that survive SIGKILL."""
        return tuple(
            uid
            for uid, each in self.watched.items()
            if each.killed_at is not None and now >= each.killed_at + STUCK_AFTER
        )

    @property
    def needs_watchdog(self) -> bool:
        """Whether there is a machine that must end with its host's session."""
        return any(each.machine.response is not Response.LEAVE for each in self.watched.values())

    def next_rung(self, now: float) -> float:
        """When something may become due next; infinity when nothing can."""
        moments = [
            self.base + age
            for each in self.watched.values()
            if each.machine.response is not Response.LEAVE
            for age in (self.terms.pause, self.terms.kill, self._kill_age(each.machine))
        ]
        return min((moment for moment in moments if moment > now), default=inf)

    def _due_of(self, each: Watched, age: float) -> Action | None:
        machine = each.machine
        if machine.response is Response.LEAVE:
            return None
        if age >= self._kill_age(machine):
            return Kill(machine.uid)
        if machine.response is Response.SHUTDOWN and age >= self.terms.kill:
            return None if each.asked else Ask(machine.uid)
        if machine.response is Response.POWER_OFF and age >= self.terms.pause:
            return None if each.paused else Pause(machine.uid)
        return Resume(machine.uid) if each.paused or each.asked else None

    def _kill_age(self, machine: Guarded) -> float:
        grace = machine.grace_seconds if machine.response is Response.SHUTDOWN else 0.0
        return self.terms.kill + grace
