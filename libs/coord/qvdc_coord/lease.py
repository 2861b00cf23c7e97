"""Leases that this process keeps alive, all on one stream, judged by its own clock.

A lease is lost here when its time, counted from when the last answered renewal was sent,
has passed; etcd may keep it longer (it extends leases when it restarts), never shorter.
"""

import asyncio
import random
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any, Self

import grpc.aio
from aetcd.rpc import rpc_pb2

from qvdc_coord.client import Connection, Etcd
from qvdc_coord.errors import EtcdUnavailable, LeaseGone
from qvdc_core.clock import Clock, SystemClock
from qvdc_obs.logs import get_logger
from qvdc_obs.metrics import Metrics

log = get_logger(__name__)
_REVOKE_WITHIN = timedelta(seconds=1)
_SHORTEST = timedelta(milliseconds=250)


class Renewals:
    """Renews any lease by its id, also those of others; all requests share one stream."""

    def __init__(self, etcd: Etcd) -> None:
        self._etcd = etcd
        self._opening = asyncio.Lock()
        self._stream: _Stream | None = None

    async def renew(self, lease: int, *, within: timedelta) -> timedelta:
        """Put `lease` back to its full time; return what etcd says that is.

        Raises:
            LeaseGone: there is no such lease.
            EtcdUnavailable: not answered `within` that time; it may have been renewed.
        """
        stream = None
        try:
            async with asyncio.timeout(within.total_seconds()):
                stream = await self._open(within)
                seconds = await stream.ask(lease)
        except TimeoutError as error:
            if stream is not None:
                await self._drop(stream)
            raise EtcdUnavailable("the renewal was not answered in time") from error
        if seconds <= 0:
            raise LeaseGone(f"lease {lease:x} is gone")
        return timedelta(seconds=seconds)

    async def close(self) -> None:
        """End the stream; renewals under way fail."""
        if self._stream is not None:
            await self._drop(self._stream)

    async def _open(self, within: timedelta) -> "_Stream":
        async with self._opening:
            if self._stream is None or self._stream.broken:
                connection, metadata = await self._etcd.connection(within)
                self._stream = _Stream(connection, metadata)
            return self._stream

    async def _drop(self, stream: "_Stream") -> None:
        if self._stream is stream:
            self._stream = None
            self._etcd.distrust(stream.connection)
        await stream.close()


class _Stream:
    def __init__(self, connection: Connection, metadata: tuple[tuple[str, str], ...]) -> None:
        self.connection = connection
        self.broken = False
        self._asks: asyncio.Queue[int] = asyncio.Queue()
        self._waiting: dict[int, deque[asyncio.Future[int]]] = defaultdict(deque)
        self._call = connection.lease.LeaseKeepAlive(self._requests(), metadata=metadata)
        self._reader = asyncio.create_task(self._read(), name="etcd-keepalive")

    async def ask(self, lease: int) -> int:
        if self.broken:
            raise EtcdUnavailable("the keepalive stream broke")
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting[lease].append(answer)
        self._asks.put_nowait(lease)
        return await answer

    async def close(self) -> None:
        self.broken = True
        self._call.cancel()
        self._reader.cancel()
        await asyncio.wait({self._reader})

    async def _requests(self) -> AsyncIterator[Any]:
        while True:
            yield rpc_pb2.LeaseKeepAliveRequest(ID=await self._asks.get())

    async def _read(self) -> None:
        cause = "the keepalive stream ended"
        try:
            async for answer in self._call:
                self._settle(int(answer.ID), int(answer.TTL))
        except grpc.aio.AioRpcError as error:
            cause = error.details() or error.code().name
        finally:
            self.broken = True
            for answers in self._waiting.values():
                for future in answers:
                    if not future.done():
                        future.set_exception(EtcdUnavailable(cause))
                        # Whoever asked may be gone already; then nobody looks at it.
                        future.exception()
            self._waiting.clear()

    def _settle(self, lease: int, seconds: int) -> None:
        answers = self._waiting.get(lease)
        if not answers:
            return
        future = answers.popleft()
        if not answers:
            del self._waiting[lease]
        if not future.done():
            future.set_result(seconds)


class Lease:
    """A lease that this process keeps alive until it is revoked or lost."""

    def __init__(
        self, *, lease_id: int, ttl: timedelta, granted: float, clock: Clock, ended: asyncio.Event
    ) -> None:
        self.id = lease_id
        self.ttl = ttl
        self._clock = clock
        self._expires = granted + ttl.total_seconds()
        self._ended = ended

    def remaining(self) -> timedelta:
        """Return how long it surely still lives by this machine's clock; zero when lost."""
        if self._ended.is_set():
            return timedelta(0)
        return timedelta(seconds=max(self._expires - self._clock.boottime(), 0.0))

    @property
    def lost(self) -> bool:
        """True from the moment on when others may see it ended."""
        return self.remaining() <= timedelta(0)

    async def wait_lost(self) -> None:
        """Return once the lease is lost or revoked."""
        await self._ended.wait()

    def extend(self, since: float) -> None:
        """Note that a renewal sent at `since` was answered."""
        self._expires = max(self._expires, since + self.ttl.total_seconds())

    def end(self) -> None:
        """Note that it is lost; safe to repeat."""
        self._ended.set()


class Leases:
    """The leases of this process. Leaving the context revokes them all."""

    def __init__(
        self,
        etcd: Etcd,
        *,
        clock: Clock | None = None,
        jitter: Callable[[], float] = random.random,
        metrics: Metrics | None = None,
    ) -> None:
        self.renewals = Renewals(etcd)
        self._etcd = etcd
        self._clock = clock or SystemClock()
        self._jitter = jitter
        self._keepers: dict[Lease, asyncio.Task[None]] = {}
        self._count = (metrics or Metrics()).gauge(
            "etcd_leases", "Leases that this process keeps alive."
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def grant(self, ttl: timedelta) -> Lease:
        """Make a lease of `ttl` (whole seconds) and keep it alive until `revoke`.

        Raises:
            EtcdUnavailable: etcd did not answer.
        """
        granted = self._clock.boottime()
        lease_id = await self._etcd.grant_lease(ttl, timeout=ttl / 3)
        lease = Lease(
            lease_id=lease_id,
            ttl=ttl,
            granted=granted,
            clock=self._clock,
            ended=asyncio.Event(),
        )
        keeper = asyncio.create_task(self._keep(lease), name=f"etcd-lease-{lease_id:x}")
        self._keepers[lease] = keeper
        self._count.set(len(self._keepers))
        keeper.add_done_callback(lambda _: self._forget(lease))
        return lease

    async def revoke(self, lease: Lease) -> None:
        """End `lease`; when etcd is away it is only forgotten here and ends by itself."""
        keeper = self._keepers.get(lease)
        lease.end()
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait({keeper})
        try:
            await asyncio.shield(self._etcd.revoke_lease(lease.id, timeout=_REVOKE_WITHIN))
        except EtcdUnavailable as error:
            log.warning("lease.left_to_expire", lease=f"{lease.id:x}", cause=error.cause)

    async def close(self) -> None:
        """Revoke every lease and end the stream."""
        await asyncio.gather(*(self.revoke(lease) for lease in list(self._keepers)))
        await self.renewals.close()

    async def _keep(self, lease: Lease) -> None:
        pause = lease.ttl / 3
        try:
            while not lease.lost:
                await asyncio.sleep(min(pause, lease.remaining()).total_seconds())
                sent = self._clock.boottime()
                try:
                    await self.renewals.renew(lease.id, within=max(lease.ttl / 4, _SHORTEST))
                except EtcdUnavailable as error:
                    log.info("lease.renewal_unanswered", lease=f"{lease.id:x}", cause=error.cause)
                    pause = lease.ttl / 12 * (0.5 + self._jitter())
                else:
                    lease.extend(sent)
                    pause = lease.ttl / 3
        except LeaseGone:
            log.warning("lease.gone", lease=f"{lease.id:x}")
        finally:
            lease.end()

    def _forget(self, lease: Lease) -> None:
        self._keepers.pop(lease, None)
        self._count.set(len(self._keepers))
