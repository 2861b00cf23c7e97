"""A service's process: one loop, two ports, its background loops, and an orderly end."""

import asyncio
import signal
import ssl
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
from qvdc_rpc.http import HttpServer, bind, http_app, http_server
from qvdc_rpc.identity import Identity
from qvdc_rpc.loops import Loops
from qvdc_rpc.mesh import mesh_server
from qvdc_rpc.peer import AsgiApp
from qvdc_rpc.pipeline import Method, Pipeline
from qvdc_rpc.readiness import Readiness
from qvdc_rpc.tls import TlsFiles

log = get_logger(__name__)

DRAIN = timedelta(seconds=10)
CERTIFICATE_PERIOD = timedelta(seconds=5)


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
        self._health = health_aio.HealthServicer()
        self.readiness = Readiness(self._health)
        self._loops = Loops(self.metrics)
        self._pipeline = Pipeline(self.metrics, strict_packages=strict_packages)
        self._methods: list[Method] = []
        self._mounts: dict[str, AsgiApp] = {}
        self._on_start: list[Callable[[], Awaitable[object]]] = []
        self._on_stop: list[Callable[[], Awaitable[object]]] = []
        self._stop = asyncio.Event()
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

    def on_start(self, action: Callable[[], Awaitable[object]]) -> None:
        """Do `action` once the ports are open, before the loops; it may read the ports' numbers."""
        self._on_start.append(action)

    def on_stop(self, action: Callable[[], Awaitable[object]]) -> None:
        """Do `action` after the last call and loop ended; the last added comes first."""
        self._on_stop.append(action)

    def stop(self) -> None:
        """Begin the orderly end, as SIGTERM does."""
        self._stop.set()

    @property
    def identity(self) -> Identity:
        """The HTTP port's way to tell users apart, for mounted applications."""
        return Identity(self._verifier, users_only=True, trust_unknown_peer=self._wire.tls is None)

    def main(self) -> None:
        """Run until SIGTERM or SIGINT; the last line of __main__."""
        asyncio.run(self.run())

    async def run(self) -> None:
        """Run until SIGTERM, SIGINT or `stop()`, then drain and return."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        async with self.running():
            await self._stop.wait()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["Process", None]:
        """Serve inside the block and drain at its end; what in-process tests use."""
        servers = await self._open_mesh()
        web = await self._open_http()
        background = asyncio.create_task(self._background(), name="loops")
        log.info("process.started", mesh_port=self.mesh_port, http_port=self.http_port)
        try:
            yield self
        finally:
            await self._drain(servers, web)
            background.cancel()
            await asyncio.gather(background, return_exceptions=True)
            for action in reversed(self._on_stop):
                await self._quietly(action)
            log.info("process.stopped")

    async def _background(self) -> None:
        for action in self._on_start:
            await self._quietly(action)
        self._loops.add("readiness", self.readiness.watch)
        if self._wire.tls is not None and self._context is not None:
            self._loops.add("certificates", self._follow_certificate)
        await self._loops.run()

    async def _open_mesh(self) -> list[grpc.aio.Server]:
        servers: list[grpc.aio.Server] = []
        if self._wire.mesh_listen is not None:
            identity = Identity(self._verifier, trust_unknown_peer=self._wire.tls is None)
            server, self.mesh_port = await self._open_grpc(self._wire.mesh_listen, identity, "mesh")
            servers.append(server)
        if self._wire.enrol_listen is not None:
            identity = Identity(None)
            server, self.enrol_port = await self._open_grpc(
                self._wire.enrol_listen, identity, "enrol"
            )
            servers.append(server)
        return servers

    async def _open_grpc(
        self, listen: str, identity: Identity, name: str
    ) -> tuple[grpc.aio.Server, int]:
        server = mesh_server(self._methods, identity=identity, health=self._health, port_name=name)
        if self._wire.tls is None:
            port = server.add_insecure_port(listen)
        else:
            credentials = tls.server_credentials(self._wire.tls, require_client=name != "enrol")
            port = server.add_secure_port(listen, credentials)
        await server.start()
        return server, port

    async def _open_http(self) -> tuple[HttpServer, asyncio.Task[None]] | None:
        self._context: ssl.SSLContext | None = None
        if self._wire.http_listen is None:
            return None
        if self._wire.tls is not None:
            self._context = tls.server_context(self._wire.tls)
        app = http_app(
            rpc=ConnectApp(self._methods, identity=self.identity),
            mounts=self._mounts,
            readiness=self.readiness,
            metrics=self.metrics,
        )
        drain = self._wire.drain.total_seconds()
        server = http_server(app, context=self._context, drain_seconds=drain)
        opened = bind(self._wire.http_listen)
        self.http_port = int(opened.getsockname()[1])
        return server, asyncio.create_task(server.serve(sockets=[opened]), name="http")

    async def _drain(
        self,
        servers: list[grpc.aio.Server],
        web: tuple[HttpServer, asyncio.Task[None]] | None,
    ) -> None:
        log.info("process.draining")
        self._pipeline.draining.set()
        await self.readiness.drain()
        ending: list[Awaitable[None]] = [
            server.stop(self._wire.drain.total_seconds()) for server in servers
        ]
        if web is not None:
            web[0].should_exit = True
            ending.append(web[1])
        await asyncio.gather(*ending, return_exceptions=True)

    async def _follow_certificate(self) -> None:
        files, context = self._wire.tls, self._context
        if files is None or context is None:
            return
        stamp = files.stamp()
        while True:
            await asyncio.sleep(CERTIFICATE_PERIOD.total_seconds())
            if (now := files.stamp()) != stamp:
                tls.reload(context, files)
                stamp = now

    async def _quietly(self, action: Callable[[], Awaitable[object]]) -> None:
        try:
            await action()
        except Exception:  # one failing hook must not keep the others from running
            log.exception("process.hook_failed", hook=getattr(action, "__qualname__", "?"))
