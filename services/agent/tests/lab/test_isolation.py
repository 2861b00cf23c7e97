"""Hosts that are cut off: real hosts, QEMU and cables; the control plane is the test's own."""

import asyncio
import os
import select
import signal
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from quantix.access.v1 import fence_pb2
from quantix.agent.v1 import agent_pb2, agent_pb2_grpc
from quantix.host.v1 import session_pb2
from qvdc_agent.domain.session import SessionState
from qvdc_lab.control_plane.hosts import has_joined, install_programs, join
from qvdc_lab.control_plane.services import ENROL_PORT
from qvdc_lab.hosts.host import Host
from qvdc_lab.lab import lab_in
from qvdc_rpc.dial import call, dial
from qvdc_rpc.tls import TlsFiles, node_name
from qvdc_testing.pki import Pki
from tests.doubles.node_service import TOKEN, ControlPlane, serving_node

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

MESH_PORT = 7002
AGENT_PORT, PEER_PORT = 7443, 7444
GUARDIAN_ALONE, WATCHDOG_ALONE = 11.0, 13.0
"""By when machines are dead, in seconds after the last acknowledged beat was sent."""
SLACK = 0.5
"""What it takes to see a death, and for the cable to be cut while a beat is on its way."""
READY_SECONDS = 60.0
OUTAGE_SECONDS = 16.0
"""Longer than any rung of the ladder."""


@dataclass
class Guest:
    """A real QEMU process of a protected machine."""

    uid: str
    pid: int
    descriptor: int

    def died_at(self, within: float) -> float:
        """When it died, in seconds of CLOCK_BOOTTIME; infinity if it did not."""
        found, _, _ = select.select([self.descriptor], [], [], within)
        return _now() if found else float("inf")

    @property
    def state(self) -> str:
        """The letter of /proc: T is stopped; empty once it is gone."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text()
        except OSError:
            return ""
        return stat[stat.rindex(")") + 2]


class Cluster:
    """Three hosts that vote, and the vm service's way to their agents."""

    def __init__(self, hosts: list[Host], control_plane: ControlPlane, pki: Pki) -> None:
        self.hosts = hosts
        self.double = control_plane.double
        self._pki = pki
        self._guests: list[Guest] = []

    def close(self) -> None:
        """End what still runs."""
        for guest in self._guests:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(guest.descriptor, signal.SIGKILL)
            os.close(guest.descriptor)

    def session(self, host: Host) -> SessionState:
        """What the host's guardian wrote last."""
        return SessionState.from_text((host.folders.volatile / "quantix/session.json").read_text())

    def uid(self, host: Host) -> str:
        """The host's machine uuid."""
        return (host.folders.disk / "lib/quantix/identity/machine-uuid").read_text().strip()

    async def until_vouched(self) -> None:
        """Wait until every host's beats are acknowledged and it holds the member set."""
        await _until(lambda: all(map(self._live, self.hosts)))
        self.double.member_set = session_pb2.MemberSet(
            version=int(time.time()),
            members=[
                session_pb2.Member(uid=self.uid(each), address=each.address, port=PEER_PORT)
                for each in self.hosts
            ],
        )
        wanted = self.double.member_set.version
        await _until(
            lambda: (
                {
                    each.machine_uuid
                    for each in self.double.beats
                    if each.member_set_version == wanted
                }
                == {self.uid(each) for each in self.hosts}
            )
        )

    async def start_guests(self, *hosts: Host) -> list[Guest]:
        """Have a protected machine started on each host."""
        return list(await asyncio.gather(*(self._start_guest(host) for host in hosts)))

    async def _start_guest(self, host: Host) -> Guest:
        uid = str(uuid.uuid4())
        machine = agent_pb2.WantedMachine(
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
        service = self._pki.service("vm")
        tls = TlsFiles(service.cert_file, service.key_file, service.ca_file)
        fence = fence_pb2.Fence(site_term=1, loop="machine", revision=1)
        name = node_name(self.uid(host))
        async with dial(f"{host.address}:{AGENT_PORT}", name=name, tls=tls) as channel:
            stub = agent_pb2_grpc.AgentServiceStub(channel)
            request = agent_pb2.ApplyMachineRequest(machine=machine, fence=fence)
            await call(
                stub.ApplyMachine, request, timeout=timedelta(seconds=30), wait_for_ready=True
            )
            question = agent_pb2.GetObservedMachineRequest(vm_uid=uid)
            began = time.monotonic()
            while True:
                seen = await call(stub.GetObservedMachine, question)
                if seen.settled and seen.state == agent_pb2.ObservedMachine.STATE_RUNNING:
                    break
                if time.monotonic() - began > READY_SECONDS:
                    pytest.fail(f"not running: {seen}\n{host.log('agent').read_text()[-4000:]}")
                await asyncio.sleep(0.5)
        pid = _process(host, uid)
        guest = Guest(uid, pid, os.pidfd_open(pid))
        self._guests.append(guest)
        return guest

    def _live(self, host: Host) -> bool:
        try:
            acknowledged_at = self.session(host).acknowledged_at
        except (OSError, ValueError):
            return False
        return acknowledged_at is not None and _now() - acknowledged_at < 5


@pytest.fixture(scope="module")
def hosts() -> Iterator[list[Host]]:
    """Three running hosts, their guardian and agent kept running."""
    with tempfile.TemporaryDirectory(prefix="qvlab-") as folder:
        lab = lab_in(Path(folder), host_count=3)
        try:
            lab.start_network()
            lab.start_hosts()
            for host in lab.hosts:
                install_programs(host)
            yield lab.hosts
        finally:
            lab.down()


@pytest.fixture
async def cluster(hosts: list[Host], pki: Pki, tmp_path: Path) -> AsyncIterator[Cluster]:
    """All hosts on, joined and vouched for."""
    for host in hosts:
        if not host.running:
            host.power_on()
        host.network_back()
    gateway = hosts[0].names.gateway
    mesh, enrol = f"{gateway}:{MESH_PORT}", f"{gateway}:{ENROL_PORT}"
    async with serving_node(pki, tmp_path, mesh=mesh, enrol=enrol) as control_plane:
        control_plane.double.interval = timedelta(seconds=3)
        for host in hosts:
            if not has_joined(host):
                await asyncio.to_thread(join, host, secret=TOKEN, ca_hash=control_plane.ca_hash)
        cluster = Cluster(hosts, control_plane, pki)
        await cluster.until_vouched()
        try:
            yield cluster
        finally:
            cluster.close()


async def test_a_host_cut_off_ends_its_machines_through_the_guardian_alone(
    cluster: Cluster,
) -> None:
    """The agent stands still; the other hosts and their machines go on."""
    victim, other = cluster.hosts[0], cluster.hosts[1]
    guest, elsewhere = await cluster.start_guests(victim, other)
    agent = _process(victim, "quantix-agent")
    os.kill(agent, signal.SIGSTOP)
    victim.network_loss()

    died_at = await asyncio.to_thread(guest.died_at, WATCHDOG_ALONE + 5)

    os.kill(agent, signal.SIGKILL)
    acknowledged_at = cluster.session(victim).acknowledged_at
    assert acknowledged_at is not None
    assert died_at - acknowledged_at <= GUARDIAN_ALONE + SLACK
    assert victim.running
    assert elsewhere.state not in ("", "T", "Z")


async def test_a_host_cut_off_ends_its_machines_through_the_watchdog_alone(
    cluster: Cluster,
) -> None:
    """The guardian stands still: nobody feeds, and the watchdog takes the whole host."""
    victim, other = cluster.hosts[2], cluster.hosts[1]
    guest, elsewhere = await cluster.start_guests(victim, other)
    os.kill(_process(victim, "quantix-guardian"), signal.SIGSTOP)
    acknowledged_at = cluster.session(victim).acknowledged_at
    victim.network_loss()

    died_at = await asyncio.to_thread(guest.died_at, WATCHDOG_ALONE + 5)

    assert acknowledged_at is not None
    assert died_at - acknowledged_at <= WATCHDOG_ALONE + SLACK
    await _until(lambda: not victim.running)
    assert elsewhere.state not in ("", "T", "Z")


async def test_an_outage_of_the_control_plane_stops_no_machine(cluster: Cluster) -> None:
    """Every host votes for every other; new work waits; all go on when it is back."""
    guests = await cluster.start_guests(*cluster.hosts)
    cluster.double.away = True
    began = time.monotonic()
    while time.monotonic() - began < OUTAGE_SECONDS:
        assert all(guest.state not in ("", "T", "Z") for guest in guests)
        await asyncio.sleep(0.2)

    assert all(cluster.session(host).voted_at is not None for host in cluster.hosts)
    cluster.double.away = False
    await cluster.until_vouched()
    assert all(guest.state not in ("", "T", "Z") for guest in guests)


def _process(host: Host, word: str) -> int:
    """The process of the host with `word` in its command line, its keeper left out."""
    for pid in host.pids():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if word.encode() in words and b"qvdc_lab.keeper" not in words:
            return pid
    raise LookupError(f"{word} does not run on {host.name}")


async def _until(condition: Callable[[], bool], within: float = READY_SECONDS) -> None:
    async with asyncio.timeout(within):
        while True:
            if condition():
                return
            await asyncio.sleep(0.1)


def _now() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
