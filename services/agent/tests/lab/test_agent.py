"""The agent as a process of its own on a real host: images, disks, seeds, guests, reports."""

import asyncio
import hashlib
import json
import os
import signal
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from quantix.access.v1 import fence_pb2
from quantix.agent.v1 import agent_pb2, agent_pb2_grpc
from quantix.host.v1 import cache_sync_pb2, machine_sync_pb2, port_sync_pb2
from qvdc_agent.domain.places import Places
from qvdc_agent.domain.session import Endpoint, Phase, SessionState
from qvdc_rpc.context import RequestContext
from qvdc_rpc.dial import call, dial
from qvdc_rpc.process import Process, Wire
from qvdc_rpc.status import RemoteRefusal
from qvdc_rpc.tls import TlsFiles, node_name
from qvdc_testing.pki import Identity, Pki

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

TICKET = "the-ticket"
SETTLE_SECONDS = 90.0
TOLD_SECONDS = 2.0
Observed = agent_pb2.ObservedMachine


class Host(Protocol):
    """The lab host of conftest.py."""

    folder: Path
    libvirt_uri: str
    ovs_db: str

    def virsh(self, *arguments: str, check: bool = True) -> str: ...

    def inside(self, *command: str) -> Any: ...


@dataclass
class Owners:
    """The services that own machines, images and ports, as far as a host sees them."""

    image: Path
    machines: dict[str, agent_pb2.ObservedMachine] = field(default_factory=dict)
    told_at: dict[str, float] = field(default_factory=dict)
    cache: list[cache_sync_pb2.CachedImage] = field(default_factory=list)
    ports: dict[str, port_sync_pb2.PluggedPort] = field(default_factory=dict)
    chassis: str = ""
    pulls: list[str] = field(default_factory=list)
    endpoints: list[Endpoint] = field(default_factory=list)
    url: str = ""
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def report_machines(
        self, request: machine_sync_pb2.ReportMachinesRequest, _: RequestContext
    ) -> machine_sync_pb2.ReportMachinesResponse:
        for each in request.machines:
            self.machines[each.vm_uid] = each
            self.told_at[each.vm_uid] = time.monotonic()
        await self._tell()
        return machine_sync_pb2.ReportMachinesResponse()

    async def report_cache(
        self, request: cache_sync_pb2.ReportCacheRequest, _: RequestContext
    ) -> cache_sync_pb2.ReportCacheResponse:
        self.cache = list(request.images)
        await self._tell()
        return cache_sync_pb2.ReportCacheResponse()

    async def report_ports(
        self, request: port_sync_pb2.ReportPortsRequest, _: RequestContext
    ) -> port_sync_pb2.ReportPortsResponse:
        self.ports = {each.port_uid: each for each in request.ports}
        self.chassis = request.chassis
        await self._tell()
        return port_sync_pb2.ReportPortsResponse()

    async def give_bytes(self, request: Request) -> Response:
        self.pulls.append(request.headers.get("range", ""))
        if request.headers.get("authorization") != f"Bearer {TICKET}":
            return Response(status_code=403)
        return FileResponse(self.image)

    async def until(self, condition: Callable[[], bool], *, within: float = SETTLE_SECONDS) -> None:
        """Wait until reports make `condition` true."""
        async with asyncio.timeout(within), self.news:
            await self.news.wait_for(condition)

    async def until_machine(
        self, uid: str, state: int, *, within: float = SETTLE_SECONDS
    ) -> agent_pb2.ObservedMachine:
        """Wait until the host reports a settled machine in `state`."""

        def told() -> bool:
            machine = self.machines.get(uid)
            return machine is not None and machine.settled and machine.state == state

        await self.until(told, within=within)
        return self.machines[uid]

    async def _tell(self) -> None:
        async with self.news:
            self.news.notify_all()


def tls_of(identity: Identity) -> TlsFiles:
    return TlsFiles(identity.cert_file, identity.key_file, identity.ca_file)


@pytest.fixture
async def owners(pki: Pki, guest_image: Path) -> AsyncIterator[Owners]:
    owners = Owners(guest_image)
    services = {
        "vm": machine_sync_pb2.DESCRIPTOR.services_by_name["MachineSyncService"],
        "image": cache_sync_pb2.DESCRIPTOR.services_by_name["CacheSyncService"],
        "network": port_sync_pb2.DESCRIPTOR.services_by_name["PortSyncService"],
    }
    async with AsyncExitStack() as stack:
        for name, descriptor in services.items():
            wire = Wire(tls=tls_of(pki.service(name)), drain=timedelta(seconds=1))
            process = Process(name, wire)
            process.serve(descriptor, owners)
            process.mount("/bytes", Starlette(routes=[Route("/{digest}", owners.give_bytes)]))
            await stack.enter_async_context(process.running())
            owners.endpoints.append(Endpoint(name, f"127.0.0.1:{process.mesh_port}"))
            if name == "image":
                owners.url = f"https://127.0.0.1:{process.http_port}/bytes"
        yield owners


class Agent:
    """An agent process, the folders of its host, and the vm service's way to it."""

    def __init__(self, host: Host, pki: Pki, owners: Owners, folder: Path) -> None:
        self.host = host
        self.pki = pki
        self.owners = owners
        self.uid = str(uuid.uuid4())
        self.places = Places(state=folder / "state", run=folder / "run")
        self.pool = folder / "pool"
        self.port = 0
        self.revision = 1
        self.process: asyncio.subprocess.Process | None = None
        self._log = folder / "agent.log"
        self._settle_in()

    def _settle_in(self) -> None:
        """What a guardian would have put there."""
        identity = self.pki.node(self.uid)
        self.places.identity.mkdir(parents=True)
        self.places.run.mkdir(parents=True)
        self.places.machine_uuid.write_text(self.uid)
        self.places.key.write_bytes(identity.key_file.read_bytes())
        self.places.certificate.write_bytes(identity.cert_file.read_bytes())
        self.places.ca.write_bytes(identity.ca_file.read_bytes())
        state = SessionState(
            machine_uuid=self.uid,
            boot_id=Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
            instance=1,
            phase=Phase.LIVE,
            control_plane=tuple(self.owners.endpoints),
        )
        self.places.session.write_text(state.to_text())

    async def start(self) -> None:
        """Start the agent and wait until it serves."""
        environment = {
            **os.environ,
            "QVDC_AGENT_STATE_DIR": str(self.places.state),
            "QVDC_AGENT_RUN_DIR": str(self.places.run),
            "QVDC_AGENT_POOL_DIR": str(self.pool),
            "QVDC_AGENT_LIBVIRT_URI": self.host.libvirt_uri,
            "QVDC_AGENT_OVS_DB": self.host.ovs_db,
            "QVDC_AGENT_VIRT_TYPE": "qemu",
            "QVDC_MESH_LISTEN": "127.0.0.1:0",
            "QVDC_HTTP_LISTEN": "",
        }
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "qvdc_agent",
            env=environment,
            stderr=asyncio.subprocess.PIPE,
            limit=2**20,
        )
        self.port = await self._announced_port()

    async def _announced_port(self) -> int:
        assert self.process is not None
        assert self.process.stderr is not None
        stderr = self.process.stderr
        async with asyncio.timeout(60):
            async for line in stderr:
                self._keep(line)
                if b'"process.started"' in line:
                    self._draining = asyncio.create_task(self._drain(stderr))
                    return int(json.loads(line)["mesh_port"])
        pytest.fail(f"the agent ended:\n{self._log.read_text()}")

    async def _drain(self, stderr: asyncio.StreamReader) -> None:
        async for line in stderr:
            self._keep(line)

    def _keep(self, line: bytes) -> None:
        with self._log.open("ab") as log:
            log.write(line)

    async def stop(self, number: int = signal.SIGTERM) -> None:
        """Stop the agent, orderly or by SIGKILL."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        await self.process.wait()
        await self._draining

    async def ask(self, method: str, request: Any, *, service: str = "vm") -> Any:
        """Call the agent as a service of the control plane."""
        channel = dial(
            f"127.0.0.1:{self.port}",
            name=node_name(self.uid),
            tls=tls_of(self.pki.service(service)),
        )
        async with channel:
            stub = agent_pb2_grpc.AgentServiceStub(channel)
            return await call(getattr(stub, method), request)

    async def apply(self, machine: agent_pb2.WantedMachine, revision: int = 0) -> Observed:
        """Give the host a machine's wanted state."""
        fence = fence_pb2.Fence(site_term=1, loop="machine", revision=revision or self.revision)
        request = agent_pb2.ApplyMachineRequest(machine=machine, fence=fence)
        observed = await self.ask("ApplyMachine", request)
        assert isinstance(observed, Observed)
        return observed

    async def serial(self, uid: str) -> str:
        """A machine's serial output so far."""
        request = agent_pb2.ReadSerialLogRequest(vm_uid=uid, limit_bytes=2**20)
        answer = await self.ask("ReadSerialLog", request)
        return str(answer.content.decode(errors="replace"))

    async def until_said(self, uid: str, words: str) -> str:
        """Wait until a guest has said `words` on its serial console."""
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                said = await self.serial(uid)
                if words in said:
                    return said
                await asyncio.sleep(0.5)


@asynccontextmanager
async def serving(agent: Agent) -> AsyncIterator[Agent]:
    await agent.start()
    try:
        yield agent
    finally:
        await agent.stop()
        for name in agent.host.virsh("list", "--all", "--uuid").split():
            agent.host.virsh("destroy", name, check=False)
            agent.host.virsh("undefine", name, check=False)


@pytest.fixture
async def agent(lab_host: Host, pki: Pki, owners: Owners, tmp_path: Path) -> AsyncIterator[Agent]:
    async with serving(Agent(lab_host, pki, owners, tmp_path)) as agent:
        yield agent


def a_machine(owners: Owners, name: str = "web-1", **changes: Any) -> agent_pb2.WantedMachine:
    """A machine with the lab's guest on an overlay, and a seed that names it."""
    content = owners.image.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    base = agent_pb2.BaseImage(
        digest=digest,
        format="qcow2",
        size_bytes=len(content),
        urls=[f"{owners.url}/{digest}"],
        ticket=TICKET,
    )
    plain = agent_pb2.WantedMachine(
        vm_uid=str(uuid.uuid4()),
        vm=f"vms/{name}",
        generation=1,
        run_epoch=1,
        power=agent_pb2.WantedMachine.POWER_ON,
        vcpu_count=1,
        memory_bytes=256 * 2**20,
        disks=[agent_pb2.WantedDisk(disk_id="root", size_bytes=2**30, base=base, boot_index=1)],
        seed=agent_pb2.CloudInitSeed(
            meta_data=f"instance-id: {name}\nlocal-hostname: {name}\n", user_data="#cloud-config\n"
        ),
    )
    plain.MergeFrom(agent_pb2.WantedMachine(**changes))
    return plain


async def test_a_machine_is_made_runs_and_goes(agent: Agent) -> None:
    owners = agent.owners
    first, second = a_machine(owners), a_machine(owners, "web-2")

    answer = await agent.apply(first)
    await agent.apply(second)
    running = await owners.until_machine(first.vm_uid, Observed.STATE_RUNNING)
    await owners.until_machine(second.vm_uid, Observed.STATE_RUNNING)
    said = await agent.until_said(first.vm_uid, "quantix-guest ready")

    assert (answer.state, answer.settled) == (Observed.STATE_PREPARING, False)
    assert (running.run_epoch, running.generation, running.node_uid) == (1, 1, agent.uid)
    assert "hostname=web-1" in said
    assert owners.pulls == [""], "one pull for two machines"
    await owners.until(lambda: [each.pin_count for each in owners.cache] == [2])
    info = agent.host.virsh("domblkinfo", "web-1", "vda")
    assert str(2**30) in info

    first.generation, first.power = 2, agent_pb2.WantedMachine.POWER_SHUTDOWN
    await agent.apply(first)
    stopped = await owners.until_machine(first.vm_uid, Observed.STATE_STOPPED)
    assert stopped.cause == "shutdown"

    gone = agent_pb2.WantedMachine(
        vm_uid=first.vm_uid,
        vm=first.vm,
        generation=3,
        run_epoch=1,
        power=agent_pb2.WantedMachine.POWER_OFF,
        absent=True,
    )
    await agent.apply(gone)
    await owners.until_machine(first.vm_uid, Observed.STATE_ABSENT)
    assert not (agent.pool / "machines" / first.vm_uid).exists()
    assert "web-1" not in agent.host.virsh("list", "--all", "--name")
    with pytest.raises(RemoteRefusal) as refused:
        await agent.apply(first)
    assert refused.value.reason == "STALE_GENERATION"


async def test_a_guest_that_ends_by_itself_is_told_and_stays_off(agent: Agent) -> None:
    owners, machine = agent.owners, a_machine(agent.owners)
    await agent.apply(machine)
    await owners.until_machine(machine.vm_uid, Observed.STATE_RUNNING)

    pid = (agent.host.folder / "run/libvirt/qemu/web-1.pid").read_text()
    agent.host.inside("kill", "-KILL", pid)
    crashed = await owners.until_machine(
        machine.vm_uid, Observed.STATE_CRASHED, within=TOLD_SECONDS
    )
    assert (crashed.cause, crashed.run_epoch) == ("crashed", 1)

    machine.generation = 2
    await agent.apply(machine)
    await owners.until(lambda: owners.machines[machine.vm_uid].generation == 2)
    assert owners.machines[machine.vm_uid].state == Observed.STATE_CRASHED

    machine.generation, machine.run_epoch = 3, 2
    await agent.apply(machine)
    again = await owners.until_machine(machine.vm_uid, Observed.STATE_RUNNING)
    assert again.run_epoch == 2
    assert again.change_count > crashed.change_count


async def test_a_killed_agent_finds_everything_as_it_was(agent: Agent) -> None:
    owners, machine = agent.owners, a_machine(agent.owners)
    agent.revision = 9
    await agent.apply(machine)
    before = await owners.until_machine(machine.vm_uid, Observed.STATE_RUNNING)
    pid_file = agent.host.folder / "run/libvirt/qemu/web-1.pid"
    pid = pid_file.read_text()

    await agent.stop(signal.SIGKILL)
    owners.machines.clear()
    await agent.start()
    after = await owners.until_machine(machine.vm_uid, Observed.STATE_RUNNING)

    assert pid_file.read_text() == pid
    assert (after.run_epoch, after.generation) == (before.run_epoch, before.generation)
    assert after.change_count >= before.change_count
    with pytest.raises(RemoteRefusal) as refused:
        await agent.apply(machine, revision=8)
    assert (refused.value.code, refused.value.reason) == ("FAILED_PRECONDITION", "STALE_FENCE")


async def test_a_port_is_plugged_and_told(agent: Agent) -> None:
    owners = agent.owners
    nic = agent_pb2.WantedNic(port_uid=str(uuid.uuid4()), mac="52:54:00:12:34:56", mtu=1442)
    machine = a_machine(owners, nics=[nic])

    await agent.apply(machine)
    await owners.until_machine(machine.vm_uid, Observed.STATE_RUNNING)
    await owners.until(lambda: nic.port_uid in owners.ports)

    assert owners.chassis == "lab-chassis"
    assert owners.ports[nic.port_uid].interface.startswith("vnet")


async def test_a_wrong_image_is_refused_and_named(agent: Agent, tmp_path: Path) -> None:
    owners = agent.owners
    machine = a_machine(owners)
    machine.disks[0].base.digest = "0" * 64

    await agent.apply(machine)
    await owners.until(
        lambda: (
            owners.machines[machine.vm_uid].problem.reason == "DIGEST_MISMATCH"
            if machine.vm_uid in owners.machines
            else False
        )
    )

    told = owners.machines[machine.vm_uid]
    assert (told.state, told.problem.final) == (Observed.STATE_PREPARING, True)
    assert not (agent.pool / "images" / ("0" * 64)).exists()


async def test_only_the_vm_service_may_ask(agent: Agent) -> None:
    request = agent_pb2.ListObservedMachinesRequest()

    with pytest.raises(RemoteRefusal) as refused:
        await agent.ask("ListObservedMachines", request, service="image")

    assert refused.value.code == "PERMISSION_DENIED"
    assert not (await agent.ask("ListObservedMachines", request)).machines
