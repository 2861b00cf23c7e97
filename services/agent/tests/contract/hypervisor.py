"""What every hypervisor port promises; kept by libvirt with real QEMU, and by the simulated one.

Each joins by a subclass with `hypervisor`, `outside` and `disks` fixtures of its own: the real one
in tests/lab, the simulated one in tests/unit. Who changes the promise changes it for both.
"""

import asyncio
import subprocess
import threading
import uuid
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from qvdc_agent.domain.definition import Definition, DiskFile, VirtType
from qvdc_agent.domain.machine import Firmware, MachineUid
from qvdc_agent.domain.refusals import HypervisorAway, StepRefused
from qvdc_agent.domain.seen import DomainPower, DomainView
from qvdc_agent.ports import Hypervisor

HEARD_WITHIN_SECONDS = 2.0
"""A change on the host is known within this time (HB-6)."""
BOOT_SECONDS = 60.0
SLOW_SECONDS = 1.0
"""How late a slow hypervisor answers at least."""


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

    def pause(self, uid: MachineUid) -> None:
        """Halt its processors."""
        ...

    def resume(self, uid: MachineUid) -> None:
        """Let its processors go on."""
        ...

    def slowness(self) -> AbstractContextManager[None]:
        """Inside the block the hypervisor answers late, and so do its events."""
        ...

    def full_disk(self) -> AbstractContextManager[None]:
        """Inside the block there is no room for definitions."""
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

    async def test_a_machine_may_wait_before_its_first_instruction(
        self, hypervisor: Hypervisor, tmp_path: Path
    ) -> None:
        machine = a_definition(tmp_path)
        await hypervisor.define(machine)

        await hypervisor.start(machine.uid, 4, paused=True)
        waiting = await hypervisor.look(machine.uid)
        await hypervisor.go_on(machine.uid)
        await hypervisor.go_on(machine.uid)
        running = await hypervisor.look(machine.uid)

        assert waiting is not None
        assert running is not None
        assert (waiting.power, waiting.run_epoch) == (DomainPower.PAUSED, 4)
        assert (running.power, running.run_epoch) == (DomainPower.RUNNING, 4)

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

    async def test_what_is_not_ours_is_told_of(
        self, hypervisor: Hypervisor, outside: Outside, tmp_path: Path
    ) -> None:
        await hypervisor.define(ours := a_definition(tmp_path))
        uid = MachineUid(str(uuid.uuid4()))
        outside.define_foreign(uid)

        found = await hypervisor.stranger(uid)
        everyone = {view.uid for view in await hypervisor.strangers()}

        assert found is not None
        assert (found.name, found.power) == (f"foreign-{uid[:8]}", DomainPower.STOPPED)
        assert uid in everyone
        assert ours.uid not in everyone
        assert await hypervisor.stranger(ours.uid) is None

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

    async def test_a_machine_paused_on_the_host_is_heard_of_and_can_be_destroyed(
        self, hypervisor: Hypervisor, outside: Outside, tmp_path: Path
    ) -> None:
        machine = a_definition(tmp_path)
        await hypervisor.define(machine)
        await hypervisor.start(machine.uid, 1)
        ears = Ears(hypervisor)

        outside.pause(machine.uid)
        await ears.until(machine.uid, DomainPower.PAUSED)
        outside.resume(machine.uid)
        await ears.until(machine.uid, DomainPower.RUNNING)
        outside.pause(machine.uid)
        await ears.until(machine.uid, DomainPower.PAUSED)
        await hypervisor.start(machine.uid, 2)
        await hypervisor.destroy(machine.uid)

        view = await hypervisor.look(machine.uid)
        assert view is not None
        assert (view.power, view.run_epoch) == (DomainPower.STOPPED, 1)

    async def test_late_and_doubled_events_tell_of_what_is_there_now(
        self, hypervisor: Hypervisor, outside: Outside, tmp_path: Path
    ) -> None:
        machine = a_definition(tmp_path)
        await hypervisor.define(machine)
        await hypervisor.start(machine.uid, 1)
        ears = Ears(hypervisor)

        with outside.slowness():
            outside.crash(machine.uid)
            await asyncio.sleep(SLOW_SECONDS)
        await ears.until(machine.uid, DomainPower.CRASHED, within=10)
        await hypervisor.start(machine.uid, 2)

        view = await ears.until(machine.uid, DomainPower.RUNNING)
        assert view.run_epoch == 2

    async def test_a_slow_call_holds_up_nobody_else_and_is_done_once(
        self, hypervisor: Hypervisor, outside: Outside, tmp_path: Path
    ) -> None:
        machine = a_definition(tmp_path)
        await hypervisor.define(machine)

        with outside.slowness():
            starting = asyncio.create_task(hypervisor.start(machine.uid, 5))
            done, _ = await asyncio.wait({starting}, timeout=SLOW_SECONDS / 2)
        async with asyncio.timeout(15):
            await starting
        await hypervisor.start(machine.uid, 6)

        view = await hypervisor.look(machine.uid)
        assert view is not None
        assert not done
        assert (view.power, view.run_epoch) == (DomainPower.RUNNING, 5)

    async def test_a_full_disk_refuses_a_definition_and_leaves_the_others_alone(
        self, hypervisor: Hypervisor, outside: Outside, tmp_path: Path
    ) -> None:
        running, another = a_definition(tmp_path), a_definition(tmp_path)
        await hypervisor.define(running)
        await hypervisor.start(running.uid, 1)

        with outside.full_disk():
            with pytest.raises(StepRefused) as refused:
                await hypervisor.define(another)
            seen = {view.uid: view.power for view in await hypervisor.list()}
        await hypervisor.define(another)

        assert not refused.value.final
        assert seen == {running.uid: DomainPower.RUNNING}
        assert await hypervisor.look(another.uid) is not None


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
