"""A client of etcd v3: keys, transactions, several endpoints, TLS, sign-in, deadlines.

Reads are linearizable and tried on every endpoint until their deadline. Writes are
sent once, to an endpoint whose connection stands; when the answer is lost nobody
knows whether they happened, and the caller, who compares before it sets, tries again.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

import grpc
import grpc.aio
from aetcd.rpc import rpc_pb2, rpc_pb2_grpc

from qvdc_coord.errors import EtcdRefused, EtcdUnavailable, LeaseGone
from qvdc_coord.txn import (
    Compare,
    Delete,
    DeletePrefix,
    KeyValue,
    Op,
    Put,
    TxnResult,
    from_wire_kv,
    from_wire_txn,
    prefix_end,
    to_wire_compare,
    to_wire_op,
)

DEFAULT_TIMEOUT = timedelta(seconds=3)
_CHANNEL_OPTIONS = (
    # etcd closes connections that are pinged more often than every 5 s.
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 3_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    # Despite its name this is how long one attempt to connect may take, handshake included.
    ("grpc.min_reconnect_backoff_ms", 2_000),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.max_receive_message_length", 64 << 20),
    ("grpc.enable_retries", 0),
    ("grpc.use_local_subchannel_pool", 1),
)
_WAITING = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.INTERNAL,
)


@dataclass(frozen=True, slots=True)
class EtcdTls:
    """What TLS towards etcd needs, in PEM; the client's own pair may be left out."""

    ca: bytes
    cert: bytes | None = None
    key: bytes | None = None
    server_name: str | None = None


@dataclass(frozen=True, slots=True)
class EtcdConfig:
    """Where etcd is (`host:port` each) and how to be let in."""

    endpoints: tuple[str, ...]
    tls: EtcdTls | None = None
    user: str | None = None
    password: str | None = None

    @classmethod
    def parse(cls, endpoints: str) -> Self:
        """Return the configuration for a comma-separated list of `host:port`."""
        return cls(tuple(each.strip() for each in endpoints.split(",") if each.strip()))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Keys as they all were at `revision`."""

    revision: int
    kvs: tuple[KeyValue, ...]


class Connection:
    """The channel to one endpoint with the stubs on it."""

    def __init__(self, address: str, tls: EtcdTls | None) -> None:
        self.address = address
        self.channel = _channel(address, tls)
        self.kv: Any = rpc_pb2_grpc.KVStub(self.channel)
        self.lease: Any = rpc_pb2_grpc.LeaseStub(self.channel)
        self.watch: Any = rpc_pb2_grpc.WatchStub(self.channel)
        self.auth: Any = rpc_pb2_grpc.AuthStub(self.channel)


class Etcd:
    """One process's way to etcd. Opening does no I/O; `close` ends every connection."""

    def __init__(self, config: EtcdConfig) -> None:
        if not config.endpoints:
            raise ValueError("etcd needs at least one endpoint")
        self._config = config
        self._connections: list[Connection] = []
        self._preferred = random.randrange(len(config.endpoints))  # noqa: S311 - spreads load only
        self._token: str | None = None
        self._login = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection; calls under way fail."""
        connections, self._connections = self._connections, []
        for connection in connections:
            await connection.channel.close()

    async def get(self, key: str, *, timeout: timedelta = DEFAULT_TIMEOUT) -> KeyValue | None:
        """Return `key` as a linearizable read shows it, or None.

        Raises:
            EtcdUnavailable: no endpoint answered within `timeout`.
        """
        request = rpc_pb2.RangeRequest(key=key.encode())
        answer = await self._call(lambda c: c.kv.Range, request, timeout, repeatable=True)
        return from_wire_kv(answer.kvs[0]) if answer.kvs else None

    async def range(self, prefix: str, *, timeout: timedelta = DEFAULT_TIMEOUT) -> Snapshot:
        """Return every key that begins with `prefix`, in one linearizable read.

        Raises:
            EtcdUnavailable: no endpoint answered within `timeout`.
        """
        request = rpc_pb2.RangeRequest(key=prefix.encode(), range_end=prefix_end(prefix))
        answer = await self._call(lambda c: c.kv.Range, request, timeout, repeatable=True)
        return Snapshot(int(answer.header.revision), tuple(from_wire_kv(kv) for kv in answer.kvs))

    async def put(
        self, key: str, value: bytes, *, lease: int = 0, timeout: timedelta = DEFAULT_TIMEOUT
    ) -> int:
        """Store `value` under `key`; return the revision that did it.

        Raises:
            EtcdUnavailable: it is unknown whether it happened.
            LeaseGone: there is no such lease.
        """
        return (await self.txn([], [Put(key, value, lease)], timeout=timeout)).revision

    async def delete(self, key: str, *, timeout: timedelta = DEFAULT_TIMEOUT) -> None:
        """Remove `key`; safe to repeat.

        Raises:
            EtcdUnavailable: it is unknown whether it happened.
        """
        await self.txn([], [Delete(key)], timeout=timeout)

    async def delete_prefix(self, prefix: str, *, timeout: timedelta = DEFAULT_TIMEOUT) -> None:
        """Remove every key that begins with `prefix`; safe to repeat.

        Raises:
            EtcdUnavailable: it is unknown whether it happened.
        """
        await self.txn([], [DeletePrefix(prefix)], timeout=timeout)

    async def txn(
        self,
        compare: Sequence[Compare],
        success: Sequence[Op],
        failure: Sequence[Op] = (),
        *,
        timeout: timedelta = DEFAULT_TIMEOUT,
    ) -> TxnResult:
        """Do `success` if all of `compare` holds, else `failure`, in one revision.

        A transaction that only reads is linearizable and tried on other endpoints too.

        Raises:
            EtcdUnavailable: it is unknown whether it happened.
            LeaseGone: a put named a lease that is not there.
        """
        request = rpc_pb2.TxnRequest(
            compare=[to_wire_compare(condition) for condition in compare],
            success=[to_wire_op(op) for op in success],
            failure=[to_wire_op(op) for op in failure],
        )
        reads = not any(isinstance(op, Put | Delete | DeletePrefix) for op in (*success, *failure))
        answer = await self._call(lambda c: c.kv.Txn, request, timeout, repeatable=reads)
        return from_wire_txn(answer)

    async def grant_lease(self, ttl: timedelta, *, timeout: timedelta = DEFAULT_TIMEOUT) -> int:
        """Make a lease of `ttl` (whole seconds) and return its id.

        Raises:
            EtcdUnavailable: a lease may be left that nobody knows; it ends by itself.
        """
        request = rpc_pb2.LeaseGrantRequest(TTL=int(ttl.total_seconds()))
        answer = await self._call(lambda c: c.lease.LeaseGrant, request, timeout, repeatable=False)
        return int(answer.ID)

    async def revoke_lease(self, lease: int, *, timeout: timedelta = DEFAULT_TIMEOUT) -> None:
        """End `lease` and every key that hangs on it; safe to repeat.

        Raises:
            EtcdUnavailable: it is unknown whether it happened.
        """
        request = rpc_pb2.LeaseRevokeRequest(ID=lease)
        try:
            await self._call(lambda c: c.lease.LeaseRevoke, request, timeout, repeatable=True)
        except LeaseGone:
            return

    async def lease_remaining(
        self, lease: int, *, timeout: timedelta = DEFAULT_TIMEOUT
    ) -> timedelta | None:
        """Return how long `lease` lives unless it is renewed, in whole seconds; None if it ended.

        Raises:
            EtcdUnavailable: no endpoint answered within `timeout`.
        """
        request = rpc_pb2.LeaseTimeToLiveRequest(ID=lease)
        answer = await self._call(
            lambda c: c.lease.LeaseTimeToLive, request, timeout, repeatable=True
        )
        return None if answer.TTL < 0 else timedelta(seconds=int(answer.TTL))

    async def compact(self, revision: int, *, timeout: timedelta = DEFAULT_TIMEOUT) -> None:
        """Forget the history before `revision`.

        Raises:
            EtcdUnavailable: it is unknown whether it happened.
        """
        request = rpc_pb2.CompactionRequest(revision=revision, physical=True)
        await self._call(lambda c: c.kv.Compact, request, timeout, repeatable=False)

    async def connection(self, within: timedelta) -> tuple[Connection, tuple[tuple[str, str], ...]]:
        """Return a standing connection and the metadata for a stream on it.

        Streams on a member that has lost its leader are ended by etcd.

        Raises:
            EtcdUnavailable: none stood within that time.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within.total_seconds()
        connection = await self._standing(within.total_seconds())
        try:
            metadata = await self._metadata(connection, deadline - loop.time())
        except grpc.aio.AioRpcError as error:
            self.distrust(connection)
            raise EtcdUnavailable(error.details() or error.code().name) from error
        return connection, (*metadata, ("hasleader", "true"))

    def distrust(self, connection: Connection) -> None:
        """Prefer another endpoint from now on, and sign in anew on the next call."""
        self._token = None
        if self._connections and self._connections[self._preferred] is connection:
            self._preferred = (self._preferred + 1) % len(self._connections)

    async def _call(
        self,
        method: Callable[[Connection], Any],
        request: Any,
        timeout: timedelta,
        *,
        repeatable: bool,
    ) -> Any:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout.total_seconds()
        signed_in_again = False
        while True:
            connection = await self._standing(deadline - loop.time())
            try:
                metadata = await self._metadata(connection, deadline - loop.time())
                left = max(deadline - loop.time(), 0.001)
                share = left / len(self._connections) if repeatable else left
                return await method(connection)(request, timeout=share, metadata=metadata)
            except grpc.aio.AioRpcError as error:
                if _signed_out(error) and self._config.user and not signed_in_again:
                    signed_in_again, self._token = True, None
                    continue
                if error.code() not in _WAITING:
                    raise _refused(error) from error
                self.distrust(connection)
                pause = random.uniform(0.02, 0.1)  # noqa: S311 - jitter
                if not repeatable or loop.time() + pause >= deadline:
                    raise EtcdUnavailable(error.details() or error.code().name) from error
                await asyncio.sleep(pause)

    async def _standing(self, within: float) -> Connection:
        if not self._connections:
            config = self._config
            self._connections = [Connection(each, config.tls) for each in config.endpoints]
        turn = self._connections[self._preferred :] + self._connections[: self._preferred]
        for connection in turn:
            if connection.channel.get_state(try_to_connect=True) is grpc.ChannelConnectivity.READY:
                self._preferred = self._connections.index(connection)
                return connection
        waits = {asyncio.ensure_future(c.channel.channel_ready()): c for c in turn}
        try:
            done, _ = await asyncio.wait(
                waits, timeout=max(within, 0.001), return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for wait in waits:
                wait.cancel()
        if not done:
            raise EtcdUnavailable("no endpoint of etcd can be reached")
        return waits[done.pop()]

    async def _metadata(self, connection: Connection, within: float) -> tuple[tuple[str, str], ...]:
        if self._config.user is None:
            return ()
        async with self._login:
            if self._token is None:
                request = rpc_pb2.AuthenticateRequest(
                    name=self._config.user, password=self._config.password or ""
                )
                answer = await connection.auth.Authenticate(request, timeout=max(within, 0.001))
                self._token = str(answer.token)
            return (("token", self._token),)


def _channel(address: str, tls: EtcdTls | None) -> grpc.aio.Channel:
    if tls is None:
        return grpc.aio.insecure_channel(address, options=_CHANNEL_OPTIONS)
    credentials = grpc.ssl_channel_credentials(tls.ca, tls.key, tls.cert)
    options: tuple[tuple[str, str | int], ...] = _CHANNEL_OPTIONS
    if tls.server_name:
        options = (*options, ("grpc.ssl_target_name_override", tls.server_name))
    return grpc.aio.secure_channel(address, credentials, options=options)


def _signed_out(error: grpc.aio.AioRpcError) -> bool:
    # etcd tells an old token from other bad arguments by its text alone.
    return error.code() is grpc.StatusCode.UNAUTHENTICATED or (
        error.code() is grpc.StatusCode.INVALID_ARGUMENT
        and any(said in (error.details() or "") for said in ("auth store is old", "user name"))
    )


def _refused(error: grpc.aio.AioRpcError) -> Exception:
    if error.code() is grpc.StatusCode.NOT_FOUND:
        return LeaseGone(error.details() or "no such lease")
    return EtcdRefused(f"{error.code().name}: {error.details()}")
