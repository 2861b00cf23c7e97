"""The peer's certificate on the HTTP port, which ASGI itself does not carry."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from qvdc_rpc.tls import spiffe_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

PEER_STATE_KEY = "peer_spiffe"

peer_spiffe: ContextVar[str | None] = ContextVar("peer_spiffe", default=None)
"""The certificate's id of the HTTP request that is being answered."""


class PeerProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, telling the application who the TLS peer is.

    The id is in scope["state"]["peer_spiffe"], None on plain ports.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        certificate = tls.getpeercert(binary_form=True) if isinstance(tls, ssl.SSLObject) else None
        self.app_state = {**self.app_state, PEER_STATE_KEY: spiffe_of(certificate)}


class PeerMiddleware:
    """Sets `peer_spiffe` for everything below it."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope.get("state") or {}
        token = peer_spiffe.set(state.get(PEER_STATE_KEY))
        try:
            await self._app(scope, receive, send)
        finally:
            peer_spiffe.reset(token)
