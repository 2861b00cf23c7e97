"""libvirt and real QEMU keep what every hypervisor port promises."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from qvdc_agent.adapters.libvirt_connection import LibvirtConnection
from qvdc_agent.adapters.libvirt_hypervisor import LibvirtHypervisor
from qvdc_agent.domain.definition import DiskFile
from qvdc_agent.domain.machine import MachineUid
from qvdc_agent.domain.seen import DomainPower
from tests.contract.hypervisor import Ears, HypervisorContract, a_definition

DEFINITIONS = "/etc/libvirt/qemu"


class Host(Protocol):
    """The lab host of conftest.py."""

    folder: Path
    libvirt_uri: str

    def virsh(self, *arguments: str, check: bool = True) -> str: ...

    def inside(self, *command: str) -> object: ...

    def kill_libvirtd(self) -> None: ...


class LabOutside:
    """The lab host's operator."""

    def __init__(self, host: Host, folder: Path) -> None:
        self._host = host
        self._folder = folder

    def crash(self, uid: MachineUid) -> None:
        pid = (self._host.folder / f"run/libvirt/qemu/vm-{uid[:8]}.pid").read_text()
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

    def pause(self, uid: MachineUid) -> None:
        self._host.virsh("suspend", uid)

    def resume(self, uid: MachineUid) -> None:
        self._host.virsh("resume", uid)

    @contextmanager
    def slowness(self) -> Iterator[None]:
        pid = (self._host.folder / "libvirtd.pid").read_text().strip()
        self._host.inside("kill", "-STOP", pid)
        try:
            yield
        finally:
            self._host.inside("kill", "-CONT", pid)

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        fill = f"mount -t tmpfs -o size=4k full {DEFINITIONS}; head -c 4096 /dev/zero"
        self._host.inside("sh", "-c", f"{fill} > {DEFINITIONS}/filled")
        try:
            yield
        finally:
            self._host.inside("umount", DEFINITIONS)


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
