"""What a lab host keeps: a disk that outlives reboots, a /run that does not, an identity."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

DISK_FOLDERS = (
    "etc/libvirt",
    "etc/openvswitch",
    "etc/quantix",
    "lib/libvirt/images",
    "lib/openvswitch",
    "lib/quantix",
    "cache/libvirt",
    "log/libvirt",
    "log/openvswitch",
    "log/ovn",
)
# Where those of DISK_FOLDERS that no Debian package makes are seen inside a host.
MOUNT_POINTS = (Path("/etc/quantix"), Path("/var/lib/quantix"), Path("/etc/openvswitch"))

LIBVIRTD_CONF = """\
listen_tls = 0
listen_tcp = 1
listen_addr = "{address}"
auth_tcp = "none"
auth_unix_rw = "none"
host_uuid = "{uuid}"
"""

QEMU_CONF = """\
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
namespaces = []
cgroup_controllers = []
migration_host = "{address}"
migration_address = "{address}"
"""


@dataclass(frozen=True, slots=True)
class HostFolders:
    """Everything of one host on the lab's machine, under `root`."""

    root: Path

    @property
    def disk(self) -> Path:
        """What outlives a power loss."""
        return self.root / "disk"

    @property
    def volatile(self) -> Path:
        """The host's /run: emptied at each boot."""
        return self.root / "run"

    @property
    def daemons(self) -> Path:
        """Pid files and logs of what runs in the host, as the lab sees it."""
        return self.root / "daemons"

    @property
    def units(self) -> Path:
        """What the host starts at boot, beside what every host has."""
        return self.root / "units"

    @property
    def boot_id(self) -> str:
        """The boot id that the host shows now."""
        return (self.root / "identity/boot_id").read_text().strip()

    @property
    def machine_id(self) -> str:
        """The host's machine id: 32 hexadecimal digits, for life."""
        return (self.root / "identity/machine-id").read_text().strip()

    @property
    def uuid(self) -> str:
        """The machine id in the form of a UUID."""
        return str(uuid.UUID(self.machine_id))

    def install(self, name: str, address: IPv4Address) -> None:
        """Make the host's disk and identity where missing; its settings are always written."""
        for folder in DISK_FOLDERS:
            (self.disk / folder).mkdir(parents=True, exist_ok=True)
        identity = self.root / "identity"
        identity.mkdir(exist_ok=True)
        self.daemons.mkdir(exist_ok=True)
        if not (identity / "machine-id").exists():
            (identity / "machine-id").write_text(f"{uuid.uuid4().hex}\n")
        (identity / "hostname").write_text(f"{name}\n")
        settings = {"address": str(address), "uuid": self.uuid}
        (self.disk / "etc/libvirt/libvirtd.conf").write_text(LIBVIRTD_CONF.format(**settings))
        (self.disk / "etc/libvirt/qemu.conf").write_text(QEMU_CONF.format(**settings))

    def begin_boot(self) -> None:
        """Give the host a new boot id and an empty /run."""
        (self.root / "identity/boot_id").write_text(f"{uuid.uuid4()}\n")
        shutil.rmtree(self.volatile, ignore_errors=True)
        for folder in ("openvswitch", "ovn", "libvirt", "lock"):
            (self.volatile / folder).mkdir(parents=True, exist_ok=True)


def make_mount_points() -> None:
    """Make the empty folders over which hosts mount their own; needs root, safe to repeat."""
    for folder in MOUNT_POINTS:
        folder.mkdir(parents=True, exist_ok=True)
