"""The HTTP port's RPC part: the same wrapped servicers as Connect and gRPC-Web."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.request import RequestContext as ConnectContext
from connectrpc.server import ConnectASGIApplication, Endpoint
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message

from qvdc_rpc.context import RequestContext
from qvdc_rpc.identity import Identity
from qvdc_rpc.mesh import MAX_MESSAGE_BYTES
from qvdc_rpc.peer import peer_spiffe
from qvdc_rpc.pipeline import Arrival, Method, Refused
from qvdc_rpc.status import to_connect_error
from qvdc_rpc.unknown import JSON, PROTO

_NO_SIDE_EFFECTS = 1


@dataclass(frozen=True, slots=True)
class Raw:
    """A request message as it came, decoded only behind the wrapper."""

    data: bytes
    encoding: str


class RawCodec:
    """Leaves requests as bytes and writes responses as JSON or binary."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding

    def name(self) -> str:
        return self._encoding

    def encode(self, message: Message) -> bytes:
        if self._encoding == JSON:
            return MessageToJson(message, indent=None).encode()
        return message.SerializeToString()

    def decode(self, data: bytes | bytearray, message_class: type[Any]) -> Raw:  # noqa: ARG002 - the runtime's signature
        return Raw(bytes(data), self._encoding)


class ConnectApp(ConnectASGIApplication[Iterable[Method]]):
    """An ASGI application answering the wrapped methods of any number of services."""

    def __init__(self, methods: Iterable[Method], *, identity: Identity) -> None:
        self._identity = identity
        super().__init__(
            service=tuple(methods),
            endpoints=self._make_endpoints,  # type: ignore[arg-type]  # Endpoint is its closed union
            read_max_bytes=MAX_MESSAGE_BYTES,
            codecs=[RawCodec(PROTO), RawCodec(JSON)],
        )

    @property
    def path(self) -> str:
        """Where the application belongs; it tells services apart by itself."""
        return "/"

    def _make_endpoints(self, methods: Iterable[Method]) -> Mapping[str, Endpoint[Any, Any]]:
        return {method.path: self._endpoint(method) for method in methods}

    def _endpoint(self, method: Method) -> Endpoint[Any, Any]:
        info = method_info(method)

        async def unary(raw: Any, context: ConnectContext[Any, Any]) -> Message:
            try:
                data, encoding = await _first(raw)
                message, known = await method.unary(data, self._arrival(context, encoding))
            except Refused as refused:
                raise to_connect_error(refused.status) from refused
            _send_headers(context, known)
            return message

        async def stream(raw: Any, context: ConnectContext[Any, Any]) -> AsyncIterator[Message]:
            try:
                data, encoding = await _first(raw)
                arrival = self._arrival(context, encoding)
                admitted = _Admitted(context)
                async for message in method.stream(data, arrival, admitted):
                    yield message
            except Refused as refused:
                raise to_connect_error(refused.status) from refused

        match info.stream_type:
            case StreamType.UNARY:
                return Endpoint.unary(info, unary)
            case StreamType.CLIENT_STREAM:
                return Endpoint.client_stream(info, unary)
            case StreamType.SERVER_STREAM:
                return Endpoint.server_stream(info, stream)
            case StreamType.BIDI_STREAM:
                return Endpoint.bidi_stream(info, stream)

    def _arrival(self, context: ConnectContext[Any, Any], encoding: str) -> Arrival:
        timeout_ms = context.timeout_ms
        # A little less than the runtime's own, so that the refusal carries its details.
        timeout = None if timeout_ms is None else max(0.0, timeout_ms * 0.98 - 5) / 1000
        return Arrival(
            port="http",
            identity=self._identity,
            headers=dict(context.request_headers.items()),
            encoding=encoding,
            timeout=timeout,
            peer_spiffe=peer_spiffe.get(),
            peer_address=context.client_address or "",
        )


class _Admitted:
    """Puts the response headers in place once a stream is admitted."""

    def __init__(self, context: ConnectContext[Any, Any]) -> None:
        self._context = context

    def __call__(self, known: RequestContext) -> None:
        _send_headers(self._context, known)


def method_info(method: Method) -> MethodInfo[Any, Any]:
    """Describe a method for the Connect runtime."""
    descriptor = method.descriptor
    kinds = {
        (False, False): StreamType.UNARY,
        (True, False): StreamType.CLIENT_STREAM,
        (False, True): StreamType.SERVER_STREAM,
        (True, True): StreamType.BIDI_STREAM,
    }
    safe = descriptor.GetOptions().idempotency_level == _NO_SIDE_EFFECTS
    return MethodInfo(
        name=descriptor.name,
        service_name=descriptor.containing_service.full_name,
        input=Raw,
        output=Message,
        idempotency_level=(IdempotencyLevel.NO_SIDE_EFFECTS if safe else IdempotencyLevel.UNKNOWN),
        stream_type=kinds[(descriptor.client_streaming, descriptor.server_streaming)],
    )


async def _first(raw: Any) -> tuple[bytes | AsyncIterator[bytes], str]:
    """A single request's bytes, or a stream of them whose encoding its first message tells."""
    if isinstance(raw, Raw):
        return raw.data, raw.encoding
    iterator = aiter(raw)
    first = await anext(iterator, None)

    async def all_of_them() -> AsyncIterator[bytes]:
        if first is not None:
            yield first.data
            async for each in iterator:
                yield each.data

    return all_of_them(), first.encoding if first is not None else PROTO


def _send_headers(context: ConnectContext[Any, Any], known: RequestContext) -> None:
    for key, value in known.response_headers.items():
        context.response_headers[key] = value
