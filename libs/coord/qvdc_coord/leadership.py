"""Leadership of a loop: an expiry time on the own clock and a fence, never a boolean."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import timedelta

from qvdc_coord.client import Etcd, Snapshot
from qvdc_coord.errors import LeadershipLost
from qvdc_coord.keys import leader_key
from qvdc_coord.lease import Lease, Leases
from qvdc_coord.txn import Put, absent
from qvdc_coord.watch import Changed, Removed, watch_prefix
from qvdc_core.errors import StaleFence, StoreUnavailable
from qvdc_core.fence import Fence
from qvdc_obs.logs import get_logger

log = get_logger(__name__)
LEADER_TTL = timedelta(seconds=6)
SiteTerm = Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class _Tenure:
    fence: Fence
    lease: Lease


class Leadership:
    """One process's part in leading `loop`; of all copies at most one is leader at a time,
    save for moments in which receivers tell them apart by their fences.

    Args:
        site_term: reads the site term, once per campaign; StoreUnavailable makes it wait.
        instance: who this copy is, for people who look into etcd.
        before_effect: a seam for tests: awaited after `check` found the fence leading, so
            that a leader can be held between its last check and what it sends.
    """

    def __init__(
        self,
        etcd: Etcd,
        leases: Leases,
        loop: str,
        *,
        site_term: SiteTerm,
        instance: str,
        ttl: timedelta = LEADER_TTL,
        before_effect: Callable[[Fence], Awaitable[None]] | None = None,
    ) -> None:
        self.loop = loop
        self._etcd = etcd
        self._leases = leases
        self._key = leader_key(loop)
        self._site_term = site_term
        self._instance = instance
        self._ttl = ttl
        self._before_effect = before_effect
        self._tenure: _Tenure | None = None
        self._woken = asyncio.Event()

    @property
    def fence(self) -> Fence | None:
        """The fence under which this process leads now, if it does."""
        tenure = self._tenure
        return tenure.fence if tenure is not None and self.still(tenure.fence) else None

    def still(self, fence: Fence) -> bool:
        """Return whether `fence` leads and has a sixth of the lease or more left to act."""
        tenure = self._tenure
        return (
            tenure is not None
            and tenure.fence == fence
            and tenure.lease.remaining() > self._ttl / 6
        )

    async def check(self, fence: Fence) -> None:
        """Return if `fence` may act now; call it before each effect.

        Raises:
            LeadershipLost: stop at once; another may lead.
        """
        if not self.still(fence):
            raise LeadershipLost(fence)
        if self._before_effect is not None:
            await self._before_effect(fence)

    def wake(self) -> None:
        """Make the next turn come now instead of at its time."""
        self._woken.set()

    async def resign(self) -> None:
        """Give up leading, if this process does; `turns` campaigns again."""
        tenure, self._tenure = self._tenure, None
        if tenure is not None:
            await self._leases.revoke(tenure.lease)

    async def turns(self, *, every: timedelta) -> AsyncGenerator[Fence, None]:
        """Yield the fence at each turn while leading; campaign whenever not. Never ends.

        A turn comes `every` so long after the last one ended, or on `wake`. Waits while a
        store is away. Use `aclosing` around it when leaving the loop early.
        """
        try:
            while True:
                fence = await self._lead()
                log.info("leadership.won", loop=self.loop, fence=str(fence))
                while self.still(fence):
                    self._woken.clear()
                    yield fence
                    await self._until_next(every, fence)
                log.warning("leadership.lost", loop=self.loop, fence=str(fence))
                await self.resign()
        finally:
            await asyncio.shield(self.resign())

    async def run(self, turn: Callable[[Fence], Awaitable[None]], *, every: timedelta) -> None:
        """Call `turn` at each turn, and cancel it the moment leadership is lost. Never ends.

        A turn that meets LeadershipLost, StaleFence or StoreUnavailable is logged and
        repeated at its next time (after a new campaign where that is due); any other error
        leaves.
        """
        async with aclosing(self.turns(every=every)) as turns:
            async for fence in turns:
                try:
                    await self._guarded(turn, fence)
                except (LeadershipLost, StaleFence) as error:
                    log.warning("leadership.refused", loop=self.loop, cause=str(error))
                    await self.resign()
                except StoreUnavailable as error:
                    log.warning("leadership.turn_failed", loop=self.loop, cause=str(error))

    async def _guarded(self, turn: Callable[[Fence], Awaitable[None]], fence: Fence) -> None:
        tenure = self._tenure
        if tenure is None:
            return
        work = asyncio.ensure_future(turn(fence))
        given_up = asyncio.create_task(self._given_up(tenure))
        try:
            await asyncio.wait({work, given_up}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise LeadershipLost(fence)
            work.result()
        finally:
            work.cancel()
            given_up.cancel()
            await asyncio.wait({work, given_up})

    async def _given_up(self, tenure: _Tenure) -> None:
        while self.still(tenure.fence):
            left = tenure.lease.remaining() - self._ttl / 6
            with suppress(TimeoutError):
                async with asyncio.timeout(max(left.total_seconds(), 0.001)):
                    await tenure.lease.wait_lost()

    async def _lead(self) -> Fence:
        while True:
            try:
                self._tenure = await self._campaign()
            except StoreUnavailable as error:
                log.info("leadership.waiting", loop=self.loop, cause=str(error))
                await asyncio.sleep(random.uniform(0.2, 0.6))  # noqa: S311 - jitter
            else:
                return self._tenure.fence

    async def _campaign(self) -> _Tenure:
        while True:
            if await self._etcd.get(self._key) is not None:
                await self._vacancy()
            term = await self._site_term()
            lease = await self._leases.grant(self._ttl)
            won = False
            try:
                result = await self._etcd.txn(
                    [absent(self._key)],
                    [Put(self._key, self._instance.encode(), lease.id)],
                    timeout=self._ttl / 3,
                )
                won = result.succeeded
                if won:
                    return _Tenure(Fence(term, self.loop, result.revision), lease)
            finally:
                # Lost, unanswered or cancelled: whatever was put goes with its lease.
                if not won:
                    await asyncio.shield(self._leases.revoke(lease))

    async def _vacancy(self) -> None:
        async with aclosing(watch_prefix(self._etcd, self._key)) as events:
            held: set[str] = set()
            async for event in events:
                match event:
                    case Snapshot(_, kvs):
                        held = {kv.key for kv in kvs}
                    case Changed(kv):
                        held.add(kv.key)
                    case Removed(key):
                        held.discard(key)
                if self._key not in held:
                    return

    async def _until_next(self, every: timedelta, fence: Fence) -> None:
        tenure = self._tenure
        if tenure is None or tenure.fence != fence:
            return
        waits = [
            asyncio.create_task(self._woken.wait()),
            asyncio.create_task(self._given_up(tenure)),
        ]
        try:
            await asyncio.wait(
                waits, timeout=every.total_seconds(), return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for wait in waits:
                wait.cancel()
