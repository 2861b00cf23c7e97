"""Listening ports of a process, opened at its start and drained at its end."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

import grpc

from qvdc_rpc import tls
from qvdc_rpc.http import HttpServer, bind, http_server
from qvdc_rpc.peer import AsgiApp
from qvdc_rpc.tls import TlsFiles
from qvdc_rpc.wary import Wariness

CERTIFICATE_PERIOD = timedelta(seconds=5)


class Port(Protocol):
    """Something that listens; `number` is its port once open."""

    number: int

    async def open(self, drain: timedelta) -> None:
        """Start listening; `drain` is how long calls in flight will be given.

        Raises:
            OSError, RuntimeError: the address cannot be had.
        """
        ...

    async def close(self, drain: timedelta) -> None:
        """Stop accepting, answer what is in flight for at most `drain`, and close."""
        ...


class GrpcPort:
    """A grpc.aio server on an address.

    Args:
        make: builds the server; called when the port opens, on the loop that serves it.
        credentials: None for a plain port.
    """

    def __init__(
        self,
        listen: str,
        make: Callable[[], grpc.aio.Server],
        credentials: grpc.ServerCredentials | None,
    ) -> None:
        self.number = 0
        self._listen = listen
        self._make = make
        self._credentials = credentials
        self._server: grpc.aio.Server | None = None

    async def open(self, drain: timedelta) -> None:  # noqa: ARG002 - known only at the end here
        self._server = self._make()
        if self._credentials is None:
            self.number = self._server.add_insecure_port(self._listen)
        else:
            self.number = self._server.add_secure_port(self._listen, self._credentials)
        await self._server.start()

    async def close(self, drain: timedelta) -> None:
        if self._server is not None:
            await self._server.stop(drain.total_seconds())


class HttpPort:
    """An ASGI application on an address.

    Args:
        files: certificate and key, followed when they change; None for a plain port.
        require_client: ask for a certificate signed by `files.ca`.
        wariness: bounds for the connections of strangers.
    """

    def __init__(
        self,
        listen: str,
        app: AsgiApp,
        files: TlsFiles | None = None,
        *,
        require_client: bool = False,
        wariness: Wariness | None = None,
    ) -> None:
        self.number = 0
        self._listen = listen
        self._app = app
        self._files = files
        self._require_client = require_client
        self._wariness = wariness
        self._context: ssl.SSLContext | None = None
        self._serving: tuple[HttpServer, asyncio.Task[None]] | None = None

    async def open(self, drain: timedelta) -> None:
        if self._files is not None:
            self._context = tls.server_context(self._files, require_client=self._require_client)
        opened = bind(self._listen)
        self.number = int(opened.getsockname()[1])
        server = http_server(
            self._app,
            context=self._context,
            drain_seconds=drain.total_seconds(),
            wariness=self._wariness,
        )
        self._serving = server, asyncio.create_task(server.serve(sockets=[opened]), name="http")

    async def close(self, drain: timedelta) -> None:  # noqa: ARG002 - the server was told at its start
        if self._serving is not None:
            server, task = self._serving
            server.should_exit = True
            await task

    async def follow_certificate(self) -> None:
        """Give new connections the certificate that the files hold; one of the process's loops."""
        if self._files is None or self._context is None:
            await asyncio.Event().wait()
            return
        stamp = self._files.stamp()
        while True:
            await asyncio.sleep(CERTIFICATE_PERIOD.total_seconds())
            if (now := self._files.stamp()) != stamp:
                tls.reload(self._context, self._files)
                stamp = now
