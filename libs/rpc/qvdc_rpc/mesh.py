"""The mesh port: wrapped servicers on grpc.aio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import grpc
from grpc_health.v1 import health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection

from qvdc_rpc.context import RequestContext
from qvdc_rpc.identity import Identity
from qvdc_rpc.pipeline import Arrival, Method, Refused
from qvdc_rpc.status import STATUS_DETAILS_KEY, grpc_code
from qvdc_rpc.unknown import PROTO

MAX_MESSAGE_BYTES = 16 * 1024 * 1024

SERVER_OPTIONS: list[tuple[str, int]] = [
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    # Guardians ping idle connections more often than a default server bears.
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 1000),
    ("grpc.http2.max_ping_strikes", 0),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # Thousands of hosts reconnect at once after a restart.
    ("grpc.server.max_pending_requests", 20_000),
    ("grpc.server.max_pending_requests_hard_limit", 40_000),
    ("grpc.so_reuseport", 0),
]

if TYPE_CHECKING:
    _Context = grpc.aio.ServicerContext[Any, Any]


def mesh_server(
    methods: Iterable[Method],
    *,
    identity: Identity,
    health: health_aio.HealthServicer,
    port_name: str = "mesh",
) -> grpc.aio.Server:
    """Build a server answering `methods`, health and reflection; ports are added by the caller."""
    server = grpc.aio.server(options=SERVER_OPTIONS)
    by_service: dict[str, dict[str, grpc.RpcMethodHandler[Any, Any]]] = {}
    for method in methods:
        service = method.descriptor.containing_service.full_name
        by_service.setdefault(service, {})[method.descriptor.name] = _handler(
            method, _Arrivals(identity, port_name)
        )
    for service, handlers in by_service.items():
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    names = [*by_service, "grpc.health.v1.Health", reflection.SERVICE_NAME]
    reflection.enable_server_reflection(names, server)
    return server


class _Arrivals:
    """Reads from a grpc context what the pipeline wants to know."""

    def __init__(self, identity: Identity, port: str) -> None:
        self._identity = identity
        self._port = port

    def __call__(self, context: _Context) -> Arrival:
        metadata = context.invocation_metadata() or ()
        headers = {key: value for key, value in metadata if isinstance(value, str)}
        return Arrival(
            port=self._port,
            identity=self._identity,
            headers=headers,
            encoding=PROTO,
            timeout=_margin(context.time_remaining()),
            peer_spiffe=_spiffe(context.auth_context()),
            peer_address=context.peer(),
        )


def _handler(method: Method, arrivals: _Arrivals) -> grpc.RpcMethodHandler[Any, Any]:
    streams_in = method.descriptor.client_streaming
    if method.descriptor.server_streaming:

        async def stream(
            raw: bytes | AsyncIterator[bytes], context: _Context
        ) -> AsyncIterator[bytes]:
            send = _HeadersOnce(context)
            try:
                async for message in method.stream(raw, arrivals(context), send.remember):
                    await send()
                    yield message.SerializeToString()
                await send()
            except Refused as refused:
                await _abort(context, refused)

        make: Callable[..., grpc.RpcMethodHandler[Any, Any]] = (
            grpc.stream_stream_rpc_method_handler
            if streams_in
            else grpc.unary_stream_rpc_method_handler
        )
        return make(stream)

    async def unary(raw: bytes | AsyncIterator[bytes], context: _Context) -> bytes:
        try:
            message, known = await method.unary(raw, arrivals(context))
        except Refused as refused:
            await _abort(context, refused)
            raise AssertionError("abort always raises") from refused
        # Trailing, not initial: one send less for each call.
        context.set_trailing_metadata(_metadata(known))
        return message.SerializeToString()

    make_unary: Callable[..., grpc.RpcMethodHandler[Any, Any]] = (
        grpc.stream_unary_rpc_method_handler if streams_in else grpc.unary_unary_rpc_method_handler
    )
    return make_unary(unary)


class _HeadersOnce:
    """Sends the response headers before the first message of a stream."""

    def __init__(self, context: _Context) -> None:
        self._context = context
        self._known: RequestContext | None = None

    def remember(self, known: RequestContext) -> None:
        self._known = known

    async def __call__(self) -> None:
        if self._known is not None:
            known, self._known = self._known, None
            await self._context.send_initial_metadata(_metadata(known))


async def _abort(context: _Context, refused: Refused) -> None:
    status = refused.status
    await context.abort(
        grpc_code(status),
        status.message,
        ((STATUS_DETAILS_KEY, status.SerializeToString()),),
    )


def _metadata(known: RequestContext) -> Sequence[tuple[str, str]]:
    return tuple(known.response_headers.items())


def _margin(remaining: float | None) -> float | None:
    """End a little before the transport does, so that the refusal still reaches the caller."""
    return None if remaining is None else max(0.0, remaining - min(0.02, remaining / 10))


def _spiffe(auth: Mapping[str, Iterable[bytes]]) -> str | None:
    names = [name.decode() for name in auth.get("x509_subject_alternative_name", ())]
    return next((name for name in names if name.startswith("spiffe://")), None)
