"""Tells the vm service what this host has of machines.

Changes go out within a second of being seen, and an empty report when there was none for a while;
each carries the hash of everything. Everything goes out at the start, when the owner asks for it
(its hash is another one, or it began anew), and at least every ten minutes with jitter. A report
that fails is tried again with back-off and loses nothing: what is to be told is kept, not the
message. Nothing here delays the host's work.
"""

import asyncio
import random
from datetime import timedelta

from qvdc_agent.domain.machine import MachineUid
from qvdc_agent.domain.observation import MachineState, ObservedMachine, state_hash
from qvdc_agent.ports import Guardian, MachineOwner
from qvdc_agent.usecases.observations import Observations
from qvdc_core.errors import Refusal
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

FULL_PERIOD = timedelta(minutes=10)
"""The longest time between two full reports; jitter only shortens it."""
GATHER = timedelta(milliseconds=200)
"""How long changes are gathered into one report."""
QUIET_PERIOD = timedelta(seconds=10)
"""The longest silence: owners take news for stale after 45 s."""
FIRST_RETRY, LAST_RETRY = timedelta(seconds=1), timedelta(seconds=30)
MACHINES_IN_A_REPORT = 4096


class Backoff:
    """Pauses that double after each failure, with jitter."""

    def __init__(self) -> None:
        self._failures = 0

    def reset(self) -> None:
        """All is well again."""
        self._failures = 0

    async def pause(self) -> None:
        """Wait after a failure."""
        most = min(LAST_RETRY, FIRST_RETRY * (1 << min(self._failures, 10)))
        self._failures += 1
        await asyncio.sleep(most.total_seconds() * random.uniform(0.5, 1.0))  # noqa: S311 - jitter


class MachineReports:
    """Tells the vm service of machines."""

    def __init__(self, observations: Observations, owner: MachineOwner, guardian: Guardian) -> None:
        self._observations = observations
        self._owner = owner
        self._guardian = guardian
        self._changed: set[MachineUid] = set()
        self._news = asyncio.Event()
        observations.on_change(self._note)

    async def run(self) -> None:
        """Report for ever, beginning with everything once everything was seen."""
        await self._observations.complete()
        backoff = Backoff()
        full_due = self._now()
        while True:
            full = self._now() >= full_due
            try:
                wanted = await self._report(full=full)
            except Refusal as refused:
                log.debug("machines.report_failed", reason=refused.reason, why=refused.message)
                await backoff.pause()
                continue
            backoff.reset()
            if full:
                full_due = self._now() + shortened(FULL_PERIOD)
            elif wanted:
                full_due = self._now()
            await self._wait(full_due)

    async def _report(self, *, full: bool) -> bool:
        """Send what is due; say whether the owner wants everything."""
        told = frozenset(self._changed)
        whole = self._observations.all()
        found = [each for each in whole if full or each.uid in told]
        self._changed.clear()
        try:
            answer = await self._owner.report(
                self._guardian.standing(),
                found[:MACHINES_IN_A_REPORT],
                full=full,
                state_hash=state_hash(whole),
            )
        except BaseException:
            self._changed |= told
            raise
        self._forget_gone(found)
        if answer.differences:
            log.info("machines.differ", differences=answer.differences)
        return answer.full_wanted

    def _forget_gone(self, told: list[ObservedMachine]) -> None:
        """Drop strangers that went: their owner knows, and they leave no record here."""
        for each in told:
            seen = each.observation
            stranger = seen.state is MachineState.ABSENT and not seen.generation
            if stranger and each.uid not in self._changed:
                self._observations.forget(each.uid)

    async def _wait(self, full_due: float) -> None:
        """Wait for news, for the time of the next full report, or for the end of the silence."""
        quiet = min(QUIET_PERIOD.total_seconds(), max(0.0, full_due - self._now()))
        try:
            async with asyncio.timeout(quiet):
                await self._news.wait()
        except TimeoutError:
            return
        self._news.clear()
        await asyncio.sleep(GATHER.total_seconds())

    def _note(self, uid: MachineUid) -> None:
        self._changed.add(uid)
        self._news.set()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def shortened(period: timedelta) -> float:
    """Up to `period`, in seconds, with jitter so that hosts do not all report at once."""
    return period.total_seconds() * random.uniform(0.8, 1.0)  # noqa: S311 - jitter, not a secret
