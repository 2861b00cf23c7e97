"""Random faults on a whole site: what may break, in any order, at any moment, from one seed.

A host that stands still is what a partition of it looks like to everybody else; a process that is
stopped and goes on many times a second is a slow peer.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
from tests.mesh.door import new_request_id
from tests.mesh.simulated import PROGRAMS, SimulatedHost
from tests.mesh.site import Site

CLUSTER_OF_ALL = "clusters/mesh"
VM = "/quantix.vm.v1.VirtualMachineService/"
MACHINES = ("storm-1", "storm-2", "storm-3", "storm-4")
SLOW_STEP_SECONDS = 0.15
SLOW_STEPS = 16
Fault = Callable[[], None]


@dataclass(slots=True)
class Storm:
    """Faults and wishes, one after the other; the same seed gives the same ones.

    Args:
        story: what was done, and when, in seconds since the beginning.
    """

    site: Site
    hosts: list[SimulatedHost]
    chance: random.Random
    began: float = field(default_factory=time.monotonic)
    story: list[str] = field(default_factory=list)

    def blow(self, seconds: float) -> None:
        """Break things, wish things, and mend what was broken, for so long."""
        kinds = [kind for kind, weight in self._kinds() for _ in range(weight)]
        while time.monotonic() - self.began < seconds:
            self._wish()
            self._wish()
            self.chance.choice(kinds)()
            self._wish()
            time.sleep(self.chance.uniform(0.0, 2.0))

    def _kinds(self) -> list[tuple[Fault, int]]:
        return [
            (self._kill_service, 4),
            (self._freeze_service, 4),
            (self._kill_program, 4),
            (self._host_stands_still, 3),
            (self._slow_peer, 3),
            (self._store_restarts, 2),
            (self._redis_forgets, 2),
        ]

    def _kill_service(self) -> None:
        copy = self.chance.choice(list(self.site.copies.values()))
        pause = self.chance.uniform(0.0, 3.0)
        self._tell(f"{copy.instance} is killed for {pause:.1f} s")
        self.site.kill(copy)
        time.sleep(pause)
        self.site.start(copy.service, copy.number)

    def _freeze_service(self) -> None:
        copy = self.chance.choice(list(self.site.copies.values()))
        pause = self.chance.uniform(0.5, 8.0)
        self._tell(f"{copy.instance} stands still for {pause:.1f} s")
        assert copy.process is not None
        with _stopped(copy.process.pid):
            time.sleep(pause)

    def _kill_program(self) -> None:
        host, program = self.chance.choice(self.hosts), self.chance.choice(list(PROGRAMS))
        self._tell(f"{program} of {host.node_id} is killed")
        host.kill(program)
        host.start(program)

    def _host_stands_still(self) -> None:
        host, pause = self.chance.choice(self.hosts), self.chance.uniform(2.0, 14.0)
        self._tell(f"{host.node_id} stands still for {pause:.1f} s")
        with _stopped(*(each.pid for each in host.processes.values())):
            time.sleep(pause)

    def _slow_peer(self) -> None:
        services = {name: copy.process for name, copy in self.site.copies.items()}
        programs = {
            f"{program} of {host.node_id}": process
            for host in self.hosts
            for program, process in host.processes.items()
        }
        peers = {**services, **programs}
        name = self.chance.choice(sorted(peers))
        self._tell(f"{name} is slow")
        process = peers[name]
        assert process is not None
        for _ in range(SLOW_STEPS):
            with _stopped(process.pid):
                time.sleep(SLOW_STEP_SECONDS)
            time.sleep(SLOW_STEP_SECONDS / 3)

    def _store_restarts(self) -> None:
        stores: dict[str, Any] = {"etcd": self.site.lab.etcd, "postgresql": self.site.lab.postgres}
        name = self.chance.choice(sorted(stores))
        pause = self.chance.uniform(0.0, 4.0)
        self._tell(f"{name} is away for {pause:.1f} s")
        stores[name].down()
        time.sleep(pause)
        stores[name].up()

    def _redis_forgets(self) -> None:
        self._tell("Redis forgets everything")
        self.site.lab.redis.down()
        self.site.lab.redis.up()

    def _wish(self) -> None:
        """Ask something of a machine; that nobody hears it, or refuses it, is well."""
        name = self.chance.choice(MACHINES)
        verb = self.chance.choices(("Create", "Start", "PowerOff", "Delete"), (6, 2, 2, 1))[0]
        body: dict[str, Any] = {"name": f"vms/{name}"}
        if verb == "Create":
            wanted = {"cluster": CLUSTER_OF_ALL, "memoryBytes": str(128 << 20)}
            body = {"virtualMachineId": name, "virtualMachine": wanted, "startOnCreate": True}
        ask = partial(self.site.door.connect, f"{VM}{verb}VirtualMachine")
        answer = "nobody answers"
        with suppress(httpx.HTTPError, ValueError, KeyError):
            answer = ask({**body, "requestId": new_request_id()}).code
        self._tell(f"{verb} {name}: {answer}")

    def _tell(self, what: str) -> None:
        self.story.append(f"{time.monotonic() - self.began:6.1f} {what}")


@contextmanager
def _stopped(*pids: int) -> Any:
    """Have processes stand still inside the block."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
