"""The simulated hypervisor keeps what every hypervisor port promises."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from qvdc_agent.adapters.simulated_hypervisor import SimulatedHypervisor
from qvdc_agent.domain.definition import DiskFile
from qvdc_agent.domain.machine import BootId, MachineUid
from qvdc_agent.domain.seen import DomainPower
from tests.contract.hypervisor import SLOW_SECONDS, HypervisorContract, a_definition


class SimulatedOutside:
    """What happens to simulated guests behind the port's back."""

    def __init__(self, hypervisor: SimulatedHypervisor) -> None:
        self._hypervisor = hypervisor

    def crash(self, uid: MachineUid) -> None:
        self._hypervisor.crash(uid)

    def start_by_hand(self, uid: MachineUid) -> None:
        self._hypervisor.start_by_hand(uid)

    def define_foreign(self, uid: MachineUid) -> None:
        self._hypervisor.define_foreign(uid, f"foreign-{uid[:8]}")

    def names(self) -> set[str]:
        return self._hypervisor.names()

    def pause(self, uid: MachineUid) -> None:
        self._hypervisor.pause(uid)

    def resume(self, uid: MachineUid) -> None:
        self._hypervisor.resume(uid)

    @contextmanager
    def slowness(self) -> Iterator[None]:
        faults = self._hypervisor.faults
        faults.call_delay = faults.event_delay = timedelta(seconds=SLOW_SECONDS)
        faults.event_copies = 2
        try:
            yield
        finally:
            faults.call_delay = faults.event_delay = timedelta()
            faults.event_copies = 1

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        self._hypervisor.faults.disk_full = True
        try:
            yield
        finally:
            self._hypervisor.faults.disk_full = False


class TestSimulatedHypervisor(HypervisorContract):
    """The simulated hypervisor keeps the promises."""

    @pytest.fixture
    def hypervisor(self, tmp_path: Path) -> SimulatedHypervisor:
        return SimulatedHypervisor(tmp_path / "simulated.json", boot=BootId("one"))

    @pytest.fixture
    def outside(self, hypervisor: SimulatedHypervisor) -> SimulatedOutside:
        return SimulatedOutside(hypervisor)

    @pytest.fixture
    def disks(self) -> tuple[DiskFile, ...]:
        return ()

    @pytest.mark.parametrize(
        ("boot", "power"), [("one", DomainPower.RUNNING), ("two", DomainPower.STOPPED)]
    )
    async def test_guests_survive_the_agent_and_not_the_host(
        self, hypervisor: SimulatedHypervisor, tmp_path: Path, boot: str, power: DomainPower
    ) -> None:
        machine = a_definition(tmp_path)
        await hypervisor.define(machine)
        await hypervisor.start(machine.uid, 4)

        after = SimulatedHypervisor(tmp_path / "simulated.json", boot=BootId(boot))

        view = await after.look(machine.uid)
        assert view is not None
        assert (view.power, view.run_epoch) == (power, 4)

    async def test_lost_events_are_not_told(
        self, hypervisor: SimulatedHypervisor, tmp_path: Path
    ) -> None:
        machine = a_definition(tmp_path)
        await hypervisor.define(machine)
        heard = asyncio.Event()
        await asyncio.sleep(0)
        hypervisor.on_change(lambda _: heard.set())
        hypervisor.faults.event_copies = 0

        await hypervisor.start(machine.uid, 1)
        await asyncio.sleep(0)

        assert not heard.is_set()
