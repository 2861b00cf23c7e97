"""Guests defined straight through libvirt and OVN, for tests of the lab itself."""

from __future__ import annotations

import os
import tty
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qvdc_lab.hosts.host import Host
from qvdc_lab.lab import Lab
from qvdc_lab.shell import run

OFFLOADS = " ".join(f"{name}='off'" for name in ("csum", "tso4", "tso6", "ecn", "ufo"))

DOMAIN = f"""
<domain type='qemu'>
  <name>{{name}}</name><uuid>{{uuid}}</uuid>
  <memory unit='MiB'>192</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <features><acpi/></features>
  <cpu mode='custom'><model>qemu64</model></cpu>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='{{disk}}'/><target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='{{seed}}'/><target dev='vdb' bus='virtio'/><readonly/>
    </disk>
    <interface type='bridge'>
      <mac address='{{mac}}'/><source bridge='br-int'/>
      <virtualport type='openvswitch'><parameters interfaceid='{{port}}'/></virtualport>
      <model type='virtio'/>
      <driver name='qemu'>
        <host {OFFLOADS} gso='off' mrg_rxbuf='off'/><guest {OFFLOADS}/>
      </driver>
    </interface>
    <serial type='pty'><log file='{{serial}}'/></serial>
  </devices>
</domain>
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """A guest on `host` with a port on the overlay."""

    name: str
    host: Host
    port: str
    mac: str

    @property
    def serial(self) -> Path:
        """The serial log, as the test sees it."""
        return self.host.folders.disk / f"lib/libvirt/images/{self.name}.log"

    def define(self, image: Path, user_data: str = "") -> None:
        """Make disk and seed on the host, and the libvirt domain; not started."""
        folder = self.host.folders.disk / "lib/libvirt/images"
        (folder / "base.qcow2").write_bytes(image.read_bytes())
        seen = "/var/lib/libvirt/images"
        disk, seed = f"{seen}/{self.name}.qcow2", f"{seen}/{self.name}.iso"
        backing = ["-F", "qcow2", "-b", f"{seen}/base.qcow2"]
        self.host.run(["qemu-img", "create", "-q", "-f", "qcow2", *backing, disk])
        source = folder / f"{self.name}.seed"
        source.mkdir()
        (source / "meta-data").write_text(f"instance-id: i-1\nlocal-hostname: {self.name}\n")
        (source / "user-data").write_text(user_data)
        files = [str(source / "meta-data"), str(source / "user-data")]
        options = ["-quiet", "-V", "cidata", "-J", "-r", "-o", str(folder / f"{self.name}.iso")]
        run(["genisoimage", *options, *files])
        xml = DOMAIN.format(
            name=self.name,
            uuid=uuid.uuid4(),
            disk=disk,
            seed=seed,
            mac=self.mac,
            port=self.port,
            serial=f"{seen}/{self.name}.log",
        )
        (folder / f"{self.name}.xml").write_text(xml)
        self.host.run(["virsh", "-q", "-c", "qemu:///system", "define", f"{seen}/{self.name}.xml"])

    def start(self) -> None:
        """Start the guest."""
        self.host.run(["virsh", "-q", "-c", "qemu:///system", "start", self.name])


@dataclass(frozen=True, slots=True)
class Console:
    """An open serial console; QEMU notices within a second that somebody opened it."""

    descriptor: int

    def type(self, line: str) -> None:
        """Type `line` into the guest's shell, and the return key."""
        os.write(self.descriptor, f"{line}\n".encode())


@contextmanager
def open_console(host: Host, domain: str) -> Iterator[Console]:
    """Open the serial console of `domain` (name or UUID) on `host`, to type on."""
    terminal = host.run(["virsh", "-c", "qemu:///system", "ttyconsole", domain])
    descriptor = os.open(terminal.strip(), os.O_RDWR | os.O_NOCTTY)
    try:
        tty.setraw(descriptor)
        yield Console(descriptor)
    finally:
        os.close(descriptor)


def add_overlay(lab: Lab, machines: list[Machine], *, subnet: str, first: str) -> list[str]:
    """Make one logical switch with DHCP and a port for each machine; return the addresses."""
    nb = ["ovn-nbctl", f"--db={lab.ovn.northbound}", "--timeout=10"]
    run([*nb, "ls-add", "blue"])
    run([*nb, "set", "Logical_Switch", "blue", f"other_config:subnet={subnet}"])
    options = run(
        [
            *(*nb, "create", "DHCP_Options", f"cidr={subnet}"),
            *(f"options:server_id={first}", "options:server_mac=0a:00:00:00:00:01"),
            *("options:lease_time=3600", "options:mtu=1442"),
        ]
    ).strip()
    addresses = []
    base, _, last = first.rpartition(".")
    for offset, machine in enumerate(machines, start=1):
        address = f"{base}.{int(last) + offset}"
        run([*nb, "lsp-add", "blue", machine.port])
        run([*nb, "lsp-set-addresses", machine.port, f"{machine.mac} {address}"])
        run([*nb, "lsp-set-dhcpv4-options", machine.port, options])
        addresses.append(address)
    return addresses
