"""Hosts that are cut off: real hosts, QEMU and cables; the control plane is the test's own."""

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from quantix.host.v1 import session_pb2
from qvdc_agent.domain.session import SessionState
from qvdc_lab.control_plane.hosts import has_joined, install_programs, join
from qvdc_lab.control_plane.services import ENROL_PORT
from qvdc_lab.guest.protected import Guest, machine_uuid, process_of, start_guest
from qvdc_lab.hosts.host import Host
from qvdc_lab.lab import lab_in
from qvdc_rpc.tls import TlsFiles
from qvdc_testing.pki import Pki
from tests.doubles.node_service import TOKEN, ControlPlane, serving_node

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

MESH_PORT = 7002
PEER_PORT = 7444
GUARDIAN_ALONE, WATCHDOG_ALONE = 11.0, 13.0
"""By when machines are dead, in seconds after the last acknowledged beat was sent."""
SLACK = 0.5
"""What it takes to see a death, and for the cable to be cut while a beat is on its way."""
READY_SECONDS = 60.0


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
            guest.end()

    def session(self, host: Host) -> SessionState:
        """What the host's guardian wrote last."""
        return SessionState.from_text((host.folders.volatile / "quantix/session.json").read_text())

    async def until_vouched(self) -> None:
        """Wait until every host's beats are acknowledged and it holds the member set."""
        await _until(lambda: all(map(self._live, self.hosts)))
        self.double.member_set = session_pb2.MemberSet(
            version=int(time.time()),
            members=[
                session_pb2.Member(uid=machine_uuid(each), address=each.address, port=PEER_PORT)
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
                == {machine_uuid(each) for each in self.hosts}
            )
        )

    async def start_guests(self, *hosts: Host) -> list[Guest]:
        """Have a protected machine started on each host."""
        return list(await asyncio.gather(*(self._start_guest(host) for host in hosts)))

    async def _start_guest(self, host: Host) -> Guest:
        service = self._pki.service("vm")
        tls = TlsFiles(service.cert_file, service.key_file, service.ca_file)
        guest = await start_guest(host, tls, within=READY_SECONDS)
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
    agent = process_of(victim, "quantix-agent")
    os.kill(agent, signal.SIGSTOP)
    victim.network_loss()

    died_at = await asyncio.to_thread(guest.died_at, WATCHDOG_ALONE + 5)

    os.kill(agent, signal.SIGKILL)
    acknowledged_at = cluster.session(victim).acknowledged_at
    assert acknowledged_at is not None
    assert died_at - acknowledged_at <= GUARDIAN_ALONE + SLACK
    assert victim.running
    assert elsewhere.runs


async def test_a_host_cut_off_ends_its_machines_through_the_watchdog_alone(
    cluster: Cluster,
) -> None:
    """The guardian stands still: nobody feeds, and the watchdog takes the whole host."""
    victim, other = cluster.hosts[2], cluster.hosts[1]
    guest, elsewhere = await cluster.start_guests(victim, other)
    os.kill(process_of(victim, "quantix-guardian"), signal.SIGSTOP)
    acknowledged_at = cluster.session(victim).acknowledged_at
    victim.network_loss()

    died_at = await asyncio.to_thread(guest.died_at, WATCHDOG_ALONE + 5)

    assert acknowledged_at is not None
    assert died_at - acknowledged_at <= WATCHDOG_ALONE + SLACK
    await _until(lambda: not victim.running)
    assert elsewhere.runs


async def _until(condition: Callable[[], bool], within: float = READY_SECONDS) -> None:
    async with asyncio.timeout(within):
        while True:
            if condition():
                return
            await asyncio.sleep(0.1)


def _now() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
