"""The bootable disk image that the demo and the tests run: qcow2, about 20 MB, made offline."""

from __future__ import annotations

import hashlib
import shutil
import struct
import tempfile
from pathlib import Path

from qvdc_lab.guest.initramfs import build_initramfs
from qvdc_lab.guest.materials import Materials, gather
from qvdc_lab.shell import run

SECTOR_BYTES = 512
PARTITION_START_SECTOR = 2048
PARTITION_BYTES = 48 * 1024 * 1024
BOOT_CODE_BYTES = 440
FILESYSTEM_UUID = "51756a6e-7469-4d78-8d67-756573740001"
BUILD_VERSION = b"1"

GRUB_MODULES = ("biosdisk", "part_msdos", "ext2", "linux", "boot")
GRUB_COMMANDS = """\
linux (hd0,msdos1)/vmlinuz console=tty0 console=ttyS0,115200 loglevel=4 panic=5
initrd (hd0,msdos1)/initrd
boot
"""


def build_guest_image(folder: Path) -> Path:
    """Return the guest's qcow2 image in `folder`, building it when its parts have changed.

    Needs qemu-img, mke2fs and grub-mkimage; no root, and no loop device. A second call with
    the same parts only compares their digest.

    Raises:
        LabError: a part is missing and cannot be downloaded, or a tool failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    materials = gather(folder / "materials")
    initramfs = build_initramfs(materials)
    digest = _digest(materials, initramfs)
    image = folder / "quantix-guest.qcow2"
    stamp = folder / "quantix-guest.digest"
    if image.exists() and stamp.exists() and stamp.read_text() == digest:
        return image
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        disk = _assemble(Path(scratch), materials, initramfs)
        packed = Path(scratch) / "guest.qcow2"
        run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-c", str(disk), str(packed)])
        packed.replace(image)
    stamp.write_text(digest)
    return image


def _digest(materials: Materials, initramfs: bytes) -> str:
    parts = hashlib.sha256(BUILD_VERSION)
    parts.update(GRUB_COMMANDS.encode())
    parts.update(initramfs)
    parts.update(materials.kernel.read_bytes())
    return parts.hexdigest()


def _assemble(scratch: Path, materials: Materials, initramfs: bytes) -> Path:
    filesystem = _make_filesystem(scratch, materials, initramfs)
    core = _make_grub_core(scratch, materials)
    disk = scratch / "disk.raw"
    with disk.open("wb") as out:
        out.write(_first_sector((materials.grub / "boot.img").read_bytes()))
        out.write(core)
        assert out.tell() <= PARTITION_START_SECTOR * SECTOR_BYTES
        out.seek(PARTITION_START_SECTOR * SECTOR_BYTES)
        with filesystem.open("rb") as content:
            shutil.copyfileobj(content, out)
    return disk


def _make_filesystem(scratch: Path, materials: Materials, initramfs: bytes) -> Path:
    tree = scratch / "tree"
    tree.mkdir()
    shutil.copyfile(materials.kernel, tree / "vmlinuz")
    (tree / "initrd").write_bytes(initramfs)
    filesystem = scratch / "partition.ext2"
    with filesystem.open("wb") as empty:
        empty.truncate(PARTITION_BYTES)
    options = ["-t", "ext2", "-m", "0", "-L", "quantix", "-U", FILESYSTEM_UUID]
    run(["mke2fs", "-q", *options, "-d", str(tree), str(filesystem)])
    return filesystem


def _make_grub_core(scratch: Path, materials: Materials) -> bytes:
    commands = scratch / "grub.cfg"
    commands.write_text(GRUB_COMMANDS)
    core = scratch / "core.img"
    target = ["-O", "i386-pc", "-d", str(materials.grub), "-p", "(hd0,msdos1)/boot/grub"]
    run(["grub-mkimage", *target, "-c", str(commands), "-o", str(core), *GRUB_MODULES])
    return core.read_bytes()


def _first_sector(boot_code: bytes) -> bytes:
    """Boot code, then a partition table with one bootable Linux partition."""
    sectors = PARTITION_BYTES // SECTOR_BYTES
    entry = struct.pack(
        "<B3sB3sII", 0x80, b"\xfe\xff\xff", 0x83, b"\xfe\xff\xff", PARTITION_START_SECTOR, sectors
    )
    sector = boot_code[:BOOT_CODE_BYTES].ljust(446, b"\0") + entry
    return sector.ljust(SECTOR_BYTES - 2, b"\0") + b"\x55\xaa"
