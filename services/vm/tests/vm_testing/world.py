"""A world in memory, honest to the contracts, for playing the planner against."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from qvdc_core.errors import Refusal
from qvdc_core.operation import OperationFailure
from qvdc_vm.domain import plan, records
from qvdc_vm.domain.observation import Observed, ObservedState, Problem
from qvdc_vm.domain.placement import PlacementClaim, PlacementPlan
from qvdc_vm.domain.plan import Host, Step
from qvdc_vm.domain.state import HostPower
from qvdc_vm.domain.verbs import starting
from qvdc_vm.domain.virtual_machine import Released, VirtualMachine, host_power, settle
from tests.vm_testing.builders import BASE, HOST, NOW, WITHIN, a_port


@dataclass
class HostOfOne:
    """A host with at most one machine; starts it at most once per run epoch."""

    generation: int = 0
    run_epoch: int = 0
    started_epoch: int = 0
    absent: bool = True
    power: HostPower = HostPower.OFF
    state: ObservedState = ObservedState.ABSENT
    change_count: int = 0
    ignores_shutdown: bool = False
    refuses_start: bool = False
    starts: list[int] = field(default_factory=list)

    def apply(self, machine: VirtualMachine) -> None:
        """Hold what `machine` wants, unless something newer is held."""
        if machine.host_generation < self.generation:
            return
        self.generation = machine.host_generation
        self.run_epoch = machine.run_epoch
        self.absent = machine.removing
        self.power = host_power(machine)

    def work(self) -> None:
        """Reach what is held."""
        before = self.state
        if self.generation == 0:
            return
        if self.absent:
            self.state = ObservedState.ABSENT
        elif self.power is HostPower.ON:
            self._run()
        elif self.power is HostPower.OFF or not self.ignores_shutdown or not self.state.defined:
            self.state = ObservedState.STOPPED
        self.change_count += self.state is not before

    def _run(self) -> None:
        if not self.state.defined:
            self.state = ObservedState.STOPPED
        if self.refuses_start or self.started_epoch >= self.run_epoch:
            return
        self.started_epoch = self.run_epoch
        self.starts.append(self.run_epoch)
        self.state = ObservedState.RUNNING

    def see(self, now: datetime) -> Observed:
        """What it tells now."""
        stuck = self.refuses_start and self.power is HostPower.ON and not self.absent
        problem = Problem("HYPERVISOR_REFUSED", "no", final=True) if stuck else None
        return Observed(
            state=self.state,
            generation=self.generation,
            run_epoch=self.run_epoch,
            settled=self._settled() and problem is None,
            change_count=self.change_count,
            observe_time=now,
            problem=problem,
        )

    def _settled(self) -> bool:
        if self.absent:
            return self.state is ObservedState.ABSENT
        if self.power is HostPower.ON:
            return self.started_epoch >= self.run_epoch
        return self.state.down


@dataclass
class World:
    """One machine, its host, and what it holds of other services."""

    machine: VirtualMachine
    now: datetime = NOW
    reachable: Host = Host.UP
    host: HostOfOne = field(default_factory=HostOfOne)
    placement: bool = False
    images: set[str] = field(default_factory=set)
    ports: set[int] = field(default_factory=set)
    rooms: set[str] = field(default_factory=set)
    refusing: dict[str, Refusal] = field(default_factory=dict)
    ended: list[tuple[str, OperationFailure | None]] = field(default_factory=list)

    def step(self) -> Step:
        """What the planner wants next."""
        return plan.next_step(self.machine, self.reachable, self.now)

    def perform(self, step: Step, *, record: bool = True) -> None:
        """Do `step` in the world, and write it down unless the leader dies before."""
        after = self._effect(step)
        if record:
            self.machine = settle(after, self.now)

    def observe(self, observed: Observed | None = None) -> None:
        """The host works and its news arrives."""
        self.host.work()
        if self.machine.node_uid is not None and self.reachable is Host.UP:
            told = observed or self.host.see(self.now)
            self.machine = settle(records.observed_as(self.machine, told), self.now)

    def run(self, *, passes: int = 60) -> None:
        """Go on until the planner rests."""
        for _ in range(passes):
            self.now += timedelta(seconds=1)
            step = self.step()
            self.perform(step)
            self.observe()
            if isinstance(step, plan.Rest):
                return

    @property
    def holds_nothing(self) -> bool:
        """Whether nothing of the machine is left anywhere."""
        left = self.placement or self.images or self.ports or self.rooms
        return not left and self.host.state is ObservedState.ABSENT

    def _effect(self, step: Step) -> VirtualMachine:
        machine = self.machine
        if (refusal := self.refusing.get(type(step).__name__)) is not None:
            return records.undone(machine, OperationFailure.of(refusal))
        match step:
            case plan.ClaimPlacement() | plan.ClaimImage() | plan.ClaimPool() | plan.CreatePort():
                return self._claim(machine, step)
            case plan.Apply():
                self.host.apply(machine)
                return machine
            case plan.Observe():
                return records.observed_as(machine, self.host.see(self.now))
            case plan.Release(what):
                self._release(what)
                return records.released(machine, what)
            case plan.Sweep():
                for what in Released:
                    self._release(what)
                return records.swept(machine)
            case _:
                return self._ending(machine, step)

    def _claim(
        self,
        machine: VirtualMachine,
        step: plan.ClaimPlacement | plan.ClaimImage | plan.ClaimPool | plan.CreatePort,
    ) -> VirtualMachine:
        match step:
            case plan.ClaimPlacement():
                self.placement = True
                chosen = PlacementPlan(node="nodes/h1", node_uid=HOST)
                return records.placed(
                    machine, PlacementClaim(node="nodes/h1", node_uid=HOST, plan=chosen)
                )
            case plan.ClaimImage(image):
                self.images.add(image)
                return records.image_claimed(machine, image, BASE)
            case plan.ClaimPool(disk_id):
                self.rooms.add(disk_id)
                return records.room_claimed(machine, disk_id, "pool-uid")
            case plan.CreatePort(position):
                self.ports.add(position)
                return records.port_made(machine, position, a_port(position))

    def _ending(self, machine: VirtualMachine, step: Step) -> VirtualMachine:
        operation = machine.work.operation if machine.work else ""
        match step:
            case plan.Restart():
                return starting(machine, operation="vm-restart", now=self.now, within=WITHIN)
            case plan.Protect():
                return records.protected(machine)
            case plan.CutPower():
                return records.cut(machine)
            case plan.Undo(failure):
                return records.undone(machine, failure)
            case plan.BeginRemoval():
                return records.removal_begun(machine)
            case plan.Finish():
                self.ended.append((operation, None))
                return records.finished(machine)
            case plan.Fail(failure):
                self.ended.append((operation, failure))
                return records.failed(machine, failure)
            case plan.Terminate():
                self.ended.append((operation, None))
                return records.terminated(machine, self.now)
            case _:
                return replace(machine)

    def _release(self, what: Released) -> None:
        match what:
            case Released.PORTS:
                self.ports.clear()
            case Released.IMAGES:
                self.images.clear()
            case Released.POOLS:
                self.rooms.clear()
            case Released.PLACEMENT:
                self.placement = False
