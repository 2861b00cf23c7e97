"""The agent with storage pools: told by the guardian's file, telling the node service."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from quantix.agent.v1 import agent_pb2
from quantix.host.v1 import pool_sync_pb2
from quantix.node.v1 import storage_pool_pb2
from qvdc_agent.adapters.session_file import read_boot_id
from qvdc_agent.domain.assigned_pools import AssignedPools
from qvdc_agent.domain.machine import MachineUid
from qvdc_agent.domain.places import Places
from qvdc_agent.domain.pool import PoolUid, WantedPool
from qvdc_agent.domain.seen import NO_SPACE
from qvdc_agent.domain.session import Endpoint, Phase, SessionState
from qvdc_agent.guardian.pools_file import PoolsFile
from qvdc_rpc.context import RequestContext
from qvdc_rpc.process import Process, Wire
from qvdc_rpc.tls import TlsFiles
from qvdc_testing.pki import Pki
from tests.wire.test_agent import UID, Client, Observed, a_machine, serving

POOL = PoolUid("11111111-1111-4111-8111-111111111111")
States = storage_pool_pb2.PoolOnNode
SOON_SECONDS = 30.0
TOLD_SECONDS = 2.0 + 1.0
"""A pool is looked at every 2 s, and what changed is told within 1 s more."""
LATE_SECONDS = 3.0
"""What a busy machine may add."""


@dataclass
class Node:
    """The node service, as far as pools go."""

    heard: list[pool_sync_pb2.ReportPoolsRequest] = field(default_factory=list)
    seen: dict[str, pool_sync_pb2.ObservedPool] = field(default_factory=dict)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def report_pools(
        self, request: pool_sync_pb2.ReportPoolsRequest, _: RequestContext
    ) -> pool_sync_pb2.ReportPoolsResponse:
        async with self.news:
            self.heard.append(request)
            if request.full:
                self.seen.clear()
            self.seen |= {each.pool_uid: each for each in request.pools}
            self.news.notify_all()
        return pool_sync_pb2.ReportPoolsResponse(state_hash=request.state_hash)

    async def until(self, so: Callable[[], bool]) -> None:
        """Wait until what was told makes `so` hold."""
        async with asyncio.timeout(SOON_SECONDS), self.news:
            await self.news.wait_for(so)

    def stands(self, state: int, reason: str = "") -> Callable[[], bool]:
        """Whether the pool was told so last."""

        def so() -> bool:
            seen = self.seen.get(POOL)
            return seen is not None and (seen.state, seen.reason) == (state, reason)

        return so


@dataclass
class Host:
    """An agent, the node service it tells, and the list that its guardian keeps."""

    client: Client
    node: Node
    told: PoolsFile
    folder: Path

    @property
    def place(self) -> Path:
        return self.folder / "place"

    def assign(self, *pools: WantedPool) -> None:
        self.told.told(AssignedPools(1, self.told.held.generation + 1, pools))


@pytest.fixture
async def host(pki: Pki, tmp_path: Path) -> AsyncIterator[Host]:
    identity, node = pki.service("node"), Node()
    tls = TlsFiles(identity.cert_file, identity.key_file, identity.ca_file)
    process = Process("node", Wire(tls=tls, http_listen=None))
    process.serve(pool_sync_pb2.DESCRIPTOR.services_by_name["PoolSyncService"], node)
    places = Places(state=tmp_path / "state", run=tmp_path / "run")
    async with process.running():
        places.run.mkdir(parents=True)
        state = SessionState(
            machine_uuid=UID,
            boot_id=read_boot_id(),
            instance=1,
            phase=Phase.LIVE,
            control_plane=(Endpoint("node", f"127.0.0.1:{process.mesh_port}"),),
        )
        places.session.write_text(state.to_text())
        async with serving(tmp_path, pki) as client:
            yield Host(client, node, PoolsFile(places.assigned_pools), tmp_path)


def a_pool(host: Host, **changes: object) -> WantedPool:
    pool = WantedPool(POOL, "storage-pools/fast", str(host.place), 1, initialise=True)
    return replace(pool, **changes)  # type: ignore[arg-type]  # a builder takes any field


async def test_a_pool_is_made_told_and_lost_and_found(host: Host) -> None:
    """ST-2, and HB-4: a change is told within a second of being seen."""
    node = host.node
    host.assign(a_pool(host))
    await node.until(node.stands(States.STATE_HEALTHY))
    assert node.seen[POOL].capacity_bytes > 0
    assert node.seen[POOL].HasField("latency_microseconds")

    away = host.place.with_name("away")
    host.place.rename(away)
    host.place.mkdir()
    gone_at = time.monotonic()
    await node.until(node.stands(States.STATE_ERROR, "MARKER_MISSING"))
    took = time.monotonic() - gone_at

    assert took < TOLD_SECONDS + LATE_SECONDS
    assert list(host.place.iterdir()) == []
    host.place.rmdir()
    away.rename(host.place)
    await node.until(node.stands(States.STATE_HEALTHY))
    assert node.seen[POOL].change_count >= 3


async def test_the_last_assignment_lets_go(host: Host) -> None:
    node = host.node
    host.assign(a_pool(host))
    await node.until(node.stands(States.STATE_HEALTHY))
    host.assign(a_pool(host, generation=2, release=True, wipe=True))
    await node.until(node.stands(States.STATE_UNMOUNTED))
    assert (host.place / ".quantix").exists() is False

    host.assign()
    await node.until(lambda: node.heard[-1].full and not node.heard[-1].pools)


@pytest.mark.skipif(shutil.which("qemu-img") is None, reason="needs qemu-img")
async def test_a_machines_disk_lies_in_its_pool_and_a_full_one_halts_it(host: Host) -> None:
    """ST-4: halted for want of room, and let go on."""
    node = host.node
    host.assign(a_pool(host))
    await node.until(node.stands(States.STATE_HEALTHY))
    disk = agent_pb2.WantedDisk(disk_id="root", size_bytes=2**20, pool=POOL)
    machine = a_machine(disks=[disk])
    await host.client.apply(machine)
    await host.client.until(machine.vm_uid, Observed.STATE_RUNNING)
    assert (host.place / "machines" / machine.vm_uid / "root.qcow2").exists()

    host.client.guests.pause(MachineUid(machine.vm_uid), NO_SPACE)
    await host.client.until(machine.vm_uid, Observed.STATE_RUNNING)

    gone: Any = a_machine(disks=[disk], generation=2, absent=True)
    gone.vm_uid = machine.vm_uid
    await host.client.apply(gone)
    await host.client.until(machine.vm_uid, Observed.STATE_ABSENT)
    assert not (host.place / "machines" / machine.vm_uid).exists()


@pytest.mark.skipif(shutil.which("qemu-img") is None, reason="needs qemu-img")
async def test_nothing_is_made_in_a_pool_that_is_not_there(host: Host) -> None:
    node = host.node
    host.assign(a_pool(host, initialise=False))
    await node.until(node.stands(States.STATE_ERROR, "MARKER_MISSING"))
    disk = agent_pb2.WantedDisk(disk_id="root", size_bytes=2**20, pool=POOL)
    machine = a_machine(disks=[disk])

    seen = await host.client.apply(machine)
    async with asyncio.timeout(SOON_SECONDS):
        while seen.problem.reason != "MARKER_MISSING":
            await asyncio.sleep(0.05)
            seen = await host.client.look(machine.vm_uid)

    assert seen.problem.final
    assert str(host.place) in seen.problem.message
    assert not (host.place / "machines").exists()
