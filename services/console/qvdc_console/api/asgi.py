"""Small pieces of ASGI that the door's parts share."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Mapping
from datetime import timedelta
from typing import Any

from google.protobuf.descriptor import MethodDescriptor

from qvdc_console.api.entrance import Arrival
from qvdc_console.api.errors import Answer
from qvdc_console.domain.refusals import BodyTooLong, BodyTooSlow
from qvdc_console.ports import Headers
from qvdc_rpc.peer import Receive, Scope, Send
from qvdc_rpc.pipeline import STREAM_DRAIN_GRACE

BODY_LIMIT_BYTES = 8 * 1024 * 1024
"""Of a message; uploads are bounded by their owner."""
IDLE_BODY = timedelta(seconds=60)
BODY_WITHIN = timedelta(seconds=60)


NOSNIFF = (b"x-content-type-options", b"nosniff")


class ClientGone(Exception):
    """The caller hung up."""


def headers_of(scope: Scope) -> list[tuple[str, str]]:
    """The request's headers, names in lower case."""
    return [(key.decode("latin-1"), value.decode("latin-1")) for key, value in scope["headers"]]


def address_of(scope: Scope) -> str:
    """The peer's IP address."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def arrival_of(scope: Scope, method: MethodDescriptor | None = None) -> Arrival:
    """The request as the entrance wants it; `method` is the RPC that is meant."""
    headers = dict(headers_of(scope))
    origin = f"{scope.get('scheme', 'http')}://{headers.get('host', '')}"
    verb, path = str(scope["method"]), str(scope["path"])
    return Arrival(headers, address_of(scope), origin, verb, path, method)


def target_of(scope: Scope) -> str:
    """Path and query as they came, still encoded."""
    path = bytes(scope.get("raw_path") or scope["path"].encode()).decode("ascii")
    query = bytes(scope["query_string"]).decode("ascii")
    return f"{path}?{query}" if query else path


async def body_of(receive: Receive, *, limit: int | None = None) -> AsyncIterator[bytes]:
    """The request's body as it arrives.

    Args:
        limit: of all its bytes, which must then come within 60 s, too; None for uploads, which
            their owner bounds.

    Raises:
        ClientGone: the caller hung up before its end.
        BodyTooLong, BodyTooSlow: it is.
    """
    size, end = 0, time.monotonic() + BODY_WITHIN.total_seconds()
    while True:
        left = IDLE_BODY.total_seconds()
        if limit is not None:
            left = min(left, max(end - time.monotonic(), 0))
        try:
            async with asyncio.timeout(left):
                message = await receive()
        except TimeoutError:
            raise BodyTooSlow from None
        if message["type"] == "http.disconnect":
            raise ClientGone
        if chunk := message.get("body", b""):
            size += len(chunk)
            if limit is not None and size > limit:
                raise BodyTooLong(limit)
            yield chunk
        if not message.get("more_body", False):
            return


async def whole_body(receive: Receive, limit: int) -> bytes:
    """The whole body.

    Raises:
        ClientGone, BodyTooLong, BodyTooSlow: as `body_of`.
    """
    return b"".join([part async for part in body_of(receive, limit=limit)])


def check_length(headers: Mapping[str, str], limit: int) -> None:
    """Refuse a body that says itself that it is too long, before it is read.

    Raises:
        BodyTooLong: it does.
    """
    length = headers.get("content-length", "0")
    if length.isdecimal() and int(length) > limit:
        raise BodyTooLong(limit)


async def start(send: Send, status: int, headers: Headers) -> None:
    """Send the status line and the headers; no browser is to guess what the bytes are."""
    raw = [(key.encode("latin-1"), value.encode("latin-1")) for key, value in headers]
    if not any(key.lower() == NOSNIFF[0] for key, _ in raw):
        raw.append(NOSNIFF)
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def chunk(send: Send, body: bytes, *, more: bool) -> None:
    """Send a part of the body."""
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def answer(send: Send, what: Answer) -> None:
    """Send a whole answer."""
    await start(send, what.status, [*what.headers, ("content-length", str(len(what.body)))])
    await chunk(send, what.body, more=False)


async def until_gone(
    work: Awaitable[None], receive: Receive, *, cut: asyncio.Event | None = None
) -> None:
    """Do `work`, but stop it as soon as the caller hangs up; for after the body was read.

    Args:
        cut: for answers that may go on for ever: stop 1 s after it was set, without an end, so
            that the caller knows that there is more and asks another copy.
    """
    doing: asyncio.Future[Any] = asyncio.ensure_future(work)
    watching = [asyncio.ensure_future(_hung_up(receive))]
    if cut is not None:
        watching.append(asyncio.ensure_future(soon_after(cut)))
    try:
        await asyncio.wait({doing, *watching}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            doing.result()
    finally:
        for each in (doing, *watching):
            each.cancel()
        await asyncio.gather(doing, *watching, return_exceptions=True)


async def soon_after(cut: asyncio.Event) -> None:
    """Return 1 s after `cut` was set."""
    await cut.wait()
    await asyncio.sleep(STREAM_DRAIN_GRACE.total_seconds())


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
