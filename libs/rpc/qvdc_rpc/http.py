"""The HTTP port: uvicorn on the process's own loop and signals."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from qvdc_obs.metrics import Metrics
from qvdc_rpc.peer import AsgiApp, PeerMiddleware, PeerProtocol
from qvdc_rpc.readiness import Readiness
from qvdc_rpc.wary import Wariness, WaryProtocol

TLS_GOODBYE_SECONDS = 1.0
"""How long a closing connection waits for the peer's goodbye; idle peers never give one."""


class HttpServer(uvicorn.Server):
    """uvicorn without its signal handlers, which end the process before everything is drained,
    and without asyncio's 30 s of waiting for a TLS peer's goodbye."""

    def __init__(self, config: uvicorn.Config, wariness: Wariness | None = None) -> None:
        super().__init__(config)
        self._wariness = wariness

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        context = self.config.ssl
        goodbye = None if context is None else TLS_GOODBYE_SECONDS
        self.servers = [
            await loop.create_server(
                self._protocol,
                sock=each,
                ssl=context,
                backlog=self.config.backlog,
                ssl_shutdown_timeout=goodbye,
            )
            for each in sockets or ()
        ]
        self.started = True

    def _protocol(self) -> PeerProtocol:
        given: dict[str, Any] = {
            "config": self.config,
            "server_state": self.server_state,
            "app_state": self.lifespan.state,
        }
        if self._wariness is not None:
            return WaryProtocol(wariness=self._wariness, **given)
        return PeerProtocol(**given)


def http_app(
    *,
    rpc: AsgiApp,
    mounts: Mapping[str, AsgiApp],
    readiness: Readiness,
    metrics: Metrics,
) -> AsgiApp:
    """Compose the port: health, metrics, the service's own mounts, and RPCs for the rest.

    A mount at "/" takes what is neither health nor metrics, the RPC paths too.
    """
    routes: list[BaseRoute] = [*health_routes(readiness, metrics)]
    routes += [Mount(path, app=app) for path, app in mounts.items()]
    if "/" not in mounts:
        routes.append(Mount("/", app=rpc))
    return PeerMiddleware(Starlette(routes=routes))


def health_routes(readiness: Readiness, metrics: Metrics) -> list[Route]:
    """The routes /healthz, /livez, /readyz and /metrics."""

    async def alive(_: Request) -> Response:
        return JSONResponse({"alive": True})

    async def ready(_: Request) -> Response:
        verdict = await readiness.check()
        away = [{"store": name, "why": why} for name, why in sorted(verdict.away.items())]
        return JSONResponse({"ready": verdict.ready, "away": away}, 200 if verdict.ready else 503)

    async def numbers(_: Request) -> Response:
        page, content_type = metrics.render()
        return Response(page, media_type=content_type)

    return [
        Route("/healthz", alive),
        Route("/livez", alive),
        Route("/readyz", ready),
        Route("/metrics", numbers),
    ]


def http_server(
    app: AsgiApp,
    *,
    context: ssl.SSLContext | None,
    drain_seconds: float,
    wariness: Wariness | None = None,
) -> HttpServer:
    """Make the server; run `serve(sockets=[...])` on it and set `should_exit` to drain.

    Args:
        wariness: bounds for the connections of strangers; None where only processes of ours call.
    """
    config = uvicorn.Config(
        app,
        http=PeerProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=max(1, round(drain_seconds)),
    )
    config.load()
    config.ssl = context
    return HttpServer(config, wariness)


def bind(listen: str) -> socket.socket:
    """Open the listening socket of `listen`, host:port; port 0 takes a free one.

    Raises:
        OSError: the address is taken or not ours.
    """
    host, port = split_address(listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named since asyncio switches Nagle's delay off only where it is.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
    except OSError:
        opened.close()
        raise
    opened.setblocking(False)
    return opened


def split_address(address: str) -> tuple[str, int]:
    """Split host:port; IPv6 hosts stand in brackets.

    Raises:
        ValueError: there is no port.
    """
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdecimal():
        raise ValueError(f"not host:port: {address!r}")
    return host.strip("[]"), int(port)
