"""Native gRPC at the door: any public method, passed on as bytes to its owner's mesh port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import aclosing, suppress
from typing import Any, Protocol

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass
from google.rpc import status_pb2
from grpc_health.v1 import health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc
from grpc_reflection.v1alpha._async import ReflectionServicer

from qvdc_console.api.asgi import soon_after
from qvdc_console.api.entrance import Arrival, Entrance
from qvdc_console.api.public import owner_of, public_methods, public_pool, public_services
from qvdc_console.api.vigil import right_lost
from qvdc_console.api.witness import Account, Witness, changes, object_of
from qvdc_core.errors import Refusal
from qvdc_rpc.mesh import SERVER_OPTIONS
from qvdc_rpc.pipeline import ShuttingDown
from qvdc_rpc.status import STATUS_DETAILS_KEY, from_status, grpc_code, to_status
from qvdc_rpc.unknown import Malformed

_Ends = tuple["asyncio.Future[Refusal]", ...]
_Context = Any  # grpc.aio.ServicerContext is generic in the stubs alone

# What gRPC sets by itself, or what must not be handed on.
_RESERVED = ("grpc-", ":", "x-quantix-")


class MeshOwners(Protocol):
    """The mesh ports behind the door."""

    async def channel(self, service: str) -> grpc.aio.Channel:
        """Return the channel to a service; OwnerAway when no copy is known."""
        ...


def grpc_door(
    entrance: Entrance,
    owners: MeshOwners,
    *,
    health: health_aio.HealthServicer,
    draining: asyncio.Event,
    witness: Witness,
) -> grpc.aio.Server:
    """Build the public gRPC server: health open, reflection and everything else by key."""
    server = grpc.aio.server(options=SERVER_OPTIONS)
    server.add_generic_rpc_handlers((_Everything(entrance, owners, draining, witness),))
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    names = [*public_services(), "grpc.health.v1.Health", reflection.SERVICE_NAME]
    guarded = _GuardedReflection(entrance, names)
    reflection_pb2_grpc.add_ServerReflectionServicer_to_server(guarded, server)
    return server


class _Everything(grpc.GenericRpcHandler):
    """Answers every public path; on the wire all arities are streams of messages both ways."""

    def __init__(
        self,
        entrance: Entrance,
        owners: MeshOwners,
        draining: asyncio.Event,
        witness: Witness,
    ) -> None:
        self._entrance = entrance
        self._owners = owners
        self._draining = draining
        self._witness = witness

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        path = handler_call_details.method
        method = public_methods().get(path)
        if method is None:
            return None

        async def passed_on(
            requests: AsyncIterator[bytes], context: _Context
        ) -> AsyncIterator[bytes]:
            account = Account(_arrival(context, path, method))
            try:
                async for message in self._passed_on(requests, context, account, method):
                    yield message
            except Refusal as refusal:
                account.refused(refusal)
                await _refuse(context, refusal)
            except grpc.aio.AioRpcError as error:
                trailing = _returned(error.trailing_metadata())
                account.refused(_told(error, trailing))
                await context.abort(error.code(), error.details() or "", trailing)
            finally:
                self._witness.tell(account)

        return grpc.stream_stream_rpc_method_handler(passed_on)

    async def _passed_on(
        self,
        requests: AsyncIterator[bytes],
        context: _Context,
        account: Account,
        method: MethodDescriptor,
    ) -> AsyncIterator[bytes]:
        owner = owner_of(method)
        admitted = account.admitted = await self._entrance.admit(account.arrival)
        channel = await self._owners.channel(owner)
        sent = requests if method.client_streaming else await _only(requests)
        if isinstance(sent, bytes):
            account.object = _object(method, sent)
        metadata = _forwarded(context) + self._entrance.vouch(admitted, owner)
        streams: Any = channel.stream_stream if method.client_streaming else channel.unary_stream
        call = streams(account.arrival.path)(
            sent, timeout=context.time_remaining(), metadata=metadata
        )
        if not method.server_streaming:
            async for message in _relayed(call, context, ()):
                yield message
            return
        ends = (
            asyncio.ensure_future(_closing(self._draining)),
            asyncio.ensure_future(right_lost(self._entrance, account)),
        )
        try:
            async for message in _relayed(call, context, ends):
                yield message
        finally:
            for end in ends:
                end.cancel()


class _GuardedReflection(ReflectionServicer):  # type: ignore[misc]  # it ships no types
    """Reflection of the public contracts, for callers with a key."""

    def __init__(self, entrance: Entrance, names: list[str]) -> None:
        super().__init__(service_names=names, pool=public_pool())
        self._entrance = entrance

    async def ServerReflectionInfo(  # noqa: N802 - gRPC's name
        self, request_iterator: Any, context: _Context
    ) -> AsyncIterator[Any]:
        try:
            await self._entrance.admit(_arrival(context, "reflection", None))
        except Refusal as refusal:
            await _refuse(context, refusal)
        async for reply in super().ServerReflectionInfo(request_iterator, context):
            yield reply


async def _only(requests: AsyncIterator[bytes]) -> bytes:
    """The one request of a call that has one."""
    async for request in requests:
        return request
    raise Malformed("The call carries no request.")


async def _relayed(call: Any, context: _Context, ends: _Ends) -> AsyncIterator[bytes]:
    try:
        await context.send_initial_metadata(_returned(await call.initial_metadata()))
        async with aclosing(_messages(call, ends)) as messages:
            async for message in messages:
                yield message
        context.set_trailing_metadata(_returned(await call.trailing_metadata()))
    finally:
        call.cancel()


async def _messages(call: Any, ends: _Ends) -> AsyncGenerator[bytes, None]:
    """The owner's messages, until they end or one of `ends` says why they must."""
    if not ends:
        async for message in call:
            yield message
        return
    while True:
        reading = asyncio.ensure_future(call.read())
        await asyncio.wait({reading, *ends}, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            reading.cancel()
            raise next(end.result() for end in ends if end.done())
        if reading.result() is grpc.aio.EOF:
            return
        yield reading.result()


async def _closing(draining: asyncio.Event) -> Refusal:
    """Why streams end 1 s after the door began to drain."""
    await soon_after(draining)
    return ShuttingDown("This door is closing; another is open.")


def _arrival(context: _Context, path: str, method: MethodDescriptor | None) -> Arrival:
    metadata: Mapping[str, Any] = dict(context.invocation_metadata() or ())
    headers = {key: value for key, value in metadata.items() if isinstance(value, str)}
    return Arrival(headers, _address(context.peer()), "", "POST", path, method)


def _object(method: MethodDescriptor, request: bytes) -> str:
    if not changes(method):
        return ""
    message = GetMessageClass(method.input_type)()
    try:
        message.ParseFromString(request)
    except DecodeError:
        return ""
    return object_of(message)


def _told(error: grpc.aio.AioRpcError, trailing: Iterable[tuple[str, str | bytes]]) -> Refusal:
    status = status_pb2.Status(code=error.code().value[0], message=error.details() or "")
    for key, value in trailing:
        if key == STATUS_DETAILS_KEY and isinstance(value, bytes):
            with suppress(DecodeError):
                status.ParseFromString(value)
    return from_status(status)


async def _refuse(context: _Context, refusal: Refusal) -> None:
    status = to_status(refusal)
    details = ((STATUS_DETAILS_KEY, status.SerializeToString()),)
    await context.abort(grpc_code(status), status.message, details)


def _forwarded(context: _Context) -> list[tuple[str, str | bytes]]:
    dropped = {
        "authorization",
        "content-type",
        "cookie",
        "te",
        "user-agent",
        "x-api-key",
        "x-forwarded-for",
        "x-request-id",
    }
    return [
        (key, value)
        for key, value in context.invocation_metadata() or ()
        if key not in dropped and not key.startswith(_RESERVED)
    ]


def _returned(metadata: Any) -> tuple[tuple[str, str | bytes], ...]:
    return tuple(
        (key, value)
        for key, value in metadata or ()
        if key == STATUS_DETAILS_KEY or not key.startswith(_RESERVED)
    )


def _address(peer: str) -> str:
    """The IP address in grpc's peer text: ipv4:127.0.0.1:50000 or ipv6:[::1]:50000, encoded."""
    kind, _, rest = peer.replace("%5B", "[").replace("%5D", "]").partition(":")
    host = rest.rpartition(":")[0].strip("[]")
    return host if kind in ("ipv4", "ipv6") else ""
