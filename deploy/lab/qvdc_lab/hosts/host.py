"""One hypervisor host of the lab: a network, mount and UTS namespace with real daemons in it."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from qvdc_lab.errors import LabError
from qvdc_lab.hosts.folders import HostFolders
from qvdc_lab.hosts.network import ROLES, Cabling
from qvdc_lab.hosts.openvswitch import SwitchSettings, start_switch
from qvdc_lab.names import Names
from qvdc_lab.shell import MINUTE, CommandFailed, run, wait_for
from qvdc_lab.supervise import Daemon, must_live, start, stop

BOOT_SCRIPT = Path(__file__).with_name("boot.sh")
OVN_SOUTHBOUND_PORT = 6642
DYING = timedelta(seconds=15)
STARTING = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Host:
    """A host that can be started, cut off, rebooted and torn down; `number` counts from 1.

    Every method may be repeated, and called from another process than the one before it: what
    a host is lies in its folder and in the kernel, not in this object.
    """

    name: str
    number: int
    names: Names
    folders: HostFolders

    @property
    def address(self) -> str:
        """The host's address on the management network."""
        return str(self.names.host_address(self.names.management, self.number))

    @property
    def run_folder(self) -> Path:
        """The folder of the lab that the host belongs to."""
        return self.folders.root.parents[1]

    @property
    def running(self) -> bool:
        """Whether the host is powered on."""
        return self._first_process().pid() is not None

    def power_on(self) -> bool:
        """Boot the host, with a new boot id, unless it is on; return whether it was off.

        Raises:
            LabError: a daemon of the host did not come up.
        """
        if self.running:
            self._start_daemons()
            self._start_units()
            return False
        self.power_loss()  # a watchdog may still be at it
        cabling = Cabling(self.names)
        cabling.lay_cables(self.name, self.number)
        cabling.plug(self.number)
        cabling.address_management(self.name, self.number)
        self.folders.install(self.name, self.names.host_address(self.names.management, self.number))
        self.folders.begin_boot()
        start(self._first_process())
        self._wait_for_mounts()
        self._start_daemons()
        self._start_units()
        return True

    def power_loss(self) -> None:
        """Pull the plug: silence on every NIC at once, then SIGKILL to every process."""
        stop(self._watchdog().pid_file)
        self.cut_power()

    def cut_power(self) -> None:
        """Do what `power_loss` does, without ending the watchdog first, which is who may ask.

        Raises:
            LabError: a process of the host survives SIGKILL.
        """
        cabling = Cabling(self.names)
        with suppress(CommandFailed):
            cabling.unplug(self.number)
        wait_for(
            self._kill_everything,
            within=DYING,
            otherwise=lambda: LabError(f"Host {self.name} survives SIGKILL", str(self.pids())),
        )
        for pid_file in self.folders.daemons.glob("*.pid"):
            if pid_file != self._watchdog().pid_file:
                pid_file.unlink(missing_ok=True)

    def reboot(self) -> None:
        """Lose power and boot again: a new boot id, an empty /run, the same disk."""
        self.power_loss()
        self.power_on()

    def network_loss(self, roles: tuple[str, ...] = ROLES) -> None:
        """Cut the host off these networks; its processes go on."""
        Cabling(self.names).unplug(self.number, roles)

    def network_back(self, roles: tuple[str, ...] = ROLES) -> None:
        """Undo `network_loss`."""
        Cabling(self.names).plug(self.number, roles)

    def control_plane_loss(self) -> None:
        """Lose every packet to and from the control plane; the other hosts stay in reach."""
        Cabling(self.names).lose_control_plane(self.name, self.number)

    def control_plane_back(self) -> None:
        """Undo `control_plane_loss`."""
        Cabling(self.names).find_control_plane(self.name, self.number)

    def remove(self) -> None:
        """Power off and remove the namespace and NICs; the host's disk stays."""
        self.power_loss()
        Cabling(self.names).remove_cables(self.name, self.number)

    def pids(self) -> list[int]:
        """Return every process in the host's network namespace, its guests' included."""
        namespace = self.names.namespace(self.name)
        if not Path("/run/netns", namespace).exists():
            return []
        return [int(pid) for pid in run(["ip", "netns", "pids", namespace]).split()]

    def run(self, command: Sequence[str], *, within: timedelta = MINUTE) -> str:
        """Run `command` inside the host to its end and return its standard output."""
        return run([*self.entering(), *command], within=within)

    def keep(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Run `command` inside the host from now on, restarted at once whenever it ends."""
        keeper = [*self.entering(), sys.executable, "-m", "qvdc_lab.keeper", *command]
        daemon = Daemon(name, keeper, self.folders.daemons, environment or {})
        start(daemon)
        must_live(daemon, f"{name} on host {self.name}")

    def install(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Keep `command` running in the host now and after each boot from now on."""
        self.folders.units.mkdir(exist_ok=True)
        unit = self.folders.units / f"{name}.json"
        unit.touch(mode=0o600)
        unit.write_text(json.dumps({"command": list(command), "environment": dict(environment)}))
        self.keep(name, command, environment)

    def stop_keeping(self, name: str) -> bool:
        """End what `keep` runs under `name`; return whether it ran."""
        return stop(self.folders.daemons / f"{name}.pid")

    def log(self, name: str) -> Path:
        """Return the log of what `keep` runs under `name`."""
        return self.folders.daemons / f"{name}.log"

    def entering(self) -> list[str]:
        """Return the words that, put before a command, run it inside the host.

        Raises:
            LabError: the host is off.
        """
        pid = self._first_process().pid()
        if pid is None:
            raise LabError(f"Host {self.name} is off", remedy=f"qvdc-lab host start {self.name}")
        return ["nsenter", "-t", str(pid), "-n", "-m", "-u", "-r", "--"]

    def _first_process(self) -> Daemon:
        isolated = ["unshare", "-m", "-u", "--propagation", "private"]
        boot = ["bash", str(BOOT_SCRIPT), str(self.folders.root), self.name]
        inside = ["ip", "netns", "exec", self.names.namespace(self.name)]
        return Daemon("host", [*inside, *isolated, *boot], self.folders.daemons)

    def _watchdog(self) -> Daemon:
        command = [sys.executable, "-m", "qvdc_lab.watchdog", str(self.run_folder), self.name]
        return Daemon("watchdog", command, self.folders.daemons)

    def _wait_for_mounts(self) -> None:
        first = self._first_process()

        def mounted() -> bool:
            must_live(first, f"Host {self.name}")
            return Path(f"/proc/{first.pid()}/comm").read_text().strip() == "sleep"

        wait_for(
            mounted,
            within=STARTING,
            otherwise=lambda: LabError(f"Host {self.name} does not boot", log=first.log),
        )

    def _start_daemons(self) -> None:
        tunnel = self.names.tunnel
        settings = SwitchSettings(
            system_id=self.folders.uuid,
            hostname=self.name,
            ovn_remote=f"tcp:{self.names.gateway}:{OVN_SOUTHBOUND_PORT}",
            tunnel_address=str(self.names.host_address(tunnel, self.number)),
            tunnel_prefix_length=tunnel.prefixlen,
        )
        start_switch(self, settings)
        self.keep("virtlogd", ["virtlogd"])
        self.keep("libvirtd", ["libvirtd", "--listen"])
        wait_for(
            self._libvirt_answers,
            within=STARTING,
            otherwise=lambda: LabError(
                f"libvirt on host {self.name} does not answer", log=self.log("libvirtd")
            ),
        )

    def _start_units(self) -> None:
        start(self._watchdog())
        for unit in sorted(self.folders.units.glob("*.json")):
            told = json.loads(unit.read_text())
            self.keep(unit.stem, told["command"], told["environment"])

    def _libvirt_answers(self) -> bool:
        try:
            self.run(["virsh", "-c", "qemu:///system", "list"])
        except CommandFailed:
            return False
        return True

    def _kill_everything(self) -> bool:
        pids = self.pids()
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not pids
