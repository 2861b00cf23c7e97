"""Ports and images: whole at first and after each change, else by their hash (HB-3, HB-4)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import pytest

from qvdc_agent.domain.counting import ChangeCounts, Thing
from qvdc_agent.domain.machine import BootId
from qvdc_agent.domain.refusals import OwnerUnknown, StepRefused
from qvdc_agent.ports import OwnerAnswer, PluggedPort, Standing, Standpoint, SwitchView
from qvdc_agent.reconcile import inventories
from qvdc_agent.reconcile.inventories import PortReports
from qvdc_core.clock import ManualClock
from qvdc_core.state_hash import SeenItem, state_hash

VNET0 = PluggedPort("p1", "vnet0", link_up=True)
VNET1 = PluggedPort("p2", "vnet1", link_up=True)


class SwitchDouble:
    """Has the ports that it is given."""

    def __init__(self) -> None:
        self.plugged = [VNET0]
        self.broken = False

    async def offloads(self) -> bool:
        return True

    async def ports(self) -> list[PluggedPort]:
        if self.broken:
            raise StepRefused("SWITCH_AWAY", "no answer")
        return list(self.plugged)

    async def chassis(self) -> str:
        return "c1"

    async def bridge_mappings(self) -> list[str]:
        return []


class OwnerDouble:
    """Remembers reports; refuses the first ones when told to."""

    def __init__(self) -> None:
        self.away = 0
        self.answers: list[OwnerAnswer] = []
        self.heard: asyncio.Queue[tuple[SwitchView, Standpoint]] = asyncio.Queue()

    async def report(self, _: Standing, switch: SwitchView, stand: Standpoint) -> OwnerAnswer:
        if self.away > 0:
            self.away -= 1
            raise OwnerUnknown("network")
        self.heard.put_nowait((switch, stand))
        return self.answers.pop(0) if self.answers else OwnerAnswer()

    async def next(self) -> tuple[SwitchView, Standpoint]:
        """The next report."""
        async with asyncio.timeout(10):
            return await self.heard.get()


class GuardianDouble:
    """A host in good standing."""

    def standing(self) -> Standing:
        return Standing("node", BootId("boot"), live=True, endpoints={})


@pytest.fixture
def switch() -> SwitchDouble:
    return SwitchDouble()


@pytest.fixture
def owner() -> OwnerDouble:
    return OwnerDouble()


@pytest.fixture
async def reports(
    switch: SwitchDouble, owner: OwnerDouble, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[PortReports]:
    monkeypatch.setattr(inventories, "LOOK_PERIOD", timedelta(seconds=0.05))
    monkeypatch.setattr(inventories, "QUIET_PERIOD", timedelta(seconds=0.2))
    found = PortReports(switch, owner, GuardianDouble(), ManualClock())
    running = asyncio.create_task(found.run())
    yield found
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@pytest.mark.usefixtures("reports")
async def test_the_first_report_is_whole_and_later_ones_stand_for_it(owner: OwnerDouble) -> None:
    first, stand = await owner.next()
    second, still = await owner.next()

    assert (first, stand.unchanged) == (SwitchView("c1", ((VNET0, 1),)), False)
    assert (second, still.unchanged) == (SwitchView("c1"), True)
    assert stand.state_hash == still.state_hash == state_hash([SeenItem("p1", "UP", 1)])


@pytest.mark.usefixtures("reports")
async def test_whoever_asks_gets_everything_at_once(owner: OwnerDouble) -> None:
    await owner.next()
    owner.answers = [OwnerAnswer(full_wanted=True)]
    await owner.next()

    switch, stand = await owner.next()

    assert (len(switch.ports), stand.unchanged) == (1, False)


async def test_a_change_is_told_with_its_count(
    reports: PortReports, owner: OwnerDouble, switch: SwitchDouble
) -> None:
    await owner.next()
    switch.plugged = [VNET0, VNET1]
    reports.nudge()

    async with asyncio.timeout(10):
        while not (told := await owner.next())[0].ports:
            pass

    assert told[0].ports == ((VNET0, 1), (VNET1, 2))
    assert told[1].change_count == 2


@pytest.mark.usefixtures("reports")
async def test_what_cannot_be_seen_is_not_taken_for_gone(
    owner: OwnerDouble, switch: SwitchDouble
) -> None:
    await owner.next()
    switch.broken = True

    async with asyncio.timeout(10):
        while not (told := await owner.next())[0].error:
            pass

    assert (told[0].ports, told[1].unchanged, told[1].state_hash) == ((), True, "")


@pytest.mark.usefixtures("reports")
async def test_nothing_is_lost_while_the_owner_is_away(owner: OwnerDouble) -> None:
    owner.away = 1

    assert (await owner.next())[0].ports == ((VNET0, 1),)


def test_counts_grow_with_each_change_and_with_what_goes() -> None:
    counts = ChangeCounts()
    counts.take({"a": Thing("UP"), "b": Thing("UP")})
    before = counts.hash()
    counts.take({"a": Thing("UP", ("vnet1",))})

    assert (counts.of("a"), counts.total) == (4, 4)
    assert counts.hash() != before
