"""What a guest is made of: a kernel with its modules, busybox, and GRUB's first sectors.

Taken from this machine where it has them; else Debian's packages are downloaded and unpacked
beside the image, so that nothing of the machine itself changes and no root is needed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from qvdc_lab.errors import LabError
from qvdc_lab.shell import CommandFailed, run

KERNEL_PACKAGES = ("linux-image-cloud-amd64", "linux-image-virtual")
DOWNLOAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Materials:
    """The parts of a guest, as paths."""

    kernel: Path
    modules: Path
    busybox: Path
    grub: Path


def gather(folder: Path) -> Materials:
    """Find every part on this machine, or download its package into `folder`.

    Repeating it downloads nothing twice.

    Raises:
        LabError: a part is neither here nor to be had from the package sources.
    """
    root = _kernel_root(folder)
    kernel = _newest_kernel(root)
    assert kernel is not None
    return Materials(
        kernel=kernel,
        modules=root / "lib/modules" / kernel.name.removeprefix("vmlinuz-"),
        busybox=_static_busybox(folder),
        grub=_grub(folder),
    )


def _kernel_root(folder: Path) -> Path:
    if _newest_kernel(Path("/")) is not None:
        return Path("/")
    unpacked = folder / "kernel"
    if _newest_kernel(unpacked) is None:
        for package in _kernel_packages():
            _unpack(package, unpacked)
    return unpacked


def _newest_kernel(root: Path) -> Path | None:
    """Any Linux with its modules will do; those made for virtual machines come first."""
    kernels = [
        kernel
        for kernel in root.glob("boot/vmlinuz-*")
        if (root / "lib/modules" / kernel.name.removeprefix("vmlinuz-") / "kernel").is_dir()
    ]
    return max(kernels, key=_preference, default=None)


def _preference(kernel: Path) -> tuple[bool, list[int]]:
    made_for_machines = kernel.name.endswith("-cloud-amd64")
    return made_for_machines, [int(number) for number in re.findall(r"\d+", kernel.name)]


def _kernel_packages() -> list[str]:
    """The kernel's own package; Ubuntu keeps its modules in a second one."""
    for meta in KERNEL_PACKAGES:
        try:
            listing = run(["apt-cache", "depends", "--recurse", "--important", meta])
        except CommandFailed:
            continue
        found = re.findall(r"^(linux-(?:image|modules)-\d\S+)$", listing, re.MULTILINE)
        if found:
            return sorted(set(found))
    raise LabError(
        "The guest image needs a kernel",
        f"the package sources know none of {', '.join(KERNEL_PACKAGES)}",
        remedy="run `apt-get update`, or install linux-image-cloud-amd64",
    )


def _static_busybox(folder: Path) -> Path:
    installed = Path("/usr/bin/busybox")
    if installed.is_file() and not _has_interpreter(installed):
        return installed
    unpacked = folder / "busybox"
    for place in (unpacked / "usr/bin/busybox", unpacked / "bin/busybox"):
        if place.is_file():
            return place
    _unpack("busybox-static", unpacked)
    return next(place for place in unpacked.glob("**/bin/busybox"))


def _has_interpreter(program: Path) -> bool:
    return b"ld-linux" in program.read_bytes()[:4096]


def _grub(folder: Path) -> Path:
    installed = Path("/usr/lib/grub/i386-pc")
    if (installed / "boot.img").is_file():
        return installed
    unpacked = folder / "grub" / "usr/lib/grub/i386-pc"
    if not (unpacked / "boot.img").is_file():
        _unpack("grub-pc-bin", folder / "grub")
    return unpacked


def _unpack(package: str, into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    try:
        run(["apt-get", "download", package], folder=into, within=DOWNLOAD)
    except CommandFailed as error:
        raise LabError(
            f"Could not download the package {package} for the guest image",
            str(error),
            remedy="check the network and run `apt-get update`",
        ) from error
    for archive in into.glob("*.deb"):
        run(["dpkg-deb", "-x", str(archive), str(into)])
        archive.unlink()
