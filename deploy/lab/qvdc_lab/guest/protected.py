"""A protected machine on a host of the lab: a real QEMU, started as the vm service does."""

import asyncio
import os
import select
import signal
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from quantix.access.v1 import fence_pb2
from quantix.agent.v1 import agent_pb2, agent_pb2_grpc
from qvdc_lab.errors import LabError
from qvdc_lab.hosts.host import Host
from qvdc_rpc.dial import call, dial
from qvdc_rpc.tls import TlsFiles, node_name

AGENT_PORT = 7443
LOOK_EVERY_SECONDS = 0.5


@dataclass
class Guest:
    """A real QEMU process of a protected machine."""

    uid: str
    pid: int
    descriptor: int

    def died_at(self, within: float) -> float:
        """When it died, in seconds of CLOCK_BOOTTIME; infinity if it did not."""
        found, _, _ = select.select([self.descriptor], [], [], within)
        return time.clock_gettime(time.CLOCK_BOOTTIME) if found else float("inf")

    @property
    def state(self) -> str:
        """The letter of /proc: T is stopped; empty once it is gone."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text()
        except OSError:
            return ""
        return stat[stat.rindex(")") + 2]

    @property
    def runs(self) -> bool:
        """Whether it is neither stopped nor dead."""
        return self.state not in ("", "T", "Z")

    def end(self) -> None:
        """Kill it, if it still runs, and look at it no more."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.descriptor, signal.SIGKILL)
        os.close(self.descriptor)


def machine_uuid(host: Host) -> str:
    """The machine uuid of a host that has joined."""
    return (host.folders.disk / "lib/quantix/identity/machine-uuid").read_text().strip()


async def start_guest(host: Host, vm_service: TlsFiles, *, within: float) -> Guest:
    """Have a protected machine without any system started on a host; return its process.

    Args:
        vm_service: the certificate of the vm service.
        within: seconds until it must run.

    Raises:
        LabError: it does not run in time.
    """
    uid = str(uuid.uuid4())
    fence = fence_pb2.Fence(site_term=1, loop="lab", revision=1)
    request = agent_pb2.ApplyMachineRequest(machine=_wanted(uid), fence=fence)
    question = agent_pb2.GetObservedMachineRequest(vm_uid=uid)
    name = node_name(machine_uuid(host))
    async with dial(f"{host.address}:{AGENT_PORT}", name=name, tls=vm_service) as channel:
        stub = agent_pb2_grpc.AgentServiceStub(channel)
        await call(stub.ApplyMachine, request, timeout=timedelta(seconds=30), wait_for_ready=True)
        began = time.monotonic()
        while True:
            seen = await call(stub.GetObservedMachine, question)
            if seen.settled and seen.state == agent_pb2.ObservedMachine.STATE_RUNNING:
                break
            late = time.monotonic() - began > within
            if late:
                raise LabError(f"{uid} does not run: {seen}", log=host.log("agent"))
            await asyncio.sleep(LOOK_EVERY_SECONDS)
    pid = process_of(host, uid)
    return Guest(uid, pid, os.pidfd_open(pid))


def _wanted(uid: str) -> agent_pb2.WantedMachine:
    return agent_pb2.WantedMachine(
        vm_uid=uid,
        vm=f"vms/m-{uid[:8]}",
        generation=1,
        run_epoch=1,
        power=agent_pb2.WantedMachine.POWER_ON,
        vcpu_count=1,
        memory_bytes=64 * 2**20,
        disks=[agent_pb2.WantedDisk(disk_id="root", size_bytes=2**24)],
        protected=True,
    )


def process_of(host: Host, word: str) -> int:
    """The process of the host with `word` in its command line, its keeper left out."""
    for pid in host.pids():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if word.encode() in words and b"qvdc_lab.keeper" not in words:
            return pid
    raise LookupError(f"{word} does not run on {host.name}")
