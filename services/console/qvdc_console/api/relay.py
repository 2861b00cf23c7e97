"""Bytes in, bytes out: what the door passes to an owner without reading it."""

import asyncio
from datetime import timedelta

from qvdc_console.api.asgi import (
    ClientGone,
    address_of,
    answer,
    body_of,
    chunk,
    headers_of,
    start,
    target_of,
    until_gone,
)
from qvdc_console.api.entrance import HOP_BY_HOP, Entrance
from qvdc_console.api.errors import rest_answer, rpc_answer
from qvdc_console.api.public import owner_of, public_methods
from qvdc_console.domain.refusals import RouteUnknown
from qvdc_console.ports import BrokenOff, HttpOwners, HttpReply
from qvdc_core.errors import Kind, Refusal
from qvdc_obs.logs import get_logger
from qvdc_rpc.peer import Receive, Scope, Send

log = get_logger(__name__)

LONGEST_SILENCE = timedelta(seconds=90)
"""Longer than any call waits and than six missed heartbeats of a watch."""

_NOT_RETURNED = HOP_BY_HOP | {"date", "server"}


class GrpcOverHttp1(Refusal):
    """Native gRPC needs HTTP/2, which is on the other port."""

    kind = Kind.UNIMPLEMENTED
    reason = "USE_GRPC_PORT"

    def __init__(self) -> None:
        super().__init__("Native gRPC is served on the gRPC port; here speak Connect or gRPC-Web.")


class Relay:
    """Streams a request to its owner and the answer back, in both directions unbuffered."""

    def __init__(self, entrance: Entrance, owners: HttpOwners, draining: asyncio.Event) -> None:
        self._entrance = entrance
        self._owners = owners
        self._draining = draining

    async def __call__(
        self, service: str, scope: Scope, receive: Receive, send: Send, *, endless: bool = False
    ) -> None:
        """Relay one request to `service`; an `endless` answer is cut when the door drains.

        Raises:
            Refusal: before anything was answered.
            ClientGone: the caller hung up.
        """
        headers = headers_of(scope)
        admitted = await self._entrance.admit(dict(headers), address_of(scope))
        forwarded = self._entrance.forwarded(headers, admitted, service)
        forwarded.append(("x-forwarded-for", address_of(scope)))
        forwarded += [("x-forwarded-host", value) for key, value in headers if key == "host"]
        async with self._owners.send(
            service,
            method=scope["method"],
            target=target_of(scope),
            headers=forwarded,
            body=body_of(receive) if _has_body(dict(headers)) else b"",
            silence=LONGEST_SILENCE,
        ) as reply:
            cut = self._draining if endless else None
            await until_gone(_pass_on(reply, send), receive, cut=cut)


class RpcPassage:
    """Connect and gRPC-Web: /package.Service/Method of the public packages."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        content_type = dict(headers_of(scope)).get("content-type", "")
        try:
            await self._pass(content_type, scope, receive, send)
        except ClientGone:
            log.debug("relay.client_gone", path=scope["path"])
        except Refusal as refusal:
            await answer(send, rpc_answer(refusal, content_type))

    async def _pass(self, content_type: str, scope: Scope, receive: Receive, send: Send) -> None:
        method = public_methods().get(scope["path"])
        if method is None:
            raise RouteUnknown(scope["path"])
        grpc = content_type.startswith("application/grpc")
        if grpc and not content_type.startswith("application/grpc-web"):
            raise GrpcOverHttp1
        endless = method.server_streaming
        await self._relay(owner_of(method), scope, receive, send, endless=endless)


class BytesPassage:
    """Plain HTTP of one service, such as uploads."""

    def __init__(self, relay: Relay, service: str) -> None:
        self._relay = relay
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._relay(self._service, scope, receive, send)
        except ClientGone:
            log.debug("relay.client_gone", path=scope["path"])
        except Refusal as refusal:
            await answer(send, rest_answer(refusal))


async def _pass_on(reply: HttpReply, send: Send) -> None:
    kept = [(key, value) for key, value in reply.headers if key.lower() not in _NOT_RETURNED]
    await start(send, reply.status, kept)
    try:
        async for part in reply.body:
            await chunk(send, part, more=True)
    except BrokenOff as error:
        # The answer stays without its end, which tells the caller that it is not whole.
        log.warning("relay.broke_off", why=str(error))
        return
    await chunk(send, b"", more=False)


def _has_body(headers: dict[str, str]) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
