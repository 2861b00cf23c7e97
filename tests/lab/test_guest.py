"""The test guest, run by QEMU alone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from qvdc_lab.errors import LabError
from qvdc_lab.shell import run, wait_for

pytestmark = pytest.mark.lab

BOOTING = timedelta(seconds=90)
USER_DATA = "#!/bin/sh\necho user data ran on $(hostname)\nfetch 127.0.0.1\n"


@pytest.mark.parametrize("seed_bus", ["virtio", "ide"])
def test_the_guest_boots_obeys_its_seed_and_its_power_button(
    guest_image: Path, tmp_path: Path, seed_bus: str
) -> None:
    with _running_guest(guest_image, tmp_path, seed_bus) as (guest, serial):
        _wait_for_line(serial, "user-data finished status=0")

        said = serial.read_text(errors="replace")
        assert "quantix-guest ready hostname=web-1 address=10.0.2.15 boots=1" in said
        assert "user data ran on web-1" in said
        assert "quantix-guest fetched from=127.0.0.1 body=hello from web-1" in said

        _press_power_button(tmp_path / "qmp")
        assert guest.wait(timeout=60) == 0
        assert "quantix-guest stopping hostname=web-1" in serial.read_text(errors="replace")


@contextmanager
def _running_guest(
    image: Path, folder: Path, seed_bus: str
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    disk, seed, serial = folder / "disk.qcow2", folder / "seed.iso", folder / "serial"
    backing = ["-F", "qcow2", "-b", str(image)]
    run(["qemu-img", "create", "-q", "-f", "qcow2", *backing, str(disk)])
    (folder / "meta-data").write_text("instance-id: i-1\nlocal-hostname: web-1\n")
    (folder / "user-data").write_text(USER_DATA)
    files = [str(folder / "meta-data"), str(folder / "user-data")]
    run(["genisoimage", "-quiet", "-o", str(seed), "-V", "cidata", "-J", "-r", *files])
    seed_drive = f"file={seed},format=raw,if={seed_bus},readonly=on"
    command = [
        *("qemu-system-x86_64", "-accel", "tcg", "-cpu", "qemu64", "-m", "256"),
        *("-display", "none", "-serial", f"file:{serial}"),
        *("-drive", f"file={disk},if=virtio"),
        *("-drive", seed_drive + (",media=cdrom" if seed_bus == "ide" else "")),
        *("-netdev", "user,id=n", "-device", "virtio-net-pci,netdev=n"),
        *("-qmp", f"unix:{folder / 'qmp'},server,nowait"),
    ]
    guest = subprocess.Popen(command)
    try:
        yield guest, serial
    finally:
        guest.kill()
        guest.wait()


def _wait_for_line(serial: Path, text: str) -> None:
    wait_for(
        lambda: serial.exists() and text in serial.read_text(errors="replace"),
        within=BOOTING,
        otherwise=lambda: LabError(f"the guest never said {text!r}", log=serial),
    )


def _press_power_button(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as monitor:
        monitor.connect(os.path.relpath(path))
        lines = monitor.makefile("rw")
        lines.readline()
        for verb in ("qmp_capabilities", "system_powerdown"):
            lines.write(json.dumps({"execute": verb}) + "\n")
            lines.flush()
            lines.readline()
