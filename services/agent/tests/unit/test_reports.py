"""Reports: everything first, changes soon, nothing lost while the owner is away."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from qvdc_agent.domain.machine import BootId, MachineUid, Power, WantedMachine
from qvdc_agent.domain.observation import (
    BY_HAND,
    MachineState,
    Observation,
    ObservedMachine,
    Unmanaged,
    judge_unwanted,
    state_hash,
)
from qvdc_agent.domain.refusals import OwnerUnknown
from qvdc_agent.domain.seen import DomainPower, StrangerView
from qvdc_agent.ports import OwnerAnswer, Standing
from qvdc_agent.reconcile.reports import MachineReports
from qvdc_agent.store.machine import SqliteMachineStore
from qvdc_agent.usecases.observations import Observations
from qvdc_core.clock import ManualClock
from qvdc_core.fence import Fence

UID = MachineUid("11111111-1111-4111-8111-111111111111")
RUNNING = Observation(MachineState.RUNNING, 1, 1, settled=True)


class OwnerDouble:
    """Remembers reports; refuses the first ones when told to."""

    def __init__(self) -> None:
        self.away = 0
        self.answer = OwnerAnswer()
        self.hashes: list[str] = []
        self.heard: asyncio.Queue[tuple[bool, Sequence[ObservedMachine]]] = asyncio.Queue()

    async def report(
        self,
        standing: Standing,
        machines: Sequence[ObservedMachine],
        *,
        full: bool,
        state_hash: str,
    ) -> OwnerAnswer:
        if self.away > 0:
            self.away -= 1
            raise OwnerUnknown("vm")
        self.heard.put_nowait((full, machines))
        self.hashes.append(state_hash)
        return self.answer

    async def next(self) -> tuple[bool, list[Observation]]:
        """The next report."""
        async with asyncio.timeout(10):
            full, machines = await self.heard.get()
        return full, [each.observation for each in machines]


class GuardianDouble:
    """A host in good standing."""

    def standing(self) -> Standing:
        return Standing("node", BootId("boot"), live=True, endpoints={})


@pytest.fixture
async def observations(tmp_path: Path) -> AsyncIterator[Observations]:
    clock = ManualClock()
    store = SqliteMachineStore(tmp_path / "agent.db", now=clock.now)
    await store.accept(
        WantedMachine(UID, "web-1", generation=1, run_epoch=1, power=Power.ON),
        Fence(1, "machine", 1),
        BootId("boot"),
    )
    yield Observations(store, clock)
    await store.close()


@pytest.fixture
def owner() -> OwnerDouble:
    return OwnerDouble()


@pytest.fixture
async def reporting(observations: Observations, owner: OwnerDouble) -> AsyncIterator[None]:
    running = asyncio.create_task(MachineReports(observations, owner, GuardianDouble()).run())
    yield
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@pytest.mark.usefixtures("reporting")
async def test_nothing_is_reported_before_everything_was_seen(
    observations: Observations, owner: OwnerDouble
) -> None:
    observations.expect([UID])
    assert owner.heard.empty()

    await observations.publish(UID, RUNNING)

    assert await owner.next() == (True, [RUNNING])


@pytest.mark.usefixtures("reporting")
async def test_a_change_is_reported_alone_and_counted(
    observations: Observations, owner: OwnerDouble
) -> None:
    await observations.publish(UID, RUNNING)
    observations.expect([UID])
    await owner.next()
    stopped = replace(RUNNING, state=MachineState.STOPPED)

    await observations.publish(UID, stopped)
    await observations.publish(UID, stopped)

    assert await owner.next() == (False, [stopped])
    last = observations.last(UID)
    assert last is not None
    assert last.change_count == 2


@pytest.mark.usefixtures("reporting")
async def test_nothing_is_lost_while_the_owner_is_away(
    observations: Observations, owner: OwnerDouble
) -> None:
    owner.away = 1
    await observations.publish(UID, RUNNING)

    observations.expect([UID])

    assert await owner.next() == (True, [RUNNING])


@pytest.mark.usefixtures("reporting")
async def test_everything_goes_out_when_the_owner_asks(
    observations: Observations, owner: OwnerDouble
) -> None:
    await observations.publish(UID, RUNNING)
    observations.expect([UID])
    await owner.next()
    owner.answer = OwnerAnswer(full_wanted=True)
    stopped = replace(RUNNING, state=MachineState.STOPPED)

    await observations.publish(UID, stopped)

    assert await owner.next() == (False, [stopped])
    assert await owner.next() == (True, [stopped])
    assert set(owner.hashes[1:3]) == {state_hash(observations.all())}


def test_the_hash_leaves_out_what_is_gone_and_is_the_same_in_any_order() -> None:
    clock = ManualClock()
    here = ObservedMachine(UID, RUNNING, 1, clock.now(), clock.now())
    other = replace(here, uid=MachineUid("2"))
    gone = replace(here, uid=MachineUid("3"), observation=Observation(MachineState.ABSENT, 1, 1))

    assert state_hash([here, other, gone]) == state_hash([other, here])
    assert state_hash([here]) != state_hash([other])
    assert state_hash([here]) != state_hash([replace(here, change_count=2)])


@pytest.mark.usefixtures("reporting")
async def test_a_stranger_is_told_until_it_is_gone_and_then_forgotten(
    observations: Observations, owner: OwnerDouble
) -> None:
    observations.expect([])
    await owner.next()
    stranger = MachineUid("22222222-2222-4222-8222-222222222222")
    view = StrangerView(stranger, "by-hand", DomainPower.RUNNING, vcpu_count=1)

    await observations.publish(stranger, judge_unwanted(view))
    _, (seen,) = await owner.next()
    await observations.publish(stranger, judge_unwanted(None))
    _, (gone,) = await owner.next()

    assert (seen.state, seen.cause) == (MachineState.RUNNING, BY_HAND)
    assert seen.unmanaged == Unmanaged("by-hand", vcpu_count=1)
    assert gone.state is MachineState.ABSENT
    await observations.publish(UID, RUNNING)
    await owner.next()
    assert [each.uid for each in observations.all()] == [UID]
