"""A host's own power: which life is meant, how many machines may end, what its system says."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qvdc_agent.adapters.power_command import PowerCommands
from qvdc_agent.domain.host_power import (
    HostHasMachines,
    OtherBoot,
    PowerAction,
    PowerCommandFailed,
)
from qvdc_agent.domain.machine import BootId
from qvdc_agent.store.machine import SqliteMachineStore
from qvdc_agent.usecases.host_power import HostPowerUseCase
from qvdc_core.errors import StaleFence
from qvdc_core.fence import Fence

BOOT = BootId("boot-1")
FENCE = Fence(1, "node-power", 7)


class Recorded:
    """A host's power that only remembers."""

    def __init__(self) -> None:
        self.done: list[PowerAction] = []

    async def act(self, action: PowerAction) -> None:
        self.done.append(action)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteMachineStore]:
    made = SqliteMachineStore(tmp_path / "agent.db", now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    await made.open()
    yield made
    await made.close()


class Running:
    """So many guests run."""

    def __init__(self, count: int) -> None:
        self._count = count

    async def __call__(self) -> int:
        return self._count


async def test_nd_7_a_host_acts_in_the_life_that_is_meant_alone(store: SqliteMachineStore) -> None:
    power = Recorded()
    host = HostPowerUseCase(store, Running(0), power, BOOT)
    with pytest.raises(OtherBoot):
        await host.act(PowerAction.REBOOT, boot=BootId("boot-0"), machine_count=0, fence=FENCE)
    assert await host.act(PowerAction.REBOOT, boot=BOOT, machine_count=0, fence=FENCE) == BOOT
    assert power.done == [PowerAction.REBOOT]


async def test_nd_7_a_host_ends_no_machine_that_was_not_counted_with(
    store: SqliteMachineStore,
) -> None:
    power = Recorded()
    host = HostPowerUseCase(store, Running(2), power, BOOT)
    with pytest.raises(HostHasMachines) as refused:
        await host.act(PowerAction.POWER_OFF, boot=BOOT, machine_count=1, fence=FENCE)
    assert refused.value.facts["count"] == "2"
    await host.act(PowerAction.POWER_OFF, boot=BOOT, machine_count=2, fence=FENCE)
    assert power.done == [PowerAction.POWER_OFF]


async def test_gen_19_an_older_leader_is_refused(store: SqliteMachineStore) -> None:
    power = Recorded()
    host = HostPowerUseCase(store, Running(0), power, BOOT)
    await host.act(PowerAction.REBOOT, boot=BOOT, machine_count=0, fence=FENCE)
    older = Fence(1, "node-power", 6)
    with pytest.raises(StaleFence):
        await host.act(PowerAction.REBOOT, boot=BOOT, machine_count=0, fence=older)
    assert len(power.done) == 1


async def test_a_command_that_fails_is_told_in_its_own_words_and_one_at_work_is_left_alone() -> (
    None
):
    commands = PowerCommands(
        {
            PowerAction.REBOOT: "sh -c 'echo not today >&2; exit 3'",
            PowerAction.POWER_OFF: "sleep 30",
        }
    )
    with pytest.raises(PowerCommandFailed, match="not today"):
        await commands.act(PowerAction.REBOOT)
    await commands.act(PowerAction.POWER_OFF)
    with pytest.raises(PowerCommandFailed):
        await PowerCommands({PowerAction.REBOOT: "/nowhere/at/all"}).act(PowerAction.REBOOT)
