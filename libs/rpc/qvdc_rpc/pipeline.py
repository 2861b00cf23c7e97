"""The one wrapper around every servicer method, used by both ports.

In order: caller, permission, decoding, unknown fields, validation, deadline, the method, and
then metrics and the mapping of whatever was raised.
"""

import asyncio
import logging
import random
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any

import protovalidate
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.rpc import code_pb2, status_pb2
from prometheus_client import Gauge, Histogram

from qvdc_core.actor import Actor
from qvdc_core.errors import (
    DeadlineExceeded,
    FieldViolation,
    InvalidField,
    Kind,
    Refusal,
)
from qvdc_obs.logs import bound, get_logger
from qvdc_obs.metrics import Metrics
from qvdc_rpc.access import PUBLIC_PACKAGES, access_of, assert_served, method_attribute
from qvdc_rpc.context import RequestContext
from qvdc_rpc.identity import Identity
from qvdc_rpc.snapshot_pages import page_size, paged
from qvdc_rpc.status import RemoteRefusal, to_status
from qvdc_rpc.texts import nul_in
from qvdc_rpc.unknown import decode

log = get_logger(__name__)
_levels = logging.getLogger(__name__)

DEFAULT_DEADLINE = timedelta(seconds=30)
REQUEST_ID_KEY = "x-request-id"
STREAM_DRAIN_GRACE = timedelta(seconds=1)

_PASSED_ON = frozenset(Kind) - {
    Kind.INTERNAL,
    Kind.DENIED,
    Kind.UNAUTHENTICATED,
    Kind.UNIMPLEMENTED,
}


class ShuttingDown(Refusal):
    """This copy goes away; another one answers."""

    kind = Kind.UNAVAILABLE
    reason = "SHUTTING_DOWN"


class Refused(Exception):
    """What a port sends instead of an answer."""

    def __init__(self, status: status_pb2.Status) -> None:
        super().__init__(status.message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call as a port received it, before anything was believed.

    Args:
        identity: the port's way to tell callers apart.
        timeout: seconds that the caller waits, if it said so.
    """

    port: str
    identity: Identity
    headers: Mapping[str, str]
    encoding: str
    timeout: float | None = None
    peer_spiffe: str | None = None
    peer_address: str = ""


class Method:
    """One servicer method behind the wrapper.

    `unary` and `stream` take raw requests and give response messages; both raise only `Refused`
    (and CancelledError).
    """

    def __init__(self, descriptor: MethodDescriptor, function: Callable[..., Any], by: "Pipeline"):
        self.descriptor = descriptor
        self.path = f"/{descriptor.containing_service.full_name}/{descriptor.name}"
        self._function = function
        self._pipeline = by
        self._access = access_of(descriptor)
        self._strict = descriptor.containing_service.file.package in by.strict_packages

    async def unary(
        self, raw: bytes | AsyncIterator[bytes], arrival: Arrival
    ) -> tuple[Message, RequestContext]:
        """Answer a call with one response."""
        with self._pipeline.guarded(self, arrival) as call:
            context = self._admit(arrival, call, default=DEFAULT_DEADLINE)
            async with asyncio.timeout_at(context.deadline):
                request = self._request(raw, arrival)
                return await self._function(request, context), context

    async def stream(
        self,
        raw: bytes | AsyncIterator[bytes],
        arrival: Arrival,
        on_admitted: Callable[[RequestContext], None] = lambda _: None,
    ) -> AsyncGenerator[Message, None]:
        """Answer a call with a stream of responses; it ends early when the process drains."""
        with self._pipeline.guarded(self, arrival) as call:
            context = self._admit(arrival, call, default=None)
            on_admitted(context)
            request = self._request(raw, arrival)
            responses = self._function(request, context)
            if (size := page_size(request)) > 1:
                responses = paged(responses, size)
            async with asyncio.timeout_at(context.deadline):
                async with aclosing(self._pipeline.until_drained(responses)) as drainable:
                    async for response in drainable:
                        yield response

    def _admit(self, arrival: Arrival, call: "Call", default: timedelta | None) -> RequestContext:
        caller = arrival.identity.caller(arrival.headers, arrival.peer_spiffe)
        call.caller = caller
        self._access.check(caller)
        seconds = arrival.timeout
        if seconds is None and default is not None:
            seconds = default.total_seconds()
        now = asyncio.get_running_loop().time()
        return RequestContext(
            caller=caller,
            method=self.path,
            request_id=call.request_id,
            deadline=None if seconds is None else now + seconds,
            headers=arrival.headers,
            peer_spiffe=arrival.peer_spiffe,
            peer_address=arrival.peer_address,
            response_headers={REQUEST_ID_KEY: call.request_id},
        )

    def _request(self, raw: bytes | AsyncIterator[bytes], arrival: Arrival) -> Any:
        if isinstance(raw, bytes):
            return self._read(raw, arrival.encoding)
        return self._requests(raw, arrival.encoding)

    async def _requests(self, raw: AsyncIterator[bytes], encoding: str) -> AsyncIterator[Message]:
        async for each in raw:
            yield self._read(each, encoding)

    def _read(self, raw: bytes, encoding: str) -> Message:
        message = decode(raw, encoding, self.descriptor.input_type, strict=self._strict)
        validate(message)
        return message


@dataclass(slots=True)
class Call:
    """What is known of a call while it runs, for its log line and metrics."""

    request_id: str
    caller: Actor | None = None
    code: str = "OK"


class Pipeline:
    """Wraps servicers and keeps count of their calls.

    Args:
        strict_packages: where unknown fields are refused.
    """

    def __init__(
        self, metrics: Metrics, *, strict_packages: frozenset[str] = PUBLIC_PACKAGES
    ) -> None:
        self.strict_packages = strict_packages
        self.draining = asyncio.Event()
        self._seconds = metrics.histogram(
            "rpc_server_seconds", "Duration of answered calls.", ["method", "port", "code"]
        )
        self._in_flight = metrics.gauge("rpc_server_in_flight", "Calls being answered.", ["port"])
        self._seconds_of: dict[tuple[str, str, str], Histogram] = {}
        self._in_flight_of: dict[str, Gauge] = {}

    def methods(self, service: ServiceDescriptor, servicer: object) -> list[Method]:
        """Wrap every method of `service`.

        Raises:
            TypeError: the servicer leaves a method unserved.
        """
        assert_served([(service, servicer)])
        return [
            Method(each, getattr(servicer, method_attribute(each.name)), self)
            for each in service.methods
        ]

    def guarded(self, method: Method, arrival: Arrival) -> "_Guard":
        """Time, log and translate what happens inside; only `Refused` and cancellation leave."""
        return _Guard(self, method.path, arrival)

    def entered(self, port: str) -> None:
        """A call began on `port`."""
        self._calls_of(port).inc()

    def left(self, path: str, port: str, code: str, seconds: float) -> None:
        """A call ended on `port` after some seconds."""
        self._calls_of(port).dec()
        key = (path, port, code)
        seconds_of = self._seconds_of.get(key)
        if seconds_of is None:
            seconds_of = self._seconds_of[key] = self._seconds.labels(*key)
        seconds_of.observe(seconds)

    def _calls_of(self, port: str) -> Gauge:
        found = self._in_flight_of.get(port)
        if found is None:
            found = self._in_flight_of[port] = self._in_flight.labels(port)
        return found

    async def until_drained(
        self, responses: AsyncGenerator[Message, None]
    ) -> AsyncGenerator[Message, None]:
        """Pass `responses` on until they end or the process has begun to drain.

        Raises:
            ShuttingDown: the stream was cut because this copy stops.
        """
        queue: asyncio.Queue[Message | _End] = asyncio.Queue(maxsize=1)
        pump = asyncio.create_task(_pump(responses, queue))
        drained = asyncio.create_task(self._drained())
        upcoming: asyncio.Task[Message | _End] | None = None
        try:
            while True:
                upcoming = asyncio.create_task(queue.get())
                await asyncio.wait({upcoming, drained}, return_when=asyncio.FIRST_COMPLETED)
                if not upcoming.done():
                    raise ShuttingDown("This copy is stopping.", retry_after=timedelta(seconds=1))
                got = upcoming.result()
                if isinstance(got, _End):
                    if got.error is not None:
                        raise got.error
                    return
                yield got
        finally:
            await _cancelled(drained, upcoming, pump)

    async def _drained(self) -> None:
        await self.draining.wait()
        await asyncio.sleep(STREAM_DRAIN_GRACE.total_seconds())


class _Guard:
    """Around one call. A plain context manager: it is on the way of every beat of every host."""

    __slots__ = ("_arrival", "_bound", "_path", "_pipeline", "_started", "call")

    def __init__(self, pipeline: Pipeline, path: str, arrival: Arrival) -> None:
        self._pipeline, self._path, self._arrival = pipeline, path, arrival
        self._started = time.monotonic()
        self.call = Call(arrival.headers.get(REQUEST_ID_KEY, "")[:128] or _new_request_id())

    def __enter__(self) -> Call:
        self._pipeline.entered(self._arrival.port)
        self._bound = bound(request_id=self.call.request_id, method=self._path)
        self._bound.__enter__()
        return self.call

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if isinstance(error, asyncio.CancelledError | GeneratorExit):
                self.call.code = Kind.CANCELLED.value
            elif isinstance(error, Exception):
                status = _translated(error)
                self.call.code = code_pb2.Code.Name(status.code)
                raise Refused(status) from error
        finally:
            self._end()

    def _end(self) -> None:
        took = time.monotonic() - self._started
        self._pipeline.left(self._path, self._arrival.port, self.call.code, took)
        if _levels.isEnabledFor(logging.DEBUG):
            subject = self.call.caller.subject if self.call.caller else None
            log.debug("rpc.answered", code=self.call.code, caller=subject, seconds=round(took, 4))
        self._bound.__exit__(None, None, None)


def _new_request_id() -> str:
    """Tell one call from the next in logs; nothing relies on nobody guessing it."""
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def _translated(error: Exception) -> status_pb2.Status:
    if isinstance(error, RemoteRefusal) and error.kind not in _PASSED_ON:
        return _masked(error)
    if isinstance(error, Refusal):
        return to_status(error)
    if isinstance(error, TimeoutError):
        return to_status(DeadlineExceeded("The call's deadline passed."))
    return _masked(error)


def validate(message: Message) -> None:
    """Hold `message` against the rules of its contract.

    Raises:
        InvalidField: with every violation.
    """
    if (path := nul_in(message)) is not None:
        raise InvalidField(path, "must not hold the character NUL")
    violations = protovalidate.collect_violations(message)
    if not violations:
        return
    found = [_violation(each) for each in violations]
    refusal = InvalidField(found[0].field, found[0].description)
    refusal.fields = tuple(found)
    raise refusal


def _violation(violation: protovalidate.Violation) -> FieldViolation:
    proto = violation.proto
    elements = proto.field.elements if proto.field else []
    path = ""
    for element in elements:
        path += f".{element.field_name}" if path else element.field_name
        if element.subscript is not None:
            path += f"[{element.subscript.value}]"
    return FieldViolation(path, proto.message or proto.rule_id, proto.rule_id.upper())


def _masked(error: Exception) -> status_pb2.Status:
    error_id = str(uuid.uuid4())
    log.error("rpc.failed", error_id=error_id, exc_info=error)
    refusal = RemoteRefusal(
        Kind.INTERNAL.value, "INTERNAL", {"error_id": error_id}, f"Internal error {error_id}."
    )
    return to_status(refusal)


@dataclass(frozen=True, slots=True)
class _End:
    """The end of a stream, and why."""

    error: Exception | None = None


async def _pump(
    responses: AsyncGenerator[Message, None], queue: "asyncio.Queue[Message | _End]"
) -> None:
    """Run a servicer's generator in one task from beginning to end, as it may expect."""
    try:
        async with aclosing(responses):
            async for response in responses:
                await queue.put(response)
    except Exception as error:  # noqa: BLE001 - carried to the guard, which judges it
        await queue.put(_End(error))
    else:
        await queue.put(_End())


async def _cancelled(*futures: "asyncio.Future[Any] | None") -> None:
    running = [each for each in futures if each is not None and not each.done()]
    for each in running:
        each.cancel()
    await asyncio.gather(*running, return_exceptions=True)
