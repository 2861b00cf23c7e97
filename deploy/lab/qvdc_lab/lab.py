"""The whole lab: its stores, its OVN central, its hosts."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from qvdc_lab.hosts.folders import HostFolders, make_mount_points
from qvdc_lab.hosts.host import Host
from qvdc_lab.hosts.network import Cabling
from qvdc_lab.names import Names, names_of
from qvdc_lab.ovn import OvnCentral
from qvdc_lab.stores.etcd import Etcd
from qvdc_lab.stores.postgres import Postgres
from qvdc_lab.stores.redis import Redis
from qvdc_lab.supervise import stop_all

INFRASTRUCTURE = {"postgres", "etcd", "redis", "ovn-nb", "ovn-sb", "ovn-northd"}


@dataclass(frozen=True, slots=True)
class Lab:
    """Everything under one run folder; safe to use again from another process."""

    run_folder: Path
    names: Names
    host_count: int = 2

    @property
    def daemons(self) -> Path:
        """Pid files and logs of what runs outside the hosts."""
        return self.run_folder / "daemons"

    @property
    def postgres(self) -> Postgres:
        """The lab's PostgreSQL."""
        return Postgres(
            folder=self.run_folder / "data/postgres",
            socket_folder=self.names.sockets / "pg",
            run_folder=self.daemons,
            port=self.names.port("postgres"),
        )

    @property
    def etcd(self) -> Etcd:
        """The lab's etcd."""
        return Etcd(
            folder=self.run_folder / "data/etcd",
            run_folder=self.daemons,
            client_port=self.names.port("etcd_client"),
            peer_port=self.names.port("etcd_peer"),
        )

    @property
    def redis(self) -> Redis:
        """The lab's Redis."""
        return Redis(run_folder=self.daemons, port=self.names.port("redis"))

    @property
    def ovn(self) -> OvnCentral:
        """The lab's OVN central."""
        return OvnCentral(self.names, self.run_folder / "data/ovn", self.daemons)

    @property
    def hosts(self) -> list[Host]:
        """The lab's hosts, h1 first, running or not."""
        return [self.host(f"h{number}") for number in range(1, self.host_count + 1)]

    def host(self, name: str) -> Host:
        """Return host `name`, which is h and its number."""
        folders = HostFolders(self.run_folder / "hosts" / name)
        return Host(name, int(name.removeprefix("h")), self.names, folders)

    def start_stores(self) -> bool:
        """Start PostgreSQL, etcd and Redis; return whether any was not running."""
        self.names.sockets.mkdir(parents=True, exist_ok=True)
        starts: list[Callable[[], bool]] = [self.postgres.up, self.etcd.up, self.redis.up]
        with ThreadPoolExecutor() as pool:
            return any(list(pool.map(lambda begin: begin(), starts)))

    def start_network(self) -> bool:
        """Lay the bridges and start OVN's central; return whether it was not running."""
        self.names.sockets.mkdir(parents=True, exist_ok=True)
        Cabling(self.names).lay_bridges()
        return self.ovn.up()

    def start_hosts(self) -> bool:
        """Boot the hosts side by side; return whether any was off."""
        make_mount_points()
        with ThreadPoolExecutor() as pool:
            return any(list(pool.map(Host.power_on, self.hosts)))

    def down(self, *, forget: bool = True) -> None:
        """Stop everything: no process, namespace, mount, bridge or NIC of this lab is left.

        Args:
            forget: also delete what the lab kept (data, disks, keys); logs and built images
                stay.
        """
        # Services first: one that talks to a host gone silent would wait for its answer.
        stop_all(self.daemons, self._others())
        with ThreadPoolExecutor() as pool:
            list(pool.map(Host.remove, self._hosts_ever()))
        stop_all(self.daemons)
        Cabling(self.names).remove_bridges()
        shutil.rmtree(self.names.sockets, ignore_errors=True)
        if forget:
            for kept in ("data", "hosts", "secrets"):
                shutil.rmtree(self.run_folder / kept, ignore_errors=True)

    def _others(self) -> set[str]:
        """What uses the stores and must end before them."""
        return {pid_file.stem for pid_file in self.daemons.glob("*.pid")} - INFRASTRUCTURE

    def _hosts_ever(self) -> list[Host]:
        folders = sorted((self.run_folder / "hosts").glob("h*"))
        return [self.host(folder.name) for folder in folders]


def lab_in(run_folder: Path, *, host_count: int = 2) -> Lab:
    """Return the lab kept in `run_folder`, choosing its names the first time."""
    return Lab(run_folder, names_of(run_folder), host_count)
