"""The agent's side of guarding: hand over before the first instruction, mend the list."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import cast

import pytest

from qvdc_agent.domain.guarded import Guarded, GuardedNow, HostProcess
from qvdc_agent.domain.machine import MachineUid, Power, Response, WantedMachine
from qvdc_agent.domain.plan import Start
from qvdc_agent.domain.record import MachineRecord
from qvdc_agent.domain.refusals import StepRefused
from qvdc_agent.domain.seen import DomainPower, DomainView, Remembered
from qvdc_agent.ports import (
    Guardian,
    Hypervisor,
    Images,
    MachineFiles,
    MachineStore,
    Standing,
    Switch,
    VirtTypes,
)
from qvdc_agent.reconcile.guarding import GuardingLoop
from qvdc_agent.reconcile.steps import Steps
from qvdc_agent.usecases.lookout import Lookout
from qvdc_core.clock import ManualClock

UID = MachineUid("11111111-1111-4111-8111-111111111111")
PROCESS = HostProcess(4711, 99)
WANTED = WantedMachine(UID, "web-1", generation=1, run_epoch=2, power=Power.ON, protected=True)


@dataclass
class World:
    """A hypervisor with one machine, a guardian and a store; what happened, in order."""

    power: DomainPower = DomainPower.STOPPED
    process_found: HostProcess | None = PROCESS
    refuses: bool = False
    wanted: WantedMachine = WANTED
    now: GuardedNow = field(default_factory=GuardedNow)
    events: list[object] = field(default_factory=list)
    simulated: bool = False
    woken: list[MachineUid] = field(default_factory=list)

    async def look(self, uid: MachineUid) -> DomainView | None:
        return DomainView(uid, self.power, 1, 2)

    async def start(self, _: MachineUid, run_epoch: int, *, paused: bool = False) -> None:
        self.events.append(("start", run_epoch, paused))

    async def go_on(self, _: MachineUid) -> None:
        self.events.append("go on")

    async def destroy(self, _: MachineUid) -> None:
        self.events.append("destroy")

    async def ask_shutdown(self, _: MachineUid) -> None:
        self.events.append("ask")

    async def process(self, _: MachineUid) -> HostProcess | None:
        return self.process_found

    async def guard(self, machine: Guarded, *, started: bool) -> GuardedNow:
        if self.refuses:
            raise StepRefused("SESSION_MISSING", "Nobody vouches for this host.")
        self.events.append((machine, started))
        self.now = replace(self.now, machines=(machine,))
        return self.now

    async def release(self, uid: MachineUid) -> GuardedNow:
        self.events.append(("release", uid))
        self.now = GuardedNow()
        return self.now

    async def guarded(self) -> GuardedNow:
        return self.now

    def wake(self, uid: MachineUid, *, after: timedelta = timedelta()) -> None:
        self.woken.append(uid)

    async def list(self) -> Sequence[MachineRecord]:
        return [MachineRecord(UID, 1, 2, wanted=self.wanted)]

    async def save_remembered(self, _: MachineUid, remembered: Remembered) -> None:
        self.events.append(remembered.started_epoch)

    def standing(self) -> Standing:
        return Standing("n", "boot", live=True, endpoints={})  # type: ignore[arg-type]


def steps(world: World) -> Steps:
    none = cast("object", None)
    return Steps(
        hypervisor=cast("Hypervisor", world),
        files=cast("MachineFiles", none),
        images=cast("Images", none),
        switch=cast("Switch", none),
        store=cast("MachineStore", world),
        guardian=cast("Guardian", world),
        guarding=world,
        lookout=lookout(),
        virt_types=cast("VirtTypes", none),
        bridge="",
    )


def loop(world: World, clock: ManualClock | None = None) -> GuardingLoop:
    return GuardingLoop(
        store=cast("MachineStore", world),
        hypervisor=cast("Hypervisor", world),
        guarding=world,
        lookout=lookout(),
        wake=world.wake,
        clock=clock or ManualClock(),
    )


def lookout() -> Lookout:
    none = cast("object", None)
    return Lookout(
        hypervisor=cast("Hypervisor", none),
        files=cast("MachineFiles", none),
        images=cast("Images", none),
        guardian=cast("Guardian", none),
        clock=ManualClock(),
    )


def guarded(response: Response = Response.POWER_OFF) -> Guarded:
    return Guarded(UID, 2, response, PROCESS.pid, PROCESS.start_ticks)


async def test_a_protected_machine_is_handed_over_before_it_goes_on() -> None:
    world = World()
    await steps(world).take(WANTED, Start(2))

    assert world.events == [("start", 2, True), (guarded(), False), "go on", 2]


async def test_a_machine_that_is_not_protected_starts_at_once() -> None:
    world = World()
    await steps(world).take(replace(WANTED, protected=False), Start(2))

    assert world.events == [("start", 2, False), 2]


@pytest.mark.parametrize("broken", [World(refuses=True), World(process_found=None)])
async def test_a_machine_that_nobody_guards_does_not_live(broken: World) -> None:
    with pytest.raises(StepRefused):
        await steps(broken).take(WANTED, Start(2))

    assert broken.events == [("start", 2, True), "destroy"]


async def test_what_runs_unguarded_is_handed_over_and_then_left_alone() -> None:
    world = World(power=DomainPower.RUNNING)
    await loop(world).run_once()
    await loop(world).run_once()

    assert world.events == [(guarded(), True)]


async def test_new_settings_reach_the_guardian() -> None:
    world = World(power=DomainPower.RUNNING, now=GuardedNow((guarded(),)))
    world.wanted = replace(WANTED, isolation=Response.LEAVE)
    await loop(world).run_once()

    assert world.events == [(guarded(Response.LEAVE), True)]


async def test_what_is_protected_no_more_is_released() -> None:
    world = World(power=DomainPower.RUNNING, now=GuardedNow((guarded(),)))
    world.wanted = replace(WANTED, protected=False)
    await loop(world).run_once()

    assert world.events == [("release", UID)]


async def test_it_is_told_when_a_machine_is_guarded_and_when_no_more() -> None:
    world = World(power=DomainPower.RUNNING)
    mending = loop(world)
    await mending.run_once()
    await mending.run_once()
    assert world.woken == [UID]

    world.wanted = replace(WANTED, protected=False)
    await mending.run_once()
    assert world.woken == [UID, UID]


async def test_a_machine_that_waits_for_its_start_is_not_taken_from_it() -> None:
    world = World(power=DomainPower.PAUSED)
    await loop(world).run_once()

    assert world.events == []


async def test_a_guest_is_asked_when_the_guardian_says_so_and_again_in_time() -> None:
    world = World(now=GuardedNow((guarded(),), frozenset({UID})))
    clock = ManualClock()
    asking = loop(world, clock)
    await asking.run_once()
    await asking.run_once()
    clock.advance(timedelta(seconds=10))
    await asking.run_once()

    assert world.events == ["ask", "ask"]
