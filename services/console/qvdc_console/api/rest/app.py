"""REST: transcoded here, answered by the owners."""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from qvdc_console.api.asgi import (
    BODY_LIMIT_BYTES,
    ClientGone,
    answer,
    arrival_of,
    check_length,
    chunk,
    start,
    until_gone,
    whole_body,
)
from qvdc_console.api.compress import unpacked
from qvdc_console.api.entrance import Entrance, Pass
from qvdc_console.api.errors import Answer, from_connect_json, rest_answer
from qvdc_console.api.public import owner_of
from qvdc_console.api.relay import LONGEST_SILENCE
from qvdc_console.api.rest.request import RestRequest, to_message
from qvdc_console.api.rest.response import NDJSON, SSE, Lines, envelope, frames, opening, to_json
from qvdc_console.api.rest.routes import Match, Route, Routes
from qvdc_console.api.vigil import right_lost, unless
from qvdc_console.api.witness import Account, Witness, object_of
from qvdc_console.domain.refusals import (
    BodyTooLong,
    BodyTooSlow,
    EncodingUnknown,
    MethodNotAllowed,
)
from qvdc_console.ports import BrokenOff, HttpOwners, HttpReply
from qvdc_core.errors import Kind, Refusal
from qvdc_obs.logs import get_logger
from qvdc_rpc.peer import Receive, Scope, Send
from qvdc_rpc.pipeline import DEFAULT_DEADLINE

log = get_logger(__name__)

WAIT_MARGIN = timedelta(seconds=5)
SILENCE_MARGIN = timedelta(seconds=2)
LONGEST_TIMEOUT_MS = 600_000


class AnswerBrokenOff(Refusal):
    """An owner went away in the middle of its answer."""

    kind = Kind.UNAVAILABLE
    reason = "ANSWER_BROKEN_OFF"


class RestApp:
    """Answers /api/v1 for every public method that has an HTTP annotation."""

    def __init__(
        self,
        routes: Routes,
        entrance: Entrance,
        owners: HttpOwners,
        draining: asyncio.Event,
        witness: Witness,
    ) -> None:
        self._draining = draining
        self._witness = witness
        self._routes = routes
        self._entrance = entrance
        self._owners = owners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match, unknown = self._match(scope)
        account = Account(arrival_of(scope, match.route.method if match else None))
        try:
            await self._answer(match, unknown, account, _Wire(scope, receive, send))
        except ClientGone:
            account.code = "CANCELLED"
            log.debug("rest.client_gone", path=scope["path"])
        except Refusal as refusal:
            account.refused(refusal)
            await answer(send, _refused(refusal))
        finally:
            self._witness.tell(account)

    def _match(self, scope: Scope) -> tuple[Match | None, Refusal | None]:
        try:
            return self._routes.find(scope["method"], _raw_path(scope)), None
        except Refusal as refusal:
            return None, refusal

    async def _answer(
        self, match: Match | None, unknown: Refusal | None, account: Account, wire: "_Wire"
    ) -> None:
        headers = account.arrival.headers
        account.admitted = await self._entrance.admit(account.arrival)
        if match is None:
            assert unknown is not None
            raise unknown  # only now: strangers learn no paths
        check_length(headers, BODY_LIMIT_BYTES)
        packed = await whole_body(wire.receive, BODY_LIMIT_BYTES)
        encoding = headers.get("content-encoding", "").strip().lower()
        body = unpacked(packed, encoding, limit=BODY_LIMIT_BYTES)
        query = bytes(wire.scope["query_string"]).decode("ascii")
        message = to_message(match, RestRequest(query, headers, body))
        account.object = object_of(message)
        exchange = _Exchange(match.route, message, account, wire.send)
        if match.route.method.server_streaming:
            await until_gone(self._stream(exchange), wire.receive, cut=self._draining)
        else:
            await until_gone(self._unary(exchange), wire.receive)

    async def _unary(self, exchange: "_Exchange") -> None:
        timeout = _timeout(exchange.message, exchange.headers)
        asked = ("connect-timeout-ms", str(round(timeout.total_seconds() * 1000)))
        data = exchange.message.SerializeToString()
        silence = timeout + SILENCE_MARGIN
        async with self._sent(exchange, "application/proto", data, silence, asked) as reply:
            body = await _whole(reply)
            if reply.status != 200:
                raise from_connect_json(body, reply.status)
            told = _success(exchange.route, body)
            told.headers.extend(_shown(reply))
        await answer(exchange.send, told)

    async def _stream(self, exchange: "_Exchange") -> None:
        wants_events = SSE in exchange.headers.get("accept", "")
        media_type = SSE if wants_events else NDJSON
        data = envelope(exchange.message.SerializeToString())
        kind = "application/connect+proto"
        async with self._sent(exchange, kind, data, LONGEST_SILENCE) as reply:
            if reply.status != 200:
                raise from_connect_json(await _whole(reply), reply.status)
            stream = frames(reply.body)
            first = await opening(stream)
            shown = [("content-type", media_type), ("cache-control", "no-store"), *_shown(reply)]
            await start(exchange.send, 200, shown)
            written = Lines(exchange.route.method.output_type, media_type)
            lost = asyncio.ensure_future(right_lost(self._entrance, exchange.account))
            try:
                async with aclosing(unless(written.of(first, stream), lost)) as told:
                    async for line in told:
                        await chunk(exchange.send, line, more=True)
            except Refusal as refusal:
                exchange.account.refused(refusal)
                await chunk(exchange.send, written.error(refusal), more=True)
            finally:
                lost.cancel()
            await chunk(exchange.send, b"", more=False)

    def _sent(
        self,
        exchange: "_Exchange",
        content_type: str,
        data: bytes,
        silence: timedelta,
        *more: tuple[str, str],
    ) -> AbstractAsyncContextManager[HttpReply]:
        method = exchange.route.method
        owner = owner_of(method)
        headers = [("content-type", content_type), ("connect-protocol-version", "1"), *more]
        return self._owners.send(
            owner,
            method="POST",
            target=f"/{method.containing_service.full_name}/{method.name}",
            headers=[*headers, *self._entrance.vouch(exchange.admitted, owner)],
            body=data,
            silence=silence,
        )


@dataclass(frozen=True, slots=True)
class _Wire:
    """The three that ASGI gives."""

    scope: Scope
    receive: Receive
    send: Send


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One request, read, on its way to the owner."""

    route: Route
    message: Message
    account: Account
    send: Send

    @property
    def headers(self) -> Mapping[str, str]:
        """The caller's headers."""
        return self.account.arrival.headers

    @property
    def admitted(self) -> Pass:
        """Who was let in."""
        assert isinstance(self.account.admitted, Pass)
        return self.account.admitted


def _refused(refusal: Refusal) -> Answer:
    if isinstance(refusal, BodyTooLong):
        return rest_answer(refusal, status=413)
    if isinstance(refusal, BodyTooSlow):
        return rest_answer(refusal, status=408)
    if isinstance(refusal, EncodingUnknown):
        return rest_answer(refusal, status=415)
    if isinstance(refusal, MethodNotAllowed):
        told = rest_answer(refusal, status=405)
        told.headers.append(("allow", ", ".join(refusal.allowed)))
        return told
    return rest_answer(refusal)


async def _whole(reply: HttpReply) -> bytes:
    try:
        return b"".join([part async for part in reply.body])
    except BrokenOff as error:
        raise AnswerBrokenOff("The owner's answer broke off; its effect is unknown.") from error


def _success(route: Route, data: bytes) -> Answer:
    if route.success == 204:
        return Answer(204, [], b"")
    body = to_json(data, route.method.output_type)
    return Answer(route.success, [("content-type", "application/json")], body)


def _shown(reply: HttpReply) -> list[tuple[str, str]]:
    return [
        (key, value)
        for key, value in reply.headers
        if key.lower().startswith("x-") or key.lower() == "set-cookie"
    ]


def _raw_path(scope: Scope) -> str:
    return bytes(scope.get("raw_path") or scope["path"].encode()).decode("ascii")


def _timeout(message: Message, headers: Mapping[str, str]) -> timedelta:
    """What the caller asked for, else the default; a call that waits on purpose gets its wait."""
    asked = headers.get("connect-timeout-ms", "")
    if asked.isdecimal():
        return timedelta(milliseconds=min(int(asked), LONGEST_TIMEOUT_MS))
    wait = DEFAULT_DEADLINE
    if "timeout" in message.DESCRIPTOR.fields_by_name:
        timeout = cast(Duration, getattr(message, "timeout"))  # noqa: B009 - of no known type
        given = timeout.ToTimedelta() if message.HasField("timeout") else DEFAULT_DEADLINE
        wait = given + WAIT_MARGIN
    return max(wait, DEFAULT_DEADLINE)
