"""Guards the protected machines of this host: climbs the ladder, feeds the watchdog.

Level-triggered: each step compares the time with the ladder afresh. It acts when a rung is reached,
when something vouched for the host again, when a machine came or died, and as often as the watchdog
wants to be fed; it does nothing at all while there is no protected machine.
"""

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass, replace

from qvdc_agent.domain.guarded import Guarded
from qvdc_agent.domain.machine import MachineUid
from qvdc_agent.guardian.domain.ladder import Action, Ask, Kill, Ladder, Pause, Resume
from qvdc_agent.guardian.domain.terms import LadderTerms
from qvdc_agent.guardian.guarded_file import GuardedFile
from qvdc_agent.guardian.ports import Processes, Watchdog
from qvdc_core.clock import Clock
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

FEEDS_IN_A_TIMEOUT = 5
"""So many that some may be late on a busy host."""
KILL_PERIOD = 0.5
"""Seconds between two kills of one machine, and looks at whether it is stuck."""


class GuardRefused(Exception):
    """A machine is not taken; `reason` is stable and machine-readable."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class WatchdogStatus:
    """How the watchdog stands; `why` is empty while it is armed."""

    armed: bool
    why: str = ""


class Guard:
    """Keeps the ladder and acts on it.

    Args:
        ladder: how the host stood when an earlier guardian wrote last.
    """

    def __init__(
        self,
        *,
        ladder: Ladder,
        kept: GuardedFile,
        processes: Processes,
        watchdog: Watchdog | None,
        clock: Clock,
    ) -> None:
        self._ladder = ladder
        self._kept = kept
        self._processes = processes
        self._watchdog = watchdog
        self._clock = clock
        self._armed = False
        self._fed_for_ever = False
        self._why = "MISSING" if watchdog is None else "IDLE"
        self._changed = asyncio.Event()

    @property
    def ladder(self) -> Ladder:
        """How the host stands."""
        return self._ladder

    @property
    def watchdog_status(self) -> WatchdogStatus:
        """How the watchdog stands."""
        return WatchdogStatus(self._armed, "" if self._armed else self._why)

    @property
    def machines(self) -> tuple[Guarded, ...]:
        """The protected machines that are not seen dead."""
        return tuple(each.machine for each in self._ladder.watched.values())

    @property
    def asked(self) -> tuple[MachineUid, ...]:
        """Machines whose guests are to be asked to shut down."""
        return tuple(uid for uid, each in self._ladder.watched.items() if each.asked)

    @property
    def stuck(self) -> tuple[MachineUid, ...]:
        """Machines that survive SIGKILL."""
        return self._ladder.stuck(self._clock.boottime())

    def relearn(self) -> None:
        """Take over what an earlier guardian of this life of the host guarded."""
        for machine in self._kept.read():
            try:
                self._processes.hold(machine, None, self._died)
            except ProcessLookupError:
                log.info("machine.gone", machine=machine.uid)
                continue
            self._ladder = self._ladder.watching(machine, perhaps_paused=True)
        self._write()
        self.step()

    def take(self, machine: Guarded, descriptor: int, *, started: bool) -> None:
        """Guard `machine`; when this returns the list is written and the watchdog armed.

        Args:
            descriptor: its pidfd; closed in the end.
            started: it runs already; one that waits for its first instruction is new work.

        Raises:
            GuardRefused: the host may not take new work, or the process is another one.
        """
        if not started and not self._ladder.takes_work(self._clock.boottime()):
            os.close(descriptor)
            raise GuardRefused("SESSION_MISSING", "Nobody vouches for this host at the moment.")
        try:
            self._processes.hold(machine, descriptor, self._died)
        except ProcessLookupError as gone:
            raise GuardRefused("PROCESS_UNKNOWN", str(gone)) from gone
        self._ladder = self._ladder.watching(machine)
        self._write()
        log.info("machine.guarded", machine=machine.uid, run_epoch=machine.run_epoch)
        self.step()
        self._changed.set()

    def release(self, uid: MachineUid) -> None:
        """Guard a machine no more; it goes on. Safe to repeat."""
        self._processes.send(uid, signal.SIGCONT)
        self._processes.drop(uid)
        self._died(uid)

    def kill(self, uid: MachineUid) -> None:
        """Kill a machine now: the control plane has given it to another host."""
        self._processes.send(uid, signal.SIGKILL)

    def goes_on_as(self, uid: str, run_epoch: int) -> None:
        """A machine that was confessed goes on as start `run_epoch`."""
        watched = self._ladder.watched.get(MachineUid(uid))
        if watched is not None:
            self._ladder = self._ladder.watching(replace(watched.machine, run_epoch=run_epoch))
            self._write()

    def acknowledged(self, sent_at: float) -> None:
        """A beat sent at `sent_at` was acknowledged, and that is written down."""
        self._ladder = self._ladder.acknowledged(sent_at)
        self._moved()

    def voted(self, asked_at: float) -> None:
        """A majority answered *no* to the question of `asked_at`, and that is written down."""
        self._ladder = self._ladder.voted(asked_at)
        self._moved()

    def under(self, terms: LadderTerms) -> None:
        """Other terms run from now on, and that is written down."""
        self._ladder = self._ladder.under(terms)
        self._moved()

    async def run(self) -> None:
        """Guard for ever."""
        while True:
            self._changed.clear()
            self.step()
            pause = self._pause()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._changed.wait()

    def step(self) -> None:
        """Do what is due now."""
        now = self._clock.boottime()
        for action in self._ladder.due(now):
            self._act(action)
            self._ladder = self._ladder.done(action, now)
        self._tend_watchdog(now)

    def _moved(self) -> None:
        if self._ladder.watched:
            self.step()
            self._changed.set()

    def _pause(self) -> float | None:
        """Seconds until the next step; None when only a change can make one due."""
        now = self._clock.boottime()
        found = [self._ladder.next_rung(now) - now]
        if self._armed and self._watchdog is not None:
            found.append(self._watchdog.timeout / FEEDS_IN_A_TIMEOUT)
        elif self._ladder.needs_watchdog and self._watchdog is not None:
            found.append(1.0)
        if any(each.killed_at is not None for each in self._ladder.watched.values()):
            found.append(KILL_PERIOD)
        soonest = min(found)
        return None if soonest == float("inf") else max(0.0, soonest)

    def _act(self, action: Action) -> None:
        match action:
            case Pause(uid):
                self._processes.send(uid, signal.SIGSTOP)
            case Resume(uid):
                self._processes.send(uid, signal.SIGCONT)
            case Kill(uid):
                self._processes.send(uid, signal.SIGKILL)
            case Ask():
                pass  # the agent hears of it: only it speaks with the hypervisor
        log.warning("ladder.acted", action=type(action).__name__, machine=action.uid)

    def _died(self, uid: MachineUid) -> None:
        if uid not in self._ladder.watched:
            return
        self._ladder = self._ladder.without(uid)
        self._write()
        log.info("machine.unguarded", machine=uid)
        self.step()
        self._changed.set()

    def _tend_watchdog(self, now: float) -> None:
        if self._watchdog is None:
            return
        hungry = now > self._ladder.fed_until(self._watchdog.timeout)
        try:
            if self._ladder.needs_watchdog and not hungry:
                self._watchdog.arm()
                self._armed = True
            elif self._armed and not self._ladder.needs_watchdog and not self._fed_for_ever:
                self._fed_for_ever = not self._watchdog.disarm()
                self._armed, self._why = self._fed_for_ever, "IDLE"
            if self._armed and not hungry:
                self._watchdog.feed(now)
        except OSError as error:
            self._armed, self._why = False, "UNUSABLE"
            log.warning("watchdog.unusable", why=str(error))

    def _write(self) -> None:
        self._kept.write(self.machines)
