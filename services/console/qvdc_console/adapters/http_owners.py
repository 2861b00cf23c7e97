"""The HTTP ports behind the door, reached with httpx over mutual TLS."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from ssl import SSLContext

import httpx

from qvdc_console.adapters.directory import Directory
from qvdc_console.domain.refusals import OwnerAway
from qvdc_console.ports import BrokenOff, Headers, HttpReply
from qvdc_obs.logs import get_logger
from qvdc_rpc import tls
from qvdc_rpc.tls import TlsFiles, service_name

log = get_logger(__name__)

CONNECT_SECONDS = 3.0
# Shorter than the owners' own 75 s, so that no request meets a connection that is being closed.
IDLE_SECONDS = 30.0
LIMITS = httpx.Limits(
    max_connections=2000, max_keepalive_connections=200, keepalive_expiry=IDLE_SECONDS
)


class HttpxOwners:
    """Sends to any copy of a service, and to the next one when a copy cannot be reached.

    Only failed connections are tried again: then nothing was sent.
    """

    def __init__(self, directory: Directory, files: TlsFiles | None) -> None:
        self._directory = directory
        self._files = files
        self._context: SSLContext | None = None
        self._stamp: tuple[int, ...] = ()
        if files is not None:
            self._context = tls.client_context(files)
            self._stamp = files.stamp()
        self._client = httpx.AsyncClient(
            verify=self._context if self._context is not None else False,
            limits=LIMITS,
            trust_env=False,
            follow_redirects=False,
        )

    @asynccontextmanager
    async def send(
        self,
        service: str,
        *,
        method: str,
        target: str,
        headers: Headers,
        body: AsyncIterator[bytes] | bytes,
        silence: timedelta,
    ) -> AsyncIterator[HttpReply]:
        self._follow_certificate()
        copies = list(await self._directory.copies(service))
        random.shuffle(copies)
        addresses = [copy.http for copy in copies]
        request = _Request(method, target, headers, body, silence)
        reply = await self._first_answer(service, addresses, request)
        try:
            pairs = [
                (key.decode("latin-1"), value.decode("latin-1")) for key, value in reply.headers.raw
            ]
            yield HttpReply(reply.status_code, pairs, _body(reply))
        finally:
            await reply.aclose()

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _first_answer(
        self, service: str, addresses: Sequence[str], request: "_Request"
    ) -> httpx.Response:
        scheme = "http" if self._files is None else "https"
        for address in addresses:
            sent = request.to(f"{scheme}://{address}", service_name(service))
            try:
                return await self._client.send(sent, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                log.info("owner.unreachable", owner=service, address=address, why=str(error))
            except httpx.TransportError as error:
                log.warning("owner.broke_off", owner=service, address=address, why=repr(error))
                raise OwnerAway(service) from error
        raise OwnerAway(service)

    def _follow_certificate(self) -> None:
        if self._files is None or self._context is None:
            return
        with suppress(OSError):
            stamp = self._files.stamp()
            if stamp != self._stamp:
                tls.reload(self._context, self._files)
                self._stamp = stamp


@dataclass(frozen=True, slots=True)
class _Request:
    """A request that has not chosen its copy yet."""

    method: str
    target: str
    headers: Headers
    body: AsyncIterator[bytes] | bytes
    silence: timedelta

    def to(self, origin: str, name: str) -> httpx.Request:
        """The request to the copy at `origin`, whose certificate must say `name`."""
        timeout = httpx.Timeout(
            None,
            connect=CONNECT_SECONDS,
            pool=CONNECT_SECONDS,
            read=self.silence.total_seconds(),
        )
        return httpx.Request(
            self.method,
            httpx.URL(origin).copy_with(raw_path=self.target.encode("ascii")),
            headers=list(self.headers),
            content=self.body,
            extensions={"sni_hostname": name, "timeout": timeout.as_dict()},
        )


async def _body(reply: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for part in reply.aiter_raw():
            yield part
    except httpx.TransportError as error:
        raise BrokenOff(type(error).__name__) from error
