"""An etcd of three members, whose leader can be changed and killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mesh.site import free_port, until

from qvdc_lab.stores.binaries import etcd_program
from qvdc_testing.processes import Child

STARTING_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Member:
    """One of the three."""

    endpoint: str
    child: Child

    def status(self) -> dict[str, Any] | None:
        """What it says of itself and of its leader; None while it does not answer."""
        done = etcdctl(self.endpoint, "endpoint", "status", "--write-out=json")
        if done.returncode:
            return None
        found: dict[str, Any] = json.loads(done.stdout)[0]["Status"]
        return found if found.get("leader") else None

    @property
    def healthy(self) -> bool:
        """Whether it knows a leader."""
        return self.status() is not None


@dataclass(frozen=True, slots=True)
class Trio:
    """All three."""

    members: list[Member]

    @property
    def endpoints(self) -> str:
        """As QVDC_ETCD_ENDPOINTS wants them."""
        return ",".join(each.endpoint for each in self.members)

    def leader(self) -> Member:
        """The member that leads."""
        statuses = {each.endpoint: each.status() for each in self.members}
        return next(
            each
            for each in self.members
            if (told := statuses[each.endpoint]) and told["leader"] == told["header"]["member_id"]
        )

    def move_leader(self) -> None:
        """Have another member lead."""
        leader = self.leader()
        other = next(each for each in self.members if each is not leader)
        status = other.status()
        assert status is not None
        done = etcdctl(leader.endpoint, "move-leader", f"{status['header']['member_id']:x}")
        assert not done.returncode, done.stderr
        until(lambda: self.leader().endpoint == other.endpoint, STARTING_SECONDS)

    def kill_leader(self) -> Member:
        """End the leader as a power cut would; return it once another leads."""
        leader = self.leader()
        leader.child.stop(signal.SIGKILL)
        rest = [each for each in self.members if each is not leader]
        until(lambda: all(each.healthy for each in rest), STARTING_SECONDS)
        return leader


def etcdctl(endpoint: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Ask one member."""
    command = ["etcdctl", "--endpoints", endpoint, *arguments]
    environment = {**os.environ, "ETCDCTL_API": "3"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@contextmanager
def running_trio(folder: Path) -> Iterator[Trio]:
    """Yield three members that have a leader; they end with the block."""
    ports = [(free_port(), free_port()) for _ in range(3)]
    peers = ",".join(f"m{n}=http://127.0.0.1:{peer}" for n, (_, peer) in enumerate(ports))
    members = []
    for number, (client, peer) in enumerate(ports):
        command = _command(folder, number, client, peer, peers)
        child = Child(command, log=folder / f"m{number}.log")
        members.append(Member(f"127.0.0.1:{client}", child))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for member in members:
            member.child.start(lambda: True)
        until(lambda: all(each.healthy for each in members), STARTING_SECONDS)
        yield Trio(members)
    finally:
        for member in members:
            member.child.stop()


def _command(folder: Path, number: int, client: int, peer: int, peers: str) -> list[str]:
    at, others = f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}"
    options = {
        "--name": f"m{number}",
        "--data-dir": str(folder / f"m{number}"),
        "--listen-client-urls": at,
        "--advertise-client-urls": at,
        "--listen-peer-urls": others,
        "--initial-advertise-peer-urls": others,
        "--initial-cluster": peers,
    }
    return [str(etcd_program()), *(word for pair in options.items() for word in pair)]
