"""An installed site with running copies of the node service, and those who call them."""

import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import grpc
from sqlalchemy import text

from qvdc_db.database import Database
from qvdc_node.app import build
from qvdc_node.settings import Settings
from qvdc_obs.native import NativeLines
from qvdc_rpc.assertion import AssertionSigner
from qvdc_rpc.dial import call, dial, stream
from qvdc_rpc.process import Process, Wire
from qvdc_rpc.tls import TlsFiles, service_name

WITHIN = timedelta(seconds=20)
Stub = Callable[[grpc.aio.Channel], Any]


class Caller:
    """Calls one stub as somebody."""

    def __init__(self, stub: Any, assertion: Callable[[], str] | None = None) -> None:
        self._stub = stub
        self._assertion = assertion

    async def call(self, method: str, request: object) -> Any:
        """Make a unary call; refusals come as RemoteRefusal."""
        told = self._assertion() if self._assertion else None
        return await call(getattr(self._stub, method), request, timeout=WITHIN, assertion=told)

    def stream(self, method: str, request: object) -> AsyncIterator[Any]:
        """Make a server-streaming call."""
        told = self._assertion() if self._assertion else None
        return stream(getattr(self._stub, method), request, assertion=told)


class Site:
    """What qvdc-install left, with copies of the service by name."""

    def __init__(self, folder: Path, etcd: str) -> None:
        self.folder = folder
        self._etcd = etcd
        self._copies: dict[str, Process] = {}
        self._channels: list[grpc.aio.Channel] = []

    def tls(self, service: str) -> TlsFiles:
        """The certificate of a service."""
        place = self.folder / service
        return TlsFiles(place / "cert.pem", place / "key.pem", place / "ca.pem")

    def settings(self, instance: str) -> Settings:
        """The settings of a copy: those of installation, and where etcd is."""
        lines = (self.folder / "node" / "service.env").read_text().splitlines()
        told = dict(line.split("=", 1) for line in lines)
        values = {name.removeprefix("QVDC_").lower(): value for name, value in told.items()}
        values |= {"etcd_endpoints": self._etcd, "instance": instance}
        return Settings.model_validate(values)

    async def scalar(self, query: str) -> Any:
        """Ask the service's own schema directly."""
        database = Database(self.settings("test").database_url, schema="node")
        try:
            async with database.session() as session:
                return await session.scalar(text(query))
        finally:
            await database.close()

    async def execute(self, statement: str) -> None:
        """Change the service's own schema directly."""
        database = Database(self.settings("test").database_url, schema="node")
        try:
            async with database.session() as session:
                await session.execute(text(statement))
                await session.commit()
        finally:
            await database.close()

    @asynccontextmanager
    async def copy(
        self, instance: str, native: NativeLines | None = None
    ) -> AsyncIterator[Process]:
        """Run a copy of the service for the length of the block."""
        wire = Wire(
            enrol_listen="127.0.0.1:0",
            tls=self.tls("node"),
            assertion_jwks=self.folder / "node" / "assertion.jwks",
            drain=timedelta(seconds=1),
        )
        process = build(self.settings(instance), wire, native)
        async with process.running():
            self._copies[instance] = process
            try:
                yield process
            finally:
                del self._copies[instance]

    def mesh_port(self, at: str = "node-1") -> int:
        """Where a copy serves those with a certificate."""
        return self._copies[at].mesh_port

    def user(self, stub: Stub, *permissions: str, at: str = "node-1") -> Caller:
        """A user behind the door, who may do everything unless `permissions` say less."""
        signer = AssertionSigner((self.folder / "console" / "assertion.key").read_bytes())

        def assertion() -> str:
            return signer.sign(
                subject="user:ann", audience="node", permissions=permissions or ("*",)
            )

        return Caller(stub(self._dialled(at, self.tls("console"))), assertion)

    def service(self, stub: Stub, name: str, *, at: str = "node-1") -> Caller:
        """Another service."""
        return Caller(stub(self._dialled(at, self.tls(name))))

    def host(self, stub: Stub, files: TlsFiles, *, at: str = "node-1") -> Caller:
        """A host with a certificate of its own."""
        return Caller(stub(self._dialled(at, files)))

    @property
    def enrol_port(self) -> int:
        """Where the first copy lets hosts enrol."""
        return self._copies["node-1"].enrol_port

    def newcomer(self, stub: Stub, *, at: str = "node-1") -> Caller:
        """Somebody without a certificate, at the port for enrolment."""
        port = self._copies[at].enrol_port
        root = (self.folder / "node" / "ca.pem").read_bytes()
        channel = grpc.aio.secure_channel(
            f"127.0.0.1:{port}",
            grpc.ssl_channel_credentials(root),
            options=[("grpc.ssl_target_name_override", service_name("node"))],
        )
        self._channels.append(channel)
        return Caller(stub(channel))

    async def close(self) -> None:
        """Close every channel."""
        for channel in self._channels:
            await channel.close()

    def _dialled(self, at: str, files: TlsFiles) -> grpc.aio.Channel:
        address = f"127.0.0.1:{self._copies[at].mesh_port}"
        channel = dial(address, name=service_name("node"), tls=files)
        self._channels.append(channel)
        return channel


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stop a process for the length of the block, as a store that hangs."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class Stoppable(Protocol):
    """A store of the test run."""

    def stop(self) -> None: ...
    def start(self) -> None: ...


@contextmanager
def away(store: Stoppable) -> Iterator[None]:
    """Keep a store stopped for the length of the block."""
    store.stop()
    try:
        yield
    finally:
        store.start()
