"""A real host for tests: libvirt, QEMU without KVM, and OVS, in namespaces of its own."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from qvdc_agent.domain.definition import DiskFile
from qvdc_agent.domain.machine import ImageFormat
from qvdc_lab.guest.image import build_guest_image

SCRIPT = Path(__file__).with_name("host.sh")
GUEST_FOLDER = Path(__file__).parents[4] / "build" / "guest"
START_SECONDS = 60
NEEDED = ("libvirtd", "virtlogd", "qemu-system-x86_64", "qemu-img", "ovs-vswitchd", "unshare")


@dataclass
class LabHost:
    """A running host; killing it is a power loss."""

    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def libvirt_uri(self) -> str:
        return f"qemu+unix:///system?socket={self.folder}/run/libvirt/libvirt-sock"

    @property
    def ovs_db(self) -> str:
        return f"unix:{self.folder}/run/openvswitch/db.sock"

    def virsh(self, *arguments: str, check: bool = True) -> str:
        """What virsh says; the way a person on the host would act."""
        done = subprocess.run(
            ["virsh", "-q", "-c", self.libvirt_uri, *arguments],
            check=check,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout.strip()

    def inside(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command inside the host."""
        first = _child_of(self.process.pid)
        enter = ["nsenter", "-t", str(first), "-m", "-n", "-u", "-p"]
        return subprocess.run(
            [*enter, *command], check=False, capture_output=True, text=True, timeout=60
        )

    def kill_libvirtd(self) -> None:
        """Kill libvirtd; its supervisor starts it again."""
        pid = (self.folder / "libvirtd.pid").read_text().strip()
        self.inside("kill", "-KILL", pid)


@pytest.fixture(scope="session")
def lab_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabHost]:
    missing = [name for name in NEEDED if shutil.which(name, path=_PATH) is None]
    if os.geteuid() != 0 or missing:
        reason = f"needs root and {', '.join(missing) or 'nothing else'}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("host")
    log = (folder / "host.log").open("wb")
    process = subprocess.Popen(
        [
            "unshare", "--mount", "--net", "--uts", "--pid", "--mount-proc",
            "--fork", "--kill-child=KILL", "bash", str(SCRIPT), str(folder),
        ],
        stdout=log,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PATH": _PATH},
    )  # fmt: skip
    host = LabHost(folder, process)
    try:
        _await_libvirt(host)
        yield host
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        log.close()


@pytest.fixture(scope="session")
def guest_image() -> Path:
    """The lab's guest: it prints `quantix-guest ready` and obeys its power button."""
    return build_guest_image(GUEST_FOLDER)


@pytest.fixture
def guest(guest_image: Path, tmp_path: Path) -> DiskFile:
    """A copy of the guest of its own."""
    own = tmp_path / "guest.qcow2"
    shutil.copyfile(guest_image, own)
    return DiskFile(own, ImageFormat.QCOW2, serial="root", boot_order=1)


_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def _await_libvirt(host: LabHost) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if host.process.poll() is not None:
            break
        if host.virsh("uri", check=False):
            return
        time.sleep(0.2)
    pytest.fail(f"the host did not come up:\n{(host.folder / 'host.log').read_text()}")


def _child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
