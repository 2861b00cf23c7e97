"""Disks, seeds and serial logs of machines in the host's own folder, one folder a machine.

`<pool>/machines/<uid>/` holds `<disk id>.qcow2`, `seed-<fingerprint>.iso` and `serial.log`. Files
come into being under another name and are then linked, so what has its name is whole.
"""

import asyncio
import json
import os
import shutil
from datetime import timedelta
from pathlib import Path

from qvdc_agent.adapters.command import run
from qvdc_agent.adapters.seed import seed_image
from qvdc_agent.domain.machine import DEFAULT_POOL, BaseImage, Disk, ImageFormat, MachineUid, Seed
from qvdc_agent.domain.refusals import StepRefused
from qvdc_agent.domain.seen import FilesView
from qvdc_core.units import MIB

TOOL_DEADLINE = timedelta(seconds=60)
LEAST_FREE_BYTES = 64 * MIB
"""A disk is not made in a pool with less: its first writes would stop the guest."""
DISK_SUFFIX = ".qcow2"
SERIAL_LOG = "serial.log"


class PoolMachineFiles:
    """Keeps the MachineFiles' promises in the folder of one pool."""

    def __init__(self, pool: Path) -> None:
        self._machines = pool / "machines"

    async def look(self, uid: MachineUid) -> FilesView:
        """What is there of a machine."""
        return await asyncio.to_thread(_look, self._folder(uid))

    async def make_disk(self, uid: MachineUid, disk: Disk, base: Path | None) -> None:
        """Make a disk over `base`, or an empty one; see MachineFiles."""
        target = self.disk_path(uid, disk)
        if target.exists():
            return
        folder = self._make_folder(uid)
        if shutil.disk_usage(folder).free < LEAST_FREE_BYTES:
            raise StepRefused("POOL_FULL", f"The pool {DEFAULT_POOL} has no room for a disk.")
        if disk.base is not None and base is not None:
            await check_base(disk, disk.base, base)
        making = folder / f".{disk.disk_id}.making"
        making.unlink(missing_ok=True)
        await create(disk, base, making)
        await asyncio.to_thread(publish, making, target)

    async def write_seed(self, uid: MachineUid, vm_id: str, seed: Seed) -> None:
        """Write the seed and remove older ones."""
        target = self.seed_path(uid, seed)
        self._make_folder(uid)
        await asyncio.to_thread(_write_seed, target, vm_id, seed)

    async def remove(self, uid: MachineUid) -> None:
        """Remove all files of a machine."""
        try:
            await asyncio.to_thread(shutil.rmtree, self._folder(uid))
        except FileNotFoundError:
            return
        except OSError as error:
            raise StepRefused("FILES_STAY", str(error)) from error

    def disk_path(self, uid: MachineUid, disk: Disk) -> Path:
        """Where a disk lies, or shall."""
        return self._folder(uid) / f"{disk.disk_id}{DISK_SUFFIX}"

    def seed_path(self, uid: MachineUid, seed: Seed) -> Path:
        """Where a seed lies, or shall."""
        return self._folder(uid) / f"seed-{seed.fingerprint}.iso"

    def serial_log(self, uid: MachineUid) -> Path:
        """Where a machine's serial output is kept; older parts lie beside it, with numbers."""
        return self._folder(uid) / SERIAL_LOG

    async def read_serial(self, uid: MachineUid, offset: int, limit: int) -> tuple[bytes, int, int]:
        """Return a piece of the serial log; see MachineFiles."""
        return await asyncio.to_thread(_read_parts, self.serial_log(uid), offset, limit)

    def _folder(self, uid: MachineUid) -> Path:
        return self._machines / uid

    def _make_folder(self, uid: MachineUid) -> Path:
        folder = self._folder(uid)
        folder.mkdir(parents=True, exist_ok=True, mode=0o711)
        return folder


def _look(folder: Path) -> FilesView:
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return FilesView()
    seeds = sorted(name for name in names if name.startswith("seed-") and name.endswith(".iso"))
    return FilesView(
        disks=frozenset(
            name.removesuffix(DISK_SUFFIX) for name in names if name.endswith(DISK_SUFFIX)
        ),
        seed=seeds[0].removeprefix("seed-").removesuffix(".iso") if len(seeds) == 1 else None,
        anything=True,
    )


async def create(disk: Disk, base: Path | None, target: Path) -> None:
    """Make an overlay over `base`, or an empty disk, at `target`.

    Raises:
        StepRefused: the tool refused.
    """
    argv = ["qemu-img", "create", "-q", "-f", "qcow2"]
    if disk.base is not None and base is not None:
        argv += ["-F", _tool_format(disk.base.format), "-b", str(base)]
    argv += [str(target), str(disk.size_bytes)]
    await run(argv, reason="DISK_REFUSED", within=TOOL_DEADLINE)


async def check_base(disk: Disk, base: BaseImage, path: Path) -> None:
    """Refuse a base that is larger than the disk, or that would have QEMU open further files.

    Raises:
        StepRefused: it is refused, or cannot be read.
    """
    expected = _tool_format(base.format)
    told = await run(
        ["qemu-img", "info", "--output=json", "-f", expected, str(path)],
        reason="BASE_REFUSED",
        within=TOOL_DEADLINE,
    )
    found = json.loads(told)
    size_bytes = int(found["virtual-size"])
    special = found.get("format-specific", {}).get("data", {})
    if found.get("backing-filename") or special.get("data-file"):
        raise StepRefused("BASE_UNSAFE", "The image refers to further files.", final=True)
    if disk.size_bytes < size_bytes:
        message = (
            f"The disk {disk.disk_id} of {disk.size_bytes} bytes is smaller than its image of"
            f" {size_bytes} bytes."
        )
        raise StepRefused("BASE_LARGER_THAN_DISK", message, final=True)


def _tool_format(image_format: ImageFormat) -> str:
    return "qcow2" if image_format is ImageFormat.QCOW2 else "raw"


def publish(making: Path, target: Path) -> None:
    """Give a finished file its name, on disk, and never over one that has it."""
    with making.open("rb") as file:
        os.fsync(file.fileno())
    try:
        os.link(making, target)
    except FileExistsError:
        return
    finally:
        making.unlink()
    _sync_folder(target.parent)


def _write_seed(target: Path, vm_id: str, seed: Seed) -> None:
    making = target.with_name(".seed.making")
    making.unlink(missing_ok=True)
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(seed_image(vm_id, seed))
        file.flush()
        os.fsync(file.fileno())
    making.replace(target)
    for older in target.parent.glob("seed-*.iso"):
        if older != target:
            older.unlink()
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_parts(newest: Path, offset: int, limit: int) -> tuple[bytes, int, int]:
    """Read over the parts of a rotated log as if they were one file, the oldest first."""
    older = [part for part in newest.parent.glob(f"{newest.name}.*") if part.suffix[1:].isdigit()]
    older.sort(key=lambda part: int(part.suffix[1:]), reverse=True)
    sizes = [(part, part.stat().st_size) for part in [*older, newest] if part.exists()]
    total = sum(size for _, size in sizes)
    begin = max(0, total + offset) if offset < 0 else min(offset, total)
    content, skipped = b"", 0
    for part, size in sizes:
        if len(content) < limit and skipped + size > begin:
            with part.open("rb") as file:
                file.seek(max(0, begin - skipped))
                content += file.read(limit - len(content))
        skipped += size
    return content, begin, total
