"""One machine, one step after the other: look, plan, do, write down under the fence."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from qvdc_core.clock import Clock
from qvdc_core.errors import Kind, Refusal, StoreUnavailable
from qvdc_core.fence import Fence
from qvdc_obs.logs import get_logger
from qvdc_vm.domain import plan, records
from qvdc_vm.domain.host import Host
from qvdc_vm.domain.observation import Sighting
from qvdc_vm.domain.progress import Progress, following, progress_of
from qvdc_vm.domain.state import Verb
from qvdc_vm.domain.telling import told
from qvdc_vm.domain.values import HostUid, MachineUid
from qvdc_vm.domain.verbs import starting
from qvdc_vm.domain.virtual_machine import VirtualMachine, settle
from qvdc_vm.ports import Authority, Transactions, UnitOfWork
from qvdc_vm.reconcile.effects import Effect, Effects, Record
from qvdc_vm.usecases.observation import Observations

ACTOR = "service/vm"
BEAT_EVERY = timedelta(seconds=15)
"""How often an operation that waits says that it lives."""
RESTART_WITHIN = timedelta(minutes=10)
"""How long a machine that died with its host may take to run again: its disks are there."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """A machine and its host as they are stored now."""

    machine: VirtualMachine
    host: Host | None

    @property
    def planned(self) -> plan.Host:
        """What the planner may believe of the host."""
        return self.host.for_plan if self.host is not None else plan.Host.DOWN


class MachineSteps:
    """Takes single steps. Safe to run twice, by two leaders: the older one's record is refused.

    Between looking and writing down the machine may change: what was done is then dropped, and
    the next look plans anew, which is safe since every effect may be repeated.
    """

    def __init__(
        self,
        transactions: Transactions,
        effects: Effects,
        observations: Observations,
        *,
        authority: Authority,
        clock: Clock,
    ) -> None:
        self._transactions = transactions
        self._effects = effects
        self._observations = observations
        self._authority = authority
        self._clock = clock
        self._beats: dict[str, tuple[Progress, datetime]] = {}

    async def take(self, uid: MachineUid, fence: Fence) -> plan.Step:
        """Take the next step of a machine and return it; Wait and Rest mean: nothing to do now.

        Raises:
            LeadershipLost, StaleFence: somebody else leads; stop.
            StoreUnavailable: PostgreSQL is away.
        """
        look = await self._look(uid)
        if look is None:
            return plan.Rest()
        step = plan.next_step(look.machine, look.planned, self._clock.now())
        if isinstance(step, plan.Rest):
            return step
        await self._tell(look.machine, progress_of(look.machine, step), fence)
        if isinstance(step, plan.Wait):
            return step
        try:
            return await self._take(look, step, fence)
        except Refusal as refusal:
            if refusal.kind is not Kind.ABORTED:
                raise
            return plan.Wait("contention", refusal.message)

    async def _take(self, look: Look, step: plan.Step, fence: Fence) -> plan.Step:
        machine = look.machine
        try:
            effect = await self._effects.perform(machine, look.host, step, fence)
        except Refusal as refusal:
            if refusal.reason == "STALE_FENCE":
                raise
            log.info("machine.deferred", machine=machine.uid, cause=refusal.reason)
            waiting = replace(progress_of(machine, step), message=refusal.message)
            await self._tell(machine, waiting, fence)
            return plan.Wait(waiting.stage, refusal.message)
        if effect.seen is not None and machine.node_uid is not None:
            await self._observations.answered(
                HostUid(machine.node_uid), Sighting(machine.uid, effect.seen)
            )
        await self._write_down(look, step, effect, fence)
        return step

    async def _look(self, uid: MachineUid) -> Look | None:
        async with self._transactions() as work:
            machine = await work.machines.find(uid)
            if machine is None:
                return None
            host = None
            if machine.node_uid is not None:
                host = await work.hosts.find(machine.node_uid)
        return Look(machine, host)

    async def _write_down(self, look: Look, step: plan.Step, effect: Effect, fence: Fence) -> None:
        before = look.machine
        record = effect.record or _record_of(step, self._clock.now())
        if record is None and effect.plan is None and not isinstance(step, plan.Restart):
            return
        await self._authority.check(fence)
        beat: tuple[str, Progress] | None = None
        async with self._transactions() as work:
            await work.fences.check(fence)
            stored = await work.machines.find(before.uid, lock=True)
            if stored is None or not _same_intent(stored, before):
                return
            if isinstance(step, plan.Restart):
                record = await self._restarting(work, stored)
            if effect.plan is not None:
                await work.plans.keep(before.uid, effect.plan, self._clock.now())
            if record is not None:
                after = await self._store(work, stored, record(stored))
                await _end_operation(work, stored, step)
                beat = await self._tell_next(work, after, look.planned)
            await work.commit()
        if beat is not None:
            self._beats[beat[0]] = (beat[1], self._clock.now())

    async def _restarting(self, work: UnitOfWork, machine: VirtualMachine) -> Record:
        """Begin an operation of the service's own that starts the machine again."""
        operation = await work.operations.start(
            Verb.START.value,
            target=machine.name,
            target_uid=machine.uid,
            requester=ACTOR,
            stage="starting",
        )
        now = self._clock.now()
        return lambda each: replace(
            starting(each, operation=operation.id, now=now, within=RESTART_WITHIN),
            generation=each.generation,
        )

    async def _store(
        self, work: UnitOfWork, before: VirtualMachine, after: VirtualMachine
    ) -> VirtualMachine:
        settled = settle(after, self._clock.now())
        if settled == before:
            return before
        stored = await work.machines.save(settled)
        await work.events.append(told(before, stored, actor=ACTOR))
        return stored

    async def _tell_next(
        self, work: UnitOfWork, machine: VirtualMachine, host: plan.Host
    ) -> tuple[str, Progress] | None:
        """Say what comes next in the transaction that ends the step before."""
        if machine.work is None:
            return None
        progress = progress_of(machine, plan.next_step(machine, host, self._clock.now()))
        if not progress.stage:
            return None
        await _advance(work, machine.work.operation, progress)
        return machine.work.operation, progress

    async def _tell(self, machine: VirtualMachine, progress: Progress, fence: Fence) -> None:
        if machine.work is None or not progress.stage:
            return
        operation, now = machine.work.operation, self._clock.now()
        known = self._beats.get(operation)
        progress = following(known[0], progress) if known is not None else progress
        if known is not None and known[0] == progress and now - known[1] < BEAT_EVERY:
            return
        try:
            async with self._transactions() as work:
                await work.fences.check(fence)
                await _advance(work, operation, progress)
                await work.commit()
        except Refusal as refusal:
            if refusal.reason == "STALE_FENCE" or isinstance(refusal, StoreUnavailable):
                raise
            # It ended meanwhile: the next look sees why.
            log.info("machine.not_told", operation=operation, cause=refusal.reason)
        self._beats = {
            each: beat for each, beat in self._beats.items() if now - beat[1] < 4 * BEAT_EVERY
        } | {operation: (progress, now)}


def _same_intent(stored: VirtualMachine, before: VirtualMachine) -> bool:
    return (
        stored.work == before.work
        and stored.host_generation == before.host_generation
        and stored.removing == before.removing
        and stored.node_uid == before.node_uid
    )


def _record_of(step: plan.Step, now: datetime) -> Callable[[VirtualMachine], VirtualMachine] | None:
    match step:
        case plan.CutPower():
            return records.cut
        case plan.Protect():
            return records.protected
        case plan.Undo(failure):
            return lambda machine: records.undone(machine, failure)
        case plan.BeginRemoval():
            return records.removal_begun
        case plan.Finish():
            return records.finished
        case plan.Fail(failure):
            return lambda machine: records.failed(machine, failure)
        case plan.Terminate():
            return lambda machine: records.terminated(machine, now)
        case _:
            return None


async def _advance(work: UnitOfWork, operation: str, progress: Progress) -> None:
    await work.operations.advance(
        operation,
        stage=progress.stage,
        message=progress.message,
        progress_percent=progress.percent,
        done_bytes=progress.done_bytes,
        total_bytes=progress.total_bytes,
    )


async def _end_operation(work: UnitOfWork, machine: VirtualMachine, step: plan.Step) -> None:
    if machine.work is None:
        return
    match step:
        case plan.Finish() | plan.Terminate():
            await work.operations.succeed(machine.work.operation)
        case plan.Fail(failure):
            await work.operations.fail(machine.work.operation, failure)
