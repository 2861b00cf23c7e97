"""Keeps the guardian's list as it shall be, and asks guests to shut down when it says so.

Level-triggered: each pass compares what runs, what is protected and what is guarded. It hands over
machines that became protected while they ran or that a guardian lost, releases those that are
protected no more, and never starts, pauses or stops anything: starts hand over by themselves.
"""

import asyncio
from datetime import timedelta

from qvdc_agent.domain.guarded import Guarded, GuardedNow, guarded_by
from qvdc_agent.domain.machine import MachineUid
from qvdc_agent.domain.record import MachineRecord
from qvdc_agent.domain.refusals import HypervisorAway, StepRefused
from qvdc_agent.domain.seen import DomainPower
from qvdc_agent.ports import Guarding, Hypervisor, MachineStore, Wake
from qvdc_agent.usecases.lookout import Lookout
from qvdc_core.clock import Clock
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

PERIOD = timedelta(seconds=3)
ASK_PERIOD = timedelta(seconds=10)
"""How often a guest is asked again."""


class GuardingLoop:
    """The host's own loop for what the guardian guards.

    Args:
        wake: has a machine looked at, so that it is told whether it is guarded.
    """

    def __init__(
        self,
        *,
        store: MachineStore,
        hypervisor: Hypervisor,
        guarding: Guarding,
        lookout: Lookout,
        wake: Wake,
        clock: Clock,
    ) -> None:
        self._store = store
        self._hypervisor = hypervisor
        self._guarding = guarding
        self._lookout = lookout
        self._wake = wake
        self._clock = clock
        self._asked_at: dict[MachineUid, float] = {}

    async def run(self) -> None:
        """Go on for ever."""
        while True:
            try:
                await self.run_once()
            except (StepRefused, HypervisorAway) as away:
                log.debug("guarding.deferred", why=str(away))
            await asyncio.sleep(PERIOD.total_seconds())

    async def run_once(self) -> None:
        """Compare and mend once.

        Raises:
            StepRefused: the guardian is not there, or does not take a machine.
            HypervisorAway: it cannot be told what runs.
        """
        now = await self._guarding.guarded()
        guarded = {each.uid: each for each in now.machines}
        for record in await self._store.list():
            now = await self._mend(record, guarded.get(record.uid)) or now
        for uid in self._lookout.note_guarded(each.uid for each in now.machines):
            self._wake(uid)
        await self._ask(now)

    async def _mend(self, record: MachineRecord, guarded: Guarded | None) -> GuardedNow | None:
        """Return what is guarded after a change; None when there was nothing to change."""
        wanted = record.wanted
        if wanted is None or self._hypervisor.simulated:
            return None
        if not wanted.protected:
            return await self._guarding.release(record.uid) if guarded is not None else None
        domain = await self._hypervisor.look(record.uid)
        if domain is None or domain.power is not DomainPower.RUNNING:
            return None
        process = await self._hypervisor.process(record.uid)
        if process is None:
            return None
        # A confession may have raised the epoch before the hypervisor's own mark says so.
        known = guarded.run_epoch if guarded is not None else 0
        due = guarded_by(wanted, max(domain.run_epoch, known), process)
        return await self._guarding.guard(due, started=True) if guarded != due else None

    async def _ask(self, now: GuardedNow) -> None:
        moment = self._clock.monotonic()
        for uid in now.asked:
            last = self._asked_at.get(uid)
            if last is None or moment - last >= ASK_PERIOD.total_seconds():
                self._asked_at[uid] = moment
                await self._hypervisor.ask_shutdown(uid)
