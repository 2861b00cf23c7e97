"""Brings every machine of this host to what is wanted.

Level-triggered: each pass looks afresh, plans purely and takes one step at a time, so a lost event
delays work by at most `period` and never loses it. It acts on what the host holds, whether or not
the control plane can be reached. It does not touch disks that exist, a guest that ended by
itself after the start that was asked for, or domains without our mark: of those it only tells.
"""

import asyncio
import random
from datetime import timedelta

from qvdc_agent.domain.machine import MachineUid
from qvdc_agent.domain.observation import Problem, judge_unwanted
from qvdc_agent.domain.record import MachineRecord
from qvdc_agent.domain.refusals import HypervisorAway, StepRefused
from qvdc_agent.ports import Hypervisor, MachineStore
from qvdc_agent.reconcile.steps import Steps
from qvdc_agent.reconcile.work_queue import WorkQueue
from qvdc_agent.usecases.lookout import ASK_PERIOD, Look, Lookout
from qvdc_agent.usecases.observations import Observations
from qvdc_obs.logs import bound, get_logger

log = get_logger(__name__)

PROGRESS_PERIOD = timedelta(seconds=1)
"""How often a machine that waits for bytes is looked at."""
FIRST_RETRY, LAST_RETRY = timedelta(seconds=1), timedelta(seconds=60)
STEPS_IN_A_PASS = 256
"""More than any machine needs; a pass that takes as many has a planner that goes in circles."""


class MachineReconciler:
    """The host's own loop.

    Args:
        workers: how many machines are worked on at a time.
        period: how often every machine is looked at without being asked.
    """

    def __init__(
        self,
        *,
        store: MachineStore,
        hypervisor: Hypervisor,
        lookout: Lookout,
        steps: Steps,
        observations: Observations,
        queue: WorkQueue,
        workers: int,
        period: timedelta,
    ) -> None:
        self._store = store
        self._hypervisor = hypervisor
        self._lookout = lookout
        self._steps = steps
        self._observations = observations
        self._queue = queue
        self._workers = workers
        self._period = period
        self._look_at_all = asyncio.Event()
        self._failures: dict[MachineUid, int] = {}

    def wake(self, uid: MachineUid | None) -> None:
        """Look at a machine now, or at all of them."""
        if uid is None:
            self._look_at_all.set()
        else:
            self._queue.add(uid)

    async def run(self) -> None:
        """Reconcile for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._sweep())
            for _ in range(self._workers):
                group.create_task(self._work())

    async def settle(self, uid: MachineUid) -> timedelta | None:
        """Bring one machine as far as it can be brought now; say when to look again.

        None means that an event will tell, or the next sweep.
        """
        record = await self._store.get(uid)
        if record is None or record.wanted is None:
            await self._tell_unwanted(uid)
            return None
        try:
            return await self._advance(record)
        except (StepRefused, HypervisorAway) as refused:
            return await self._fail(uid, refused)

    async def _sweep(self) -> None:
        while True:
            self._look_at_all.clear()
            await self._add_all()
            try:
                async with asyncio.timeout(self._period.total_seconds()):
                    await self._look_at_all.wait()
            except TimeoutError:
                continue

    async def _add_all(self) -> None:
        known = dict.fromkeys(record.uid for record in await self._store.list())
        try:
            found = await self._hypervisor.list()
            strangers = await self._hypervisor.strangers()
        except (HypervisorAway, StepRefused) as away:
            log.warning("machines.unseen", why=str(away))
            return
        for domain in found:
            if domain.uid not in known:
                await self._store.learn(domain)
        told = {each.uid for each in self._observations.all()}
        others = told | {each.uid for each in found} | {each.uid for each in strangers}
        # In the order in which the host got them: after a boot they are started so.
        every = [*known, *sorted(others - known.keys())]
        self._observations.expect(every)
        for uid in every:
            self._queue.add(uid)

    async def _work(self) -> None:
        while True:
            uid = await self._queue.take()
            try:
                with bound(machine=uid):
                    again = await self.settle(uid)
                if again is not None:
                    self._queue.add(uid, after=again)
            except Exception:  # one machine's bug must not keep the others from their wanted state
                log.exception("machine.pass_failed", machine=uid)
                self._queue.add(uid, after=LAST_RETRY)
            finally:
                self._queue.done(uid)

    async def _advance(self, record: MachineRecord) -> timedelta | None:
        uid = record.uid
        for _ in range(STEPS_IN_A_PASS):
            if record.wanted is None:
                return None
            look = await self._look(record)
            if not look.plan.steps:
                return await self._reached(record, look)
            step = look.plan.steps[0]
            await self._steps.take(record.wanted, step)
            self._lookout.note_problem(uid, None)
            log.info("machine.step_taken", step=type(step).__name__)
            record = await self._store.get(uid) or record
        raise StepRefused("NEVER_SETTLES", "The plan does not come to an end.")

    async def _look(self, record: MachineRecord) -> Look:
        """Look at a machine, keep what is to be remembered, and tell what is seen."""
        assert record.wanted is not None
        look = await self._lookout.look(record, record.wanted)
        if look.remembered != record.remembered:
            await self._store.save_remembered(record.uid, look.remembered)
        await self._observations.publish(record.uid, look.observation)
        return look

    async def _reached(self, record: MachineRecord, look: Look) -> timedelta | None:
        """Nothing can be done now: say when there may be."""
        self._failures.pop(record.uid, None)
        waiting = look.plan.waiting
        if waiting is not None:
            return ASK_PERIOD if waiting.stage == "stopping" else PROGRESS_PERIOD
        if look.observation.problem is not None:
            self._lookout.note_problem(record.uid, None)
            await self._look(record)
        return None

    async def _fail(
        self, uid: MachineUid, refused: StepRefused | HypervisorAway
    ) -> timedelta | None:
        final = isinstance(refused, StepRefused) and refused.final
        self._lookout.note_problem(uid, Problem(refused.reason, refused.message, final=final))
        log.warning("machine.step_refused", reason=refused.reason, why=refused.message)
        await self._tell_again(uid)
        if final:
            return LAST_RETRY
        failures = self._failures[uid] = self._failures.get(uid, 0) + 1
        most = min(LAST_RETRY, FIRST_RETRY * (1 << min(failures - 1, 10)))
        return most * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret

    async def _tell_again(self, uid: MachineUid) -> None:
        """Tell of a problem, if there is anything to be seen at all."""
        record = await self._store.get(uid)
        if record is None or record.wanted is None:
            return
        try:
            await self._look(record)
        except (HypervisorAway, StepRefused) as away:
            log.debug("machine.unseen", why=str(away))

    async def _tell_unwanted(self, uid: MachineUid) -> None:
        try:
            ours = await self._hypervisor.look(uid)
            found = ours or await self._hypervisor.stranger(uid)
        except (HypervisorAway, StepRefused) as away:
            log.debug("machine.unseen", why=str(away))
            return
        if found is None and self._observations.last(uid) is None:
            self._observations.saw(uid)
        else:
            await self._observations.publish(uid, judge_unwanted(found))
