"""Calling other processes: channels with mutual TLS, and errors with their reasons."""

import asyncio
import ipaddress
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import grpc

from qvdc_obs.logs import get_logger
from qvdc_rpc.assertion import ASSERTION_KEY
from qvdc_rpc.http import split_address
from qvdc_rpc.mesh import MAX_MESSAGE_BYTES
from qvdc_rpc.pipeline import REQUEST_ID_KEY
from qvdc_rpc.status import from_rpc_error
from qvdc_rpc.tls import TlsFiles, channel_credentials

log = get_logger(__name__)

_Reply = TypeVar("_Reply")

DEFAULT_CALL_DEADLINE = timedelta(seconds=10)
REPLACED_CHANNEL_GRACE = timedelta(seconds=30)

CHANNEL_OPTIONS: list[tuple[str, int | str]] = [
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 0),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.initial_reconnect_backoff_ms", 200),
    # Despite its name this is how long one attempt to connect may take, handshake included.
    ("grpc.min_reconnect_backoff_ms", 5_000),
    ("grpc.max_reconnect_backoff_ms", 5_000),
    # A slow peer costs only itself: no connection is shared between channels.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_retries", 0),
    ("grpc.lb_policy_name", "round_robin"),
]


def dial(
    endpoints: str | Sequence[str],
    *,
    name: str,
    tls: TlsFiles | None,
    options: Sequence[tuple[str, int | str]] = (),
) -> grpc.aio.Channel:
    """Open a channel to one process or to any of several equal copies.

    Nothing is connected until the first call. Close it when done.

    Args:
        endpoints: host:port, one or several; several must be IP addresses.
        name: what the certificate must say: `service_name("vm")` or `node_name(uid)`.
        tls: this process's certificate; None dials plain, for tests alone.
    """
    target = _target([endpoints] if isinstance(endpoints, str) else endpoints)
    chosen: list[tuple[str, Any]] = [*CHANNEL_OPTIONS, *options]
    if tls is None:
        return grpc.aio.insecure_channel(target, options=chosen)
    chosen += [("grpc.ssl_target_name_override", name), ("grpc.default_authority", name)]
    return grpc.aio.secure_channel(target, channel_credentials(tls), options=chosen)


async def call(
    method: Callable[..., Any],
    request: object,
    *,
    timeout: timedelta = DEFAULT_CALL_DEADLINE,
    request_id: str | None = None,
    assertion: str | None = None,
    wait_for_ready: bool = False,
) -> Any:
    """Make a unary call: `await call(stub.GetNode, request, timeout=ctx.remaining())`.

    Args:
        method: the stub's method.
        request_id: handed on so that the logs of both sides can be joined.
        assertion: the door's word, where a user's call is passed on.
        wait_for_ready: wait for a connection until the deadline instead of failing at once.

    Raises:
        RemoteRefusal: whatever else than a result came of it.
    """
    try:
        return await method(
            request,
            timeout=timeout.total_seconds(),
            metadata=_metadata(request_id, assertion),
            wait_for_ready=wait_for_ready,
        )
    except grpc.RpcError as error:
        raise from_rpc_error(error) from error


async def stream(
    method: Callable[..., Any],
    request: object,
    *,
    timeout: timedelta | None = None,
    request_id: str | None = None,
    assertion: str | None = None,
) -> AsyncGenerator[Any, None]:
    """Make a server-streaming (or, with an async iterator for `request`, a bidi) call.

    Raises:
        RemoteRefusal: how the stream ended, unless well.
    """
    running = method(
        request,
        timeout=None if timeout is None else timeout.total_seconds(),
        metadata=_metadata(request_id, assertion),
    )
    try:
        async for message in running:
            yield message
    except grpc.RpcError as error:
        raise from_rpc_error(error) from error
    finally:
        running.cancel()


@dataclass(slots=True)
class _Dialled:
    stamp: tuple[int, ...]
    channel: grpc.aio.Channel


class Dialer:
    """Keeps one channel per peer and opens it anew when this process's certificate changed.

    One per process, made in app.py; `process.on_stop(dialer.close)`.
    """

    def __init__(self, tls: TlsFiles | None) -> None:
        self._tls = tls
        self._dialled: dict[tuple[str, tuple[str, ...]], _Dialled] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def channel(self, endpoints: str | Sequence[str], *, name: str) -> grpc.aio.Channel:
        """The channel to a peer; see `dial`. Ask again for each call rather than keeping it."""
        several = (endpoints,) if isinstance(endpoints, str) else tuple(endpoints)
        key = (name, several)
        stamp = self._stamp()
        found = self._dialled.get(key)
        if found is not None and found.stamp == stamp:
            return found.channel
        fresh = dial(several, name=name, tls=self._tls)
        self._dialled[key] = _Dialled(stamp, fresh)
        if found is not None:
            self._close_later(found.channel)
        return fresh

    def forget(self, *, name: str) -> None:
        """Close the channels to a peer that is gone."""
        for key in [key for key in self._dialled if key[0] == name]:
            self._close_later(self._dialled.pop(key).channel)

    async def close(self) -> None:
        """Close every channel."""
        for task in self._closing:
            task.cancel()
        channels = [each.channel for each in self._dialled.values()]
        self._dialled.clear()
        await asyncio.gather(*(channel.close() for channel in channels))

    def _stamp(self) -> tuple[int, ...]:
        with suppress(OSError):
            return self._tls.stamp() if self._tls is not None else ()
        return ()

    def _close_later(self, channel: grpc.aio.Channel) -> None:
        task = asyncio.create_task(channel.close(REPLACED_CHANNEL_GRACE.total_seconds()))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _target(endpoints: Sequence[str]) -> str:
    if not endpoints:
        raise ValueError("no endpoint to dial")
    if len(endpoints) == 1:
        return endpoints[0]
    versions = {ipaddress.ip_address(split_address(each)[0]).version for each in endpoints}
    scheme = "ipv6" if versions == {6} else "ipv4"
    return f"{scheme}:{','.join(endpoints)}"


def _metadata(request_id: str | None, assertion: str | None) -> tuple[tuple[str, str], ...]:
    pairs: Mapping[str, str | None] = {REQUEST_ID_KEY: request_id, ASSERTION_KEY: assertion}
    return tuple((key, value) for key, value in pairs.items() if value is not None)
