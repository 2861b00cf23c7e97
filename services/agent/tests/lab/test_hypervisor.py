"""What every hypervisor port promises; kept by libvirt with real QEMU, and by the simulated one.

Each joins by a subclass with `hypervisor`, `outside` and `disks` fixtures of its own.
"""

import asyncio
import subprocess
import threading
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from qvdc_agent.adapters.libvirt_connection import LibvirtConnection
from qvdc_agent.adapters.libvirt_hypervisor import LibvirtHypervisor
from qvdc_agent.adapters.simulated_hypervisor import SimulatedHypervisor
from qvdc_agent.domain.definition import Definition, DiskFile, VirtType
from qvdc_agent.domain.machine import BootId, Firmware, MachineUid
from qvdc_agent.domain.refusals import HypervisorAway, StepRefused
from qvdc_agent.domain.seen import DomainPower, DomainView
from qvdc_agent.ports import Hypervisor

HEARD_WITHIN_SECONDS = 2.0
"""A change on the host is known within this time (HB-6)."""
BOOT_SECONDS = 60.0


class Outside(Protocol):
    """What happens to a machine behind the hypervisor port's back."""

    def crash(self, uid: MachineUid) -> None:
        """Kill the machine's process."""
        ...

    def start_by_hand(self, uid: MachineUid) -> None:
        """Start it as a person on the host would."""
        ...

    def define_foreign(self, uid: MachineUid) -> None:
        """Make a machine that is not ours."""
        ...

    def names(self) -> set[str]:
        """Names of all machines, ours or not."""
        ...


class Ears:
    """Hears a hypervisor's changes."""

    def __init__(self, hypervisor: Hypervisor) -> None:
        self._hypervisor = hypervisor
        self._news = asyncio.Event()
        hypervisor.on_change(lambda _: self._news.set())

    async def until(
        self,
        uid: MachineUid,
        power: DomainPower,
        *,
        within: float = HEARD_WITHIN_SECONDS,
    ) -> DomainView:
        """Wait until a change leaves the machine in `power`; looks only when it hears something."""
        async with asyncio.timeout(within):
            while True:
                self._news.clear()
                with suppress(HypervisorAway):
                    view = await self._hypervisor.look(uid)
                    if view is not None and view.power is power:
                        return view
                await self._news.wait()


def a_definition(folder: Path, **changes: object) -> Definition:
    """A small machine without disks: its firmware finds nothing to boot and waits."""
    uid = MachineUid(str(uuid.uuid4()))
    plain = Definition(
        uid=uid,
        vm_id=f"vm-{uid[:8]}",
        generation=1,
        run_epoch=1,
        virt_type=VirtType.QEMU,
        vcpu_count=1,
        memory_bytes=64 * 2**20,
        firmware=Firmware.BIOS,
        disks=(),
        nics=(),
        bridge="br-int",
        offloads=False,
        serial_log=folder / f"{uid}.log",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # a builder takes any field


class HypervisorContract:
    """What every hypervisor port promises."""

    async def test_a_defined_machine_is_stopped(
        self, hypervisor: Hypervisor, tmp_path: Path
    ) -> None:
        machine = a_definition(tmp_path, generation=4, run_epoch=2)

        await hypervisor.define(machine)

        view = await hypervisor.look(machine.uid)
        assert view is not None
        assert (view.power, view.generation, view.run_epoch) == (DomainPower.STOPPED, 4, 2)
        assert view in await hypervisor.list()

    async def test_a_start_carries_its_epoch_and_repeats_safely(
        self, hypervisor: Hypervisor, tmp_path: Path
    ) -> None:
        machine = a_definition(tmp_path)
        await hypervisor.define(machine)

        await hypervisor.start(machine.uid, 7)
        await hypervisor.start(machine.uid, 8)

        view = await hypervisor.look(machine.uid)
        assert view is not None
        assert (view.power, view.run_epoch) == (DomainPower.RUNNING, 7)

    async def test_a_running_machine_is_redefined_without_being_touched(
        self, hypervisor: Hypervisor, tmp_path: Path
    ) -> None:
        machine = a_definition(tmp_path)
        await hypervisor.define(machine)
        await hypervisor.start(machine.uid, 3)

        await hypervisor.define(replace(machine, generation=2, run_epoch=9, vcpu_count=2))

        view = await hypervisor.look(machine.uid)
        assert view is not None
        assert (view.power, view.generation, view.run_epoch) == (DomainPower.RUNNING, 2, 3)

    async def test_a_running_machine_takes_a_newer_epoch(
        self, hypervisor: Hypervisor, tmp_path: Path
    ) -> None:
        machine = a_definition(tmp_path)
        await hypervisor.define(machine)
        await hypervisor.start(machine.uid, 1)

        await hypervisor.relabel(machine.uid, 5)

        view = await hypervisor.look(machine.uid)
        assert view is not None
        assert (view.power, view.run_epoch) == (DomainPower.RUNNING, 5)

    async def test_destroying_is_at_once_and_repeats_safely(
        self, hypervisor: Hypervisor, tmp_path: Path
    ) -> None:
        machine = a_definition(tmp_path)
        await hypervisor.define(machine)
        await hypervisor.start(machine.uid, 1)

        await hypervisor.destroy(machine.uid)
        await hypervisor.destroy(machine.uid)
        await hypervisor.ask_shutdown(machine.uid)

        view = await hypervisor.look(machine.uid)
        assert view is not None
        assert (view.power, view.cause) == (DomainPower.STOPPED, "destroyed")

    async def test_an_undefined_machine_is_gone_and_may_go_again(
        self, hypervisor: Hypervisor, tmp_path: Path
    ) -> None:
        machine = a_definition(tmp_path)
        await hypervisor.define(machine)

        await hypervisor.undefine(machine.uid)
        await hypervisor.undefine(machine.uid)

        assert await hypervisor.look(machine.uid) is None

    async def test_a_killed_machine_is_heard_of_and_crashed(
        self, hypervisor: Hypervisor, outside: Outside, tmp_path: Path
    ) -> None:
        machine = a_definition(tmp_path)
        await hypervisor.define(machine)
        await hypervisor.start(machine.uid, 1)
        ears = Ears(hypervisor)

        outside.crash(machine.uid)

        view = await ears.until(machine.uid, DomainPower.CRASHED)
        assert view.cause == "crashed"

    async def test_a_machine_started_by_hand_is_heard_of(
        self, hypervisor: Hypervisor, outside: Outside, tmp_path: Path
    ) -> None:
        machine = a_definition(tmp_path)
        await hypervisor.define(machine)
        ears = Ears(hypervisor)

        outside.start_by_hand(machine.uid)

        await ears.until(machine.uid, DomainPower.RUNNING)

    async def test_machines_that_are_not_ours_do_not_exist(
        self, hypervisor: Hypervisor, outside: Outside, tmp_path: Path
    ) -> None:
        uid = MachineUid(str(uuid.uuid4()))
        outside.define_foreign(uid)

        await hypervisor.destroy(uid)
        await hypervisor.undefine(uid)
        with pytest.raises(StepRefused):
            await hypervisor.define(a_definition(tmp_path, uid=uid))

        assert await hypervisor.look(uid) is None
        assert uid not in {view.uid for view in await hypervisor.list()}
        assert f"foreign-{uid[:8]}" in outside.names()

    async def test_a_machine_that_is_not_there_cannot_be_started(
        self, hypervisor: Hypervisor
    ) -> None:
        with pytest.raises(StepRefused):
            await hypervisor.start(MachineUid(str(uuid.uuid4())), 1)

    async def test_a_guest_obeys_its_power_button(
        self, hypervisor: Hypervisor, disks: tuple[DiskFile, ...], tmp_path: Path
    ) -> None:
        machine = a_definition(tmp_path, disks=disks, memory_bytes=256 * 2**20)
        await hypervisor.define(machine)
        await hypervisor.start(machine.uid, 1)
        ears = Ears(hypervisor)
        await asyncio.to_thread(wait_for_words, machine.serial_log, "-guest ready")

        await hypervisor.ask_shutdown(machine.uid)

        view = await ears.until(machine.uid, DomainPower.STOPPED, within=BOOT_SECONDS)
        assert view.cause == "shutdown"


class Host(Protocol):
    """The lab host of conftest.py."""

    folder: Path
    libvirt_uri: str

    def virsh(self, *arguments: str, check: bool = True) -> str: ...

    def inside(self, *command: str) -> object: ...

    def kill_libvirtd(self) -> None: ...


def wait_for_words(log: Path, words: str) -> None:
    """Wait until a serial log holds `words`."""
    with subprocess.Popen(
        ["tail", "-n", "+1", "-F", str(log)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as tail:
        timer = threading.Timer(BOOT_SECONDS, tail.kill)
        timer.start()
        assert tail.stdout is not None
        found = any(words in line for line in tail.stdout)
        timer.cancel()
        tail.kill()
    assert found, f"the guest never said {words!r}"


class LabOutside:
    """The lab host's operator."""

    def __init__(self, host: Host, folder: Path) -> None:
        self._host = host
        self._folder = folder

    def crash(self, uid: MachineUid) -> None:
        name = self._host.virsh("domname", uid)
        pid = (self._host.folder / f"run/libvirt/qemu/{name}.pid").read_text()
        self._host.inside("kill", "-KILL", pid)

    def start_by_hand(self, uid: MachineUid) -> None:
        self._host.virsh("start", uid)

    def define_foreign(self, uid: MachineUid) -> None:
        document = self._folder / "foreign.xml"
        document.write_text(
            f"<domain type='qemu'><name>foreign-{uid[:8]}</name><uuid>{uid}</uuid>"
            "<memory unit='MiB'>64</memory><os><type arch='x86_64' machine='q35'>hvm</type></os>"
            "</domain>"
        )
        self._host.virsh("define", str(document))

    def names(self) -> set[str]:
        return set(self._host.virsh("list", "--all", "--name").split())


@pytest.mark.lab
class TestLibvirtHypervisor(HypervisorContract):
    """libvirt and real QEMU keep the promises."""

    @pytest.fixture
    def disks(self, guest: DiskFile) -> tuple[DiskFile, ...]:
        return (guest,)

    @pytest.fixture
    async def hypervisor(self, lab_host: Host) -> AsyncIterator[LibvirtHypervisor]:
        connection = LibvirtConnection(lab_host.libvirt_uri)
        hypervisor = LibvirtHypervisor(connection)
        connected = asyncio.Event()
        hypervisor.on_change(lambda _: connected.set())
        running = asyncio.create_task(connection.run())
        async with asyncio.timeout(10):
            await connected.wait()
        yield hypervisor
        for view in await hypervisor.list():
            await hypervisor.destroy(view.uid)
            await hypervisor.undefine(view.uid)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        connection.close()

    @pytest.fixture
    def outside(self, lab_host: Host, tmp_path: Path) -> LabOutside:
        return LabOutside(lab_host, tmp_path)

    async def test_a_killed_libvirtd_is_found_again_and_guests_run_on(
        self, hypervisor: LibvirtHypervisor, lab_host: Host, tmp_path: Path
    ) -> None:
        machine = a_definition(tmp_path)
        await hypervisor.define(machine)
        await hypervisor.start(machine.uid, 4)
        heard = asyncio.Event()
        hypervisor.on_change(lambda uid: heard.set() if uid is None else None)

        lab_host.kill_libvirtd()

        async with asyncio.timeout(15):
            await heard.wait()
        view = await Ears(hypervisor).until(machine.uid, DomainPower.RUNNING, within=10)
        assert view.run_epoch == 4


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
