"""Bytes in, bytes out: what the door passes to an owner without reading it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta

from qvdc_console.api.asgi import (
    BODY_LIMIT_BYTES,
    ClientGone,
    answer,
    arrival_of,
    body_of,
    check_length,
    chunk,
    headers_of,
    start,
    target_of,
    until_gone,
)
from qvdc_console.api.entrance import HOP_BY_HOP, Arrival, Entrance
from qvdc_console.api.errors import HTTP_STATUS, rest_answer, rpc_answer, stream_end
from qvdc_console.api.hearing import Hearing
from qvdc_console.api.public import owner_of, public_methods
from qvdc_console.api.vigil import Seam, right_lost, unless
from qvdc_console.api.witness import Account, Witness
from qvdc_console.domain.refusals import RouteUnknown
from qvdc_console.ports import BrokenOff, HttpOwners, HttpReply
from qvdc_core.errors import Kind, Refusal
from qvdc_obs.logs import get_logger
from qvdc_rpc.peer import Receive, Scope, Send

log = get_logger(__name__)

LONGEST_SILENCE = timedelta(seconds=90)
"""Longer than any call waits and than six missed heartbeats of a watch."""

CODES = {status: code for code, status in reversed(HTTP_STATUS.items())}
"""The code that a status of plain HTTP stands for."""

_NOT_RETURNED = HOP_BY_HOP | {"date", "server"}


class GrpcOverHttp1(Refusal):
    """Native gRPC needs HTTP/2, which is on the other port."""

    kind = Kind.UNIMPLEMENTED
    reason = "USE_GRPC_PORT"

    def __init__(self) -> None:
        super().__init__("Native gRPC is served on the gRPC port; here speak Connect or gRPC-Web.")


class Relay:
    """Streams a request to its owner and the answer back, in both directions unbuffered."""

    def __init__(
        self, entrance: Entrance, owners: HttpOwners, draining: asyncio.Event, witness: Witness
    ) -> None:
        self._entrance = entrance
        self._owners = owners
        self._draining = draining
        self._witness = witness

    @asynccontextmanager
    async def witnessed(self, arrival: Arrival) -> AsyncIterator[Account]:
        """Keep an account of what happens inside, and tell it at the end."""
        account = Account(arrival)
        try:
            yield account
        except ClientGone:
            account.code = "CANCELLED"
            log.debug("relay.client_gone", path=arrival.path)
        except Refusal as refusal:
            account.refused(refusal)
            raise
        finally:
            self._witness.tell(account)

    async def __call__(
        self,
        service: str,
        scope: Scope,
        receive: Receive,
        send: Send,
        account: Account,
        *,
        endless: bool = False,
        limit: int | None = None,
    ) -> None:
        """Relay one request to `service`; an `endless` answer is cut when the door drains.

        Args:
            limit: of the body, in bytes; None leaves it to the owner.

        Raises:
            Refusal: before anything was answered.
            ClientGone: the caller hung up.
        """
        headers = headers_of(scope)
        account.admitted = await self._entrance.admit(account.arrival)
        forwarded = self._entrance.forwarded(headers, account.admitted, service)
        forwarded += [("x-forwarded-host", value) for key, value in headers if key == "host"]
        if limit is not None:
            check_length(account.arrival.headers, limit)
        hearing = Hearing(account, account.arrival.headers.get("content-type", ""))
        async with self._owners.send(
            service,
            method=scope["method"],
            target=target_of(scope),
            headers=forwarded,
            body=hearing.request(body_of(receive, limit=limit))
            if _has_body(dict(headers))
            else b"",
            silence=LONGEST_SILENCE,
        ) as reply:
            try:
                if endless:
                    await self._endless(reply, receive, send, hearing)
                else:
                    await until_gone(_pass_on(reply, send, hearing), receive)
            finally:
                shown = {key.lower(): value for key, value in reply.headers}
                hearing.conclude(reply.status, shown)
                if account.arrival.method is None and reply.status >= 400:
                    account.code, account.reason = CODES.get(reply.status, "UNKNOWN"), ""

    async def _endless(
        self, reply: HttpReply, receive: Receive, send: Send, hearing: Hearing
    ) -> None:
        """Pass a stream on until it ends, the caller goes, the door drains or the right is lost."""
        account = hearing.account
        lost = asyncio.ensure_future(right_lost(self._entrance, account))
        try:
            passing = _pass_on_while(reply, send, hearing, lost)
            await until_gone(passing, receive, cut=self._draining)
        finally:
            lost.cancel()


class RpcPassage:
    """Connect and gRPC-Web: /package.Service/Method of the public packages."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        content_type = dict(headers_of(scope)).get("content-type", "")
        method = public_methods().get(scope["path"])
        try:
            async with self._relay.witnessed(arrival_of(scope, method)) as account:
                if method is None:
                    raise RouteUnknown(scope["path"])
                if is_native_grpc(content_type):
                    raise GrpcOverHttp1
                endless = method.server_streaming
                await self._relay(
                    owner_of(method),
                    scope,
                    receive,
                    send,
                    account,
                    endless=endless,
                    limit=BODY_LIMIT_BYTES,
                )
        except Refusal as refusal:
            await answer(send, rpc_answer(refusal, content_type))


class BytesPassage:
    """Plain HTTP of one service, such as uploads."""

    def __init__(self, relay: Relay, service: str) -> None:
        self._relay = relay
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with self._relay.witnessed(arrival_of(scope)) as account:
                await self._relay(self._service, scope, receive, send, account)
        except Refusal as refusal:
            await answer(send, rest_answer(refusal))


def is_native_grpc(content_type: str) -> bool:
    """Whether a request needs the other port."""
    grpc = content_type.startswith("application/grpc")
    return grpc and not content_type.startswith("application/grpc-web")


async def _pass_on(reply: HttpReply, send: Send, hearing: Hearing) -> None:
    kept = [(key, value) for key, value in reply.headers if key.lower() not in _NOT_RETURNED]
    await start(send, reply.status, kept)
    try:
        async for part in reply.body:
            hearing.response(part)
            await chunk(send, part, more=True)
    except BrokenOff as error:
        # The answer stays without its end, which tells the caller that it is not whole.
        log.warning("relay.broke_off", why=str(error))
        return
    await chunk(send, b"", more=False)


async def _pass_on_while(
    reply: HttpReply, send: Send, hearing: Hearing, lost: "asyncio.Future[Refusal]"
) -> None:
    """Pass a stream on; when the right to it is lost, end it between two envelopes and say why."""
    kept = [(key, value) for key, value in reply.headers if key.lower() not in _NOT_RETURNED]
    await start(send, reply.status, kept)
    seam = Seam()
    try:
        async with aclosing(unless(reply.body, lost, at=seam)) as parts:
            async for part in parts:
                hearing.response(part)
                seam.pass_on(part)
                await chunk(send, part, more=True)
    except BrokenOff as error:
        log.warning("relay.broke_off", why=str(error))
        return
    except Refusal as refusal:
        hearing.account.refused(refusal)
        await chunk(send, stream_end(refusal, hearing.content_type), more=False)
        return
    await chunk(send, b"", more=False)


def _has_body(headers: dict[str, str]) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
