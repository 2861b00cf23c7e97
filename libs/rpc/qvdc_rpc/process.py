"""A service's process: one loop, two ports, its background loops, and an orderly end."""

import asyncio
import gc
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1.health import aio as health_aio

from qvdc_obs.logs import get_logger
from qvdc_obs.metrics import Metrics
from qvdc_rpc import tls
from qvdc_rpc.access import PUBLIC_PACKAGES
from qvdc_rpc.assertion import AssertionVerifier
from qvdc_rpc.connect import ConnectApp
from qvdc_rpc.http import http_app
from qvdc_rpc.identity import Identity, nobody_revoked
from qvdc_rpc.loops import Loops
from qvdc_rpc.mesh import mesh_server
from qvdc_rpc.peer import AsgiApp
from qvdc_rpc.pipeline import Method, Pipeline
from qvdc_rpc.ports import GrpcPort, HttpPort, Port
from qvdc_rpc.readiness import Readiness
from qvdc_rpc.tls import TlsFiles

log = get_logger(__name__)

DRAIN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Wire:
    """Where and as whom a process serves; read from its settings.

    Args:
        mesh_listen: host:port of the gRPC port for the mesh, None for none.
        http_listen: host:port of the HTTP port, None for none.
        enrol_listen: host:port of a second gRPC port that asks for no client certificate; only
            methods whose callers include "anyone" can be called there.
        tls: the certificate files; without them both ports are plain, for tests alone.
        assertion_jwks: the door's published keys; without them no user's call is answered.
        drain: how long calls in flight may take after SIGTERM.
    """

    mesh_listen: str | None = "127.0.0.1:0"
    http_listen: str | None = "127.0.0.1:0"
    enrol_listen: str | None = None
    tls: TlsFiles | None = None
    assertion_jwks: Path | None = None
    drain: timedelta = DRAIN


class Process:
    """Everything one service process runs; composed in app.py, run by __main__.

    Args:
        service: the service's name, which is also the audience of assertions.
        strict_packages: where unknown fields are refused; the public ones.
    """

    def __init__(
        self,
        service: str,
        wire: Wire,
        *,
        metrics: Metrics | None = None,
        strict_packages: frozenset[str] = PUBLIC_PACKAGES,
    ) -> None:
        self.service = service
        self.metrics = metrics or Metrics()
        self.mesh_port = 0
        self.http_port = 0
        self.enrol_port = 0
        self._wire = wire
        self.health = health_aio.HealthServicer()
        self.readiness = Readiness(self.health)
        self._loops = Loops(self.metrics)
        self._pipeline = Pipeline(self.metrics, strict_packages=strict_packages)
        self._methods: list[Method] = []
        self._mounts: dict[str, AsgiApp] = {}
        self.ports: list[Port] = []
        self._on_start: list[Callable[[], Awaitable[object]]] = []
        self._on_stop: list[Callable[[], Awaitable[object]]] = []
        self._stop = asyncio.Event()
        self._revoked: Callable[[str], str | None] = nobody_revoked
        self._verifier = (
            AssertionVerifier(wire.assertion_jwks, audience=service)
            if wire.assertion_jwks
            else None
        )

    def serve(self, service: ServiceDescriptor, servicer: object) -> None:
        """Answer `service` with `servicer` on both ports.

        Raises:
            TypeError: a method is unserved.
        """
        self._methods += self._pipeline.methods(service, servicer)
        self.readiness.health_name(service.full_name)

    def mount(self, path: str, app: AsgiApp) -> None:
        """Serve `app` on the HTTP port below `path`; it authenticates its callers itself, with
        `identity` or by tickets."""
        self._mounts[path] = app

    def add_loop(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run `run` in the background, again whenever it ends, until the process stops."""
        self._loops.add(name, run)

    def add_port(self, port: Port) -> None:
        """Open one more port with the process and drain it with the others."""
        self.ports.append(port)

    def on_start(self, action: Callable[[], Awaitable[object]]) -> None:
        """Do `action` once the ports are open, before the loops; it may read the ports' numbers."""
        self._on_start.append(action)

    def on_stop(self, action: Callable[[], Awaitable[object]]) -> None:
        """Do `action` after the last call and loop ended; the last added comes first."""
        self._on_stop.append(action)

    def stop(self) -> None:
        """Begin the orderly end, as SIGTERM does."""
        self._stop.set()

    def refuse_revoked(self, why: Callable[[str], str | None]) -> None:
        """Refuse hosts of which `why` gives a reason, by their uid; asked at each call."""
        self._revoked = why

    @property
    def draining(self) -> asyncio.Event:
        """Set when the orderly end begins; what streams on ports of the service's own look at."""
        return self._pipeline.draining

    @property
    def identity(self) -> Identity:
        """The HTTP port's way to tell users apart, for mounted applications."""
        return Identity(
            self._verifier,
            users_only=True,
            trust_unknown_peer=self._wire.tls is None,
            revoked=lambda uid: self._revoked(uid),
        )

    def main(self) -> None:
        """Run until SIGTERM or SIGINT; the last line of __main__."""
        asyncio.run(self.run())

    async def run(self) -> None:
        """Run until SIGTERM, SIGINT or `stop()`, then drain and return."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        async with self.running():
            _settle_memory()
            await self._stop.wait()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["Process", None]:
        """Serve inside the block and drain at its end; what in-process tests use."""
        await self._open()
        background = asyncio.create_task(self._background(), name="loops")
        log.info("process.started", mesh_port=self.mesh_port, http_port=self.http_port)
        try:
            yield self
        finally:
            await self._drain()
            background.cancel()
            await asyncio.gather(background, return_exceptions=True)
            for action in reversed(self._on_stop):
                await self._quietly(action)
            log.info("process.stopped")

    async def _background(self) -> None:
        for action in self._on_start:
            await self._quietly(action)
        self._loops.add("readiness", self.readiness.watch)
        for place, port in enumerate(self.ports):
            if isinstance(port, HttpPort):
                self._loops.add(f"certificate-{place}", port.follow_certificate)
        await self._loops.run()

    def _own_ports(self) -> dict[str, Port]:
        wire, files = self._wire, self._wire.tls
        ports: dict[str, Port] = {}
        if wire.mesh_listen is not None:
            identity = Identity(
                self._verifier,
                trust_unknown_peer=files is None,
                revoked=lambda uid: self._revoked(uid),
            )
            ports["mesh"] = self._grpc_port(wire.mesh_listen, identity, "mesh")
        if wire.enrol_listen is not None:
            ports["enrol"] = self._grpc_port(wire.enrol_listen, Identity(None), "enrol")
        if wire.http_listen is not None:
            app = http_app(
                rpc=ConnectApp(self._methods, identity=self.identity),
                mounts=self._mounts,
                readiness=self.readiness,
                metrics=self.metrics,
            )
            ports["http"] = HttpPort(wire.http_listen, app, files, require_client=True)
        return ports

    def _grpc_port(self, listen: str, identity: Identity, name: str) -> GrpcPort:
        def make() -> grpc.aio.Server:
            return mesh_server(self._methods, identity=identity, health=self.health, port_name=name)

        files = self._wire.tls
        credentials = None
        if files is not None:
            credentials = tls.server_credentials(files, require_client=name != "enrol")
        return GrpcPort(listen, make, credentials)

    async def _open(self) -> None:
        own = self._own_ports()
        self.ports = [*own.values(), *self.ports]
        for port in self.ports:
            await port.open(self._wire.drain)
        numbers = {name: port.number for name, port in own.items()}
        self.mesh_port = numbers.get("mesh", 0)
        self.http_port = numbers.get("http", 0)
        self.enrol_port = numbers.get("enrol", 0)

    async def _drain(self) -> None:
        log.info("process.draining")
        self._pipeline.draining.set()
        await self.readiness.drain()
        closing = [port.close(self._wire.drain) for port in self.ports]
        await asyncio.gather(*closing, return_exceptions=True)

    async def _quietly(self, action: Callable[[], Awaitable[object]]) -> None:
        try:
            await action()
        except Exception:  # one failing hook must not keep the others from running
            log.exception("process.hook_failed", hook=getattr(action, "__qualname__", "?"))


def _settle_memory() -> None:
    """Keep what was made at start, which lives as long as the process, out of every collection."""
    gc.collect()
    gc.freeze()
