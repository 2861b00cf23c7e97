"""A real host for tests: libvirt, QEMU without KVM, and OVS, in namespaces of its own."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from quantix.access.v1 import fence_pb2
from quantix.agent.v1 import agent_pb2, agent_pb2_grpc
from quantix.host.v1 import cache_sync_pb2, machine_sync_pb2, port_sync_pb2
from qvdc_agent.domain.definition import DiskFile
from qvdc_agent.domain.machine import ImageFormat
from qvdc_agent.domain.places import Places
from qvdc_agent.domain.session import Endpoint, Phase, SessionState
from qvdc_lab.guest.image import build_guest_image
from qvdc_rpc.context import RequestContext
from qvdc_rpc.dial import call, dial
from qvdc_rpc.process import Process, Wire
from qvdc_rpc.tls import TlsFiles, node_name
from qvdc_testing.pki import Identity, Pki

SCRIPT = Path(__file__).with_name("host.sh")
GUEST_FOLDER = Path(__file__).parents[4] / "build" / "guest"
TICKET = "the-ticket"
SETTLE_SECONDS = 90.0
Observed = agent_pb2.ObservedMachine
START_SECONDS = 60
NEEDED = ("libvirtd", "virtlogd", "qemu-system-x86_64", "qemu-img", "ovs-vswitchd", "unshare")


@dataclass
class LabHost:
    """A running host; killing it is a power loss."""

    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def libvirt_uri(self) -> str:
        return f"qemu+unix:///system?socket={self.folder}/run/libvirt/libvirt-sock"

    @property
    def ovs_db(self) -> str:
        return f"unix:{self.folder}/run/openvswitch/db.sock"

    def virsh(self, *arguments: str, check: bool = True) -> str:
        """What virsh says; the way a person on the host would act."""
        done = subprocess.run(
            ["virsh", "-q", "-c", self.libvirt_uri, *arguments],
            check=check,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout.strip()

    def inside(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command inside the host."""
        first = _child_of(self.process.pid)
        enter = ["nsenter", "-t", str(first), "-m", "-n", "-u", "-p"]
        return subprocess.run(
            [*enter, *command], check=False, capture_output=True, text=True, timeout=60
        )

    def kill_libvirtd(self) -> None:
        """Kill libvirtd; its supervisor starts it again."""
        pid = (self.folder / "libvirtd.pid").read_text().strip()
        self.inside("kill", "-KILL", pid)


@pytest.fixture(scope="session")
def lab_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabHost]:
    missing = [name for name in NEEDED if shutil.which(name, path=_PATH) is None]
    if os.geteuid() != 0 or missing:
        reason = f"needs root and {', '.join(missing) or 'nothing else'}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("host")
    log = (folder / "host.log").open("wb")
    process = subprocess.Popen(
        [
            "unshare", "--mount", "--net", "--uts", "--pid", "--mount-proc",
            "--fork", "--kill-child=KILL", "bash", str(SCRIPT), str(folder),
        ],
        stdout=log,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PATH": _PATH},
    )  # fmt: skip
    host = LabHost(folder, process)
    try:
        _await_libvirt(host)
        yield host
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        log.close()


@pytest.fixture(scope="session")
def guest_image() -> Path:
    """The lab's guest: it prints `quantix-guest ready` and obeys its power button."""
    return build_guest_image(GUEST_FOLDER)


@pytest.fixture
def guest(guest_image: Path, tmp_path: Path) -> DiskFile:
    """A copy of the guest of its own."""
    own = tmp_path / "guest.qcow2"
    shutil.copyfile(guest_image, own)
    return DiskFile(own, ImageFormat.QCOW2, serial="root", boot_order=1)


_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def _await_libvirt(host: LabHost) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if host.process.poll() is not None:
            break
        if host.virsh("uri", check=False):
            return
        time.sleep(0.2)
    pytest.fail(f"the host did not come up:\n{(host.folder / 'host.log').read_text()}")


def _child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


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
        if not request.unchanged:
            self.cache = list(request.images)
        await self._tell()
        return cache_sync_pb2.ReportCacheResponse()

    async def report_ports(
        self, request: port_sync_pb2.ReportPortsRequest, _: RequestContext
    ) -> port_sync_pb2.ReportPortsResponse:
        if not request.unchanged:
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

    def __init__(self, host: LabHost, pki: Pki, owners: Owners, folder: Path) -> None:
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
async def agent(
    lab_host: LabHost, pki: Pki, owners: Owners, tmp_path: Path
) -> AsyncIterator[Agent]:
    async with serving(Agent(lab_host, pki, owners, tmp_path)) as agent:
        yield agent
