"""Takes the planner's steps, one at a time. Every step is safe to take again."""

from pathlib import Path
from typing import assert_never

from qvdc_agent.domain.definition import Definition, DiskFile
from qvdc_agent.domain.guarded import guarded_by
from qvdc_agent.domain.machine import Disk, ImageFormat, WantedMachine
from qvdc_agent.domain.plan import (
    AskShutdown,
    Define,
    Destroy,
    GoOn,
    MakeDisk,
    PullBase,
    Relabel,
    RemoveFiles,
    Start,
    Step,
    Undefine,
    WriteSeed,
)
from qvdc_agent.domain.refusals import StepRefused
from qvdc_agent.domain.seen import Remembered
from qvdc_agent.ports import (
    Guardian,
    Guarding,
    Hypervisor,
    Images,
    MachineFiles,
    MachineStore,
    Switch,
    VirtTypes,
)
from qvdc_agent.usecases.lookout import Lookout


class Steps:
    """Takes steps for machines.

    Args:
        bridge: the integration bridge that network cards are plugged into.
    """

    def __init__(
        self,
        *,
        hypervisor: Hypervisor,
        files: MachineFiles,
        images: Images,
        switch: Switch,
        store: MachineStore,
        guardian: Guardian,
        guarding: Guarding,
        lookout: Lookout,
        virt_types: VirtTypes,
        bridge: str,
    ) -> None:
        self._hypervisor = hypervisor
        self._files = files
        self._images = images
        self._switch = switch
        self._store = store
        self._guardian = guardian
        self._guarding = guarding
        self._lookout = lookout
        self._virt_types = virt_types
        self._bridge = bridge

    async def take(self, machine: WantedMachine, step: Step) -> None:
        """Take `step` for `machine`.

        Raises:
            StepRefused: it cannot be done now, or ever.
            HypervisorAway: whether it was done is not known.
        """
        uid = machine.uid
        match step:
            case PullBase(base, pool):
                self._images.request(base, pool)
            case MakeDisk(disk):
                await self._files.make_disk(uid, disk, self._base_path(disk))
            case WriteSeed(seed):
                await self._files.write_seed(uid, machine.vm_id, seed)
            case RemoveFiles():
                await self._files.remove(machine)
            case _:
                await self._take_with_hypervisor(machine, step)

    async def _take_with_hypervisor(
        self,
        machine: WantedMachine,
        step: Define | Relabel | Start | GoOn | AskShutdown | Destroy | Undefine,
    ) -> None:
        uid = machine.uid
        match step:
            case Define():
                await self._hypervisor.define(await self._definition(machine))
            case Relabel(run_epoch):
                await self._hypervisor.relabel(uid, run_epoch)
            case Start(run_epoch):
                await self._start(machine, run_epoch)
            case GoOn():
                self._lookout.note_resumed(uid)
                await self._hypervisor.go_on(uid)
            case AskShutdown():
                await self._hypervisor.ask_shutdown(uid)
                self._lookout.note_asked(uid)
            case Destroy():
                await self._hypervisor.destroy(uid)
            case Undefine():
                await self._hypervisor.undefine(uid)
            case _:
                assert_never(step)

    async def _start(self, machine: WantedMachine, run_epoch: int) -> None:
        if machine.protected:
            await self._start_guarded(machine, run_epoch)
        else:
            await self._hypervisor.start(machine.uid, run_epoch)
        boot = self._guardian.standing().boot
        started = Remembered(started_epoch=run_epoch, started_boot=boot)
        await self._store.save_remembered(machine.uid, started)

    async def _start_guarded(self, machine: WantedMachine, run_epoch: int) -> None:
        """Start paused, hand over, continue: no instruction runs that the guardian cannot end."""
        uid = machine.uid
        await self._hypervisor.start(uid, run_epoch, paused=True)
        if not self._hypervisor.simulated:
            try:
                process = await self._hypervisor.process(uid)
                if process is None:
                    raise StepRefused("PROCESS_UNKNOWN", "The machine's process cannot be found.")
                await self._guarding.guard(guarded_by(machine, run_epoch, process), started=False)
            except StepRefused:
                await self._hypervisor.destroy(uid)
                raise
            self._lookout.note_taken(uid)
        await self._hypervisor.go_on(uid)

    async def _definition(self, machine: WantedMachine) -> Definition:
        disks = [
            DiskFile(
                path=self._disk_path(machine, disk),
                format=ImageFormat.RAW if disk.is_medium else ImageFormat.QCOW2,
                serial=disk.disk_id,
                boot_order=disk.boot_index,
                medium=disk.is_medium,
                read_only=disk.is_medium,
            )
            for disk in machine.disks
        ]
        if machine.seed is not None:
            path = self._files.seed_path(machine.uid, machine.seed)
            disks.append(DiskFile(path, ImageFormat.RAW, serial="cidata", read_only=True))
        return Definition(
            uid=machine.uid,
            vm_id=machine.vm_id,
            generation=machine.generation,
            run_epoch=machine.run_epoch,
            virt_type=await self._virt_types.choose(),
            vcpu_count=machine.vcpu_count,
            memory_bytes=machine.memory_bytes,
            firmware=machine.firmware,
            disks=tuple(disks),
            nics=machine.nics,
            bridge=self._bridge,
            offloads=await self._switch.offloads() if machine.nics else True,
            serial_log=self._files.serial_log(machine.uid),
        )

    def _base_path(self, disk: Disk) -> Path | None:
        return None if disk.base is None else self._images.path(disk.base.digest, disk.pool)

    def _disk_path(self, machine: WantedMachine, disk: Disk) -> Path:
        if disk.is_medium and disk.base is not None:
            return self._images.path(disk.base.digest, disk.pool)
        return self._files.disk_path(machine.uid, disk)
