"""The guest's whole userspace: busybox, kernel modules in loading order, and its scripts."""

from __future__ import annotations

import lzma
import subprocess
from pathlib import Path

from qvdc_lab.guest.cpio import Archive
from qvdc_lab.guest.materials import Materials
from qvdc_lab.shell import run

FOLDERS = ("bin", "dev", "etc", "modules", "proc", "sys", "tmp")

# Drivers for every way a disk, a NIC or a seed is attached here: virtio, virtio-scsi and IDE.
# Debian's cloud kernel has no AHCI, so SATA is not among them.
DRIVERS = (
    "virtio_pci",
    "virtio_net",
    "virtio_blk",
    "virtio_scsi",
    "virtio_balloon",
    "virtio_console",
    "ata_piix",
    "sd_mod",
    "sr_mod",
    "isofs",
    "vfat",
    "nls_ascii",
    "nls_cp437",
    "button",
    "evdev",
)

SCRIPTS = {
    "init": "init.sh",
    "bin/dhcp-event": "dhcp-event.sh",
    "bin/fetch": "fetch.sh",
    "bin/stop": "stop.sh",
}


def build_initramfs(materials: Materials) -> bytes:
    """Return the compressed initramfs; the same materials give the same bytes."""
    archive = Archive()
    for folder in FOLDERS:
        archive.add_folder(folder)
    archive.add_console()
    archive.add_file("bin/busybox", materials.busybox.read_bytes(), executable=True)
    archive.add_link("bin/sh", "busybox")
    for path, script in SCRIPTS.items():
        archive.add_file(path, script_text(script), executable=True)
    modules = loading_order(materials.modules)
    for module in modules:
        archive.add_file(f"modules/{_plain_name(module)}", _module_bytes(module))
    order = "".join(f"{_plain_name(module)}\n" for module in modules)
    archive.add_file("modules/order", order.encode())
    return archive.compressed()


def script_text(script: str) -> bytes:
    """Return one of the guest's scripts, which lie beside this module."""
    return (Path(__file__).parent / script).read_bytes()


def loading_order(modules: Path) -> list[Path]:
    """Return DRIVERS and what they need, each after its needs; built-in ones are left out."""
    needs = _dependencies(modules)
    by_name = {_plain_name(path).removesuffix(".ko"): path for path in needs}
    ordered: dict[Path, None] = {}
    for driver in DRIVERS:
        path = by_name.get(driver)
        if path is None:
            continue
        for needed in [*reversed(needs[path]), path]:
            ordered.setdefault(needed)
    return list(ordered)


def _dependencies(modules: Path) -> dict[Path, list[Path]]:
    index = modules / "modules.dep"
    if not index.exists():
        run(["depmod", "-b", str(modules.parents[2]), modules.name])
    needs: dict[Path, list[Path]] = {}
    for line in index.read_text().splitlines():
        module, _, dependencies = line.partition(":")
        needs[modules / module] = [modules / needed for needed in dependencies.split()]
    return needs


def _plain_name(module: Path) -> str:
    return module.name.removesuffix(".xz").removesuffix(".zst").replace("-", "_")


def _module_bytes(module: Path) -> bytes:
    if module.suffix == ".xz":
        return lzma.decompress(module.read_bytes())
    if module.suffix == ".zst":
        return subprocess.run(["zstd", "-dc", module], capture_output=True, check=True).stdout
    return module.read_bytes()
