"""Files of machines where they belong: disks in their pools, seed and serial log on the host.

A pool holds `machines/<uid>/<disk id>.qcow2` and nothing else of a machine: seed and log are the
host's, and made anew wherever the machine runs. Nothing is made in a pool but behind its marker.
"""

import os
import shutil
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path

from qvdc_agent.adapters.machine_files import (
    DISK_SUFFIX,
    LEAST_FREE_BYTES,
    PoolMachineFiles,
    check_base,
    create,
    publish,
)
from qvdc_agent.adapters.pool_folder import MACHINES
from qvdc_agent.adapters.pool_folders import LocalPoolFolders
from qvdc_agent.domain.machine import DEFAULT_POOL, Disk, MachineUid, Seed, WantedMachine
from qvdc_agent.domain.pool import PoolUid
from qvdc_agent.domain.refusals import StepRefused
from qvdc_agent.domain.seen import FilesView, Unseen


class PlacedMachineFiles:
    """Keeps the MachineFiles' promises over the host's own folder and its pools."""

    def __init__(self, own: Path, folders: LocalPoolFolders) -> None:
        self._own_folder = own
        self._own = PoolMachineFiles(own)
        self._folders = folders

    async def look(self, machine: WantedMachine) -> FilesView:
        """What is there of a machine."""
        own = await self._own.look(machine.uid)
        elsewhere = {disk.disk_id for disk in machine.disks if disk.pool != DEFAULT_POOL}
        disks, anything = set(own.disks) - elsewhere, own.anything
        rooms = self._own_room(machine)
        for pool in sorted(self._pools_of(machine)):
            try:
                found, free = await self._folders.peek(pool, partial(_look, machine.uid))
            except StepRefused as refused:
                if pool not in machine.pools:
                    continue
                why = Unseen(refused.reason, refused.message)
                return FilesView(own.disks, own.seed, anything=True, unseen=why)
            disks |= {disk.disk_id for disk in machine.disks if disk.pool == pool} & (
                found or set()
            )
            anything = anything or found is not None
            rooms += [free] if pool in machine.pools else []
        room = min(rooms, default=None)
        return FilesView(frozenset(disks), own.seed, anything=anything, free_bytes=room)

    async def make_disk(self, uid: MachineUid, disk: Disk, base: Path | None) -> None:
        """Make a disk over `base`, or an empty one; see MachineFiles."""
        if disk.pool == DEFAULT_POOL:
            await self._own.make_disk(uid, disk, base)
            return
        pool, target = PoolUid(disk.pool), self.disk_path(uid, disk)
        if await self._folders.within(pool, partial(_prepare, uid, target)):
            return
        if disk.base is not None and base is not None:
            await check_base(disk, disk.base, base)
        making = _making(target)
        await create(disk, base, making)
        await self._folders.within(pool, lambda _: publish(making, target))

    async def write_seed(self, uid: MachineUid, vm_id: str, seed: Seed) -> None:
        """Write the seed and remove older ones."""
        await self._own.write_seed(uid, vm_id, seed)

    async def remove(self, machine: WantedMachine) -> None:
        """Remove all files of a machine that are this host's, and the disks that it names."""
        for pool in self._pools_of(machine):
            with nullcontext() if pool in machine.pools else suppress(StepRefused):
                await self._folders.within(pool, partial(_remove, machine.uid))
        await self._own.remove(machine.uid)

    def disk_path(self, uid: MachineUid, disk: Disk) -> Path:
        """Where a disk lies, or shall.

        Raises:
            StepRefused: its pool is not this host's.
        """
        if disk.pool == DEFAULT_POOL:
            return self._own.disk_path(uid, disk)
        folder = self._folders.path_of(PoolUid(disk.pool)) / MACHINES / uid
        return folder / f"{disk.disk_id}{DISK_SUFFIX}"

    def seed_path(self, uid: MachineUid, seed: Seed) -> Path:
        """Where a seed lies, or shall."""
        return self._own.seed_path(uid, seed)

    def serial_log(self, uid: MachineUid) -> Path:
        """Where a machine's serial output is kept."""
        return self._own.serial_log(uid)

    async def read_serial(self, uid: MachineUid, offset: int, limit: int) -> tuple[bytes, int, int]:
        """Return a piece of the serial log; see MachineFiles."""
        return await self._own.read_serial(uid, offset, limit)

    def _pools_of(self, machine: WantedMachine) -> set[PoolUid]:
        """Where files of a machine may be: a shared pool is touched only if a disk names it, since
        the machine may live on elsewhere."""
        named = {PoolUid(pool) for pool in machine.pools}
        return named | (set(self._folders.local_uids()) if machine.absent else set())

    def _own_room(self, machine: WantedMachine) -> list[int]:
        if not any(disk.pool == DEFAULT_POOL for disk in machine.disks):
            return []
        with suppress(OSError):
            return [shutil.disk_usage(self._own_folder).free]
        return []


def _look(uid: MachineUid, pool: int) -> tuple[set[str] | None, int]:
    """The ids of a machine's disks in a pool, None without a folder of it, and the room there."""
    room = os.fstatvfs(pool)
    free = room.f_bavail * room.f_frsize
    try:
        folder = os.open(f"{MACHINES}/{uid}", os.O_RDONLY | os.O_DIRECTORY, dir_fd=pool)
    except FileNotFoundError:
        return None, free
    try:
        names = os.listdir(folder)
    finally:
        os.close(folder)
    return {name.removesuffix(DISK_SUFFIX) for name in names if name.endswith(DISK_SUFFIX)}, free


def _prepare(uid: MachineUid, target: Path, pool: int) -> bool:
    """Make the machine's folder; whether the disk is there already."""
    for folder in (MACHINES, f"{MACHINES}/{uid}"):
        with suppress(FileExistsError):
            os.mkdir(folder, 0o711, dir_fd=pool)
    name = f"{MACHINES}/{uid}/{target.name}"
    with suppress(FileNotFoundError):
        os.stat(name, dir_fd=pool)
        return True
    room = os.fstatvfs(pool)
    if room.f_bavail * room.f_frsize < LEAST_FREE_BYTES:
        raise StepRefused("POOL_FULL", "There is no room for a disk.")
    with suppress(FileNotFoundError):
        os.unlink(f"{MACHINES}/{uid}/{_making(target).name}", dir_fd=pool)
    return False


def _remove(uid: MachineUid, pool: int) -> None:
    with suppress(FileNotFoundError):
        shutil.rmtree(f"{MACHINES}/{uid}", dir_fd=pool)


def _making(target: Path) -> Path:
    return target.with_name(f".{target.stem}.making")
