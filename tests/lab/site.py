"""A whole site on the lab: every service, three hosts, the demo's machine, and what to ask it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console as Screen

from qvdc_lab.control_plane.ready import wait_until_ready
from qvdc_lab.control_plane.services import bootstrap_key_file, secrets_folder, services_of
from qvdc_lab.demo.demo import Demo, door_url
from qvdc_lab.demo.door import Door
from qvdc_lab.hosts.host import Host
from qvdc_lab.lab import Lab, lab_in
from qvdc_lab.shell import run
from qvdc_lab.supervise import freeze, stop_all, thaw
from qvdc_lab.telling import Teller
from qvdc_rpc.tls import TlsFiles

HOSTS = 3
NODES = "quantix.node.v1.NodeService"


@dataclass(frozen=True, slots=True)
class Site:
    """A lab after `make demo`.

    Args:
        told: what the last demo said.
    """

    lab: Lab
    told: Path

    def run_demo(self) -> None:
        """Bring up what is missing of the demo."""
        with self.told.open("w") as out:
            Demo(self.lab, Teller(Screen(file=out, width=200))).run()

    @property
    def door(self) -> Door:
        """The door, opened with the bootstrap key."""
        return Door(door_url(self.lab), bootstrap_key_file(self.lab).read_text().strip())

    @property
    def vm_service(self) -> TlsFiles:
        """The certificate with which agents are told what to run."""
        folder = secrets_folder(self.lab) / "vm"
        return TlsFiles(*(folder / name for name in ("cert.pem", "key.pem", "ca.pem")))

    def nodes(self) -> dict[str, Mapping[str, Any]]:
        """Return the nodes, by hostname."""
        listed = self.door.call(f"{NODES}/ListNodes", {"pageSize": 1000}).get("nodes", [])
        return {node["hostname"]: node for node in listed}

    def etcd_keys(self, prefix: str) -> list[str]:
        """Return the keys below `prefix`."""
        command = ["etcdctl", "--endpoints", self.lab.etcd.endpoint, "get", "--prefix"]
        environment = {**os.environ, "ETCDCTL_API": "3"}
        return run([*command, "--keys-only", prefix], environment=environment).split()

    def led_loops(self) -> set[str]:
        """Return the loops that somebody leads."""
        return {key.rpartition("/")[2] for key in self.etcd_keys("/quantix/leaders/")}

    def sessions(self) -> set[str]:
        """Return the keys of the hosts' sessions."""
        return {key for key in self.etcd_keys("/quantix/nodes/") if key.endswith("/session")}

    def stop_control_plane(self) -> None:
        """Stop every service and etcd."""
        stop_all(self.lab.daemons, {service.name for service in services_of(self.lab)})
        self.lab.etcd.down()

    def start_control_plane(self) -> None:
        """Undo `stop_control_plane`; return once every service is ready."""
        self.lab.etcd.up()
        for service in services_of(self.lab):
            service.start()
        wait_until_ready(services_of(self.lab))

    def freeze_control_plane(self) -> None:
        """Have every service and etcd stand still: they take connections and say nothing."""
        for pid_file in self._control_plane():
            freeze(pid_file)

    def thaw_control_plane(self) -> None:
        """Undo `freeze_control_plane`; return once every service is ready."""
        for pid_file in self._control_plane():
            thaw(pid_file)
        wait_until_ready(services_of(self.lab))

    def _control_plane(self) -> list[Path]:
        services = [service.daemon.pid_file for service in services_of(self.lab)]
        return [*services, self.lab.daemons / "etcd.pid"]


def site_in(folder: Path) -> Site:
    """Return the site kept below `folder`; nothing is started yet."""
    lab = lab_in(folder, host_count=HOSTS)
    return Site(lab, lab.run_folder / "told")


def machine_processes(host: Host) -> set[int]:
    """Return the QEMU processes of a host: the same ones mean untouched machines."""
    names = {pid: _name_of(pid) for pid in host.pids()}
    return {pid for pid, name in names.items() if name.startswith("qemu-system")}


def _name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""  # it ended since it was listed
