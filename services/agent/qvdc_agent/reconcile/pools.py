"""Minds the host's storage pools: makes them when told to, looks at each, lets go of them.

Level-triggered: the list of pools is read afresh twice a second and each pool looked at every two
seconds, each by a task of its own, so that one that hangs delays no other. Nothing is written to a
folder that does not carry the pool's marker, and a marker that was seen once is never made again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import assert_never

from qvdc_agent.domain.pool import (
    IN_USE,
    Check,
    Health,
    Initialise,
    LetGo,
    Nonces,
    PoolFiles,
    PoolObservation,
    PoolState,
    PoolUid,
    Refuse,
    WantedPool,
    judge_pool,
    plan_pool,
    refused,
)
from qvdc_agent.domain.refusals import StepRefused
from qvdc_agent.pool_ports import Assignments, PoolFolders
from qvdc_agent.usecases.pools import Pools
from qvdc_core.clock import Clock
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

LIST_PERIOD = timedelta(milliseconds=500)
LOOK_PERIOD = timedelta(seconds=2)
PROBE_PERIOD = timedelta(seconds=10)
"""How often the small synced write is made: hosts of a big site share the device under a pool."""
NONCE_LIFE = timedelta(minutes=10)
SCAN_PERIOD = timedelta(minutes=10)

InUse = Callable[[PoolUid], Awaitable[bool]]
"""Whether a machine of this host has a disk in a pool."""


@dataclass(slots=True)
class Minded:
    """What is known of a pool only while this process lives; times are monotonic seconds."""

    nonces: Nonces | None = None
    nonce_made: float = 0.0
    probed_at: float | None = None
    health: Health | None = None
    files: PoolFiles | None = None
    scanned_at: float = 0.0
    reconnected: int = 0
    rescanned: int = 0


class PoolReconciler:
    """The host's own loop for storage pools.

    Args:
        new_nonce: makes a random text of 8 to 64 letters.
    """

    def __init__(
        self,
        *,
        assignments: Assignments,
        folders: PoolFolders,
        pools: Pools,
        in_use: InUse,
        new_nonce: Callable[[], str],
        clock: Clock,
    ) -> None:
        self._assignments = assignments
        self._folders = folders
        self._pools = pools
        self._in_use = in_use
        self._new_nonce = new_nonce
        self._clock = clock
        self._wanted: dict[PoolUid, WantedPool] = {}
        self._minded: dict[PoolUid, Minded] = {}
        self._minding: dict[PoolUid, asyncio.Task[None]] = {}
        self._news: dict[PoolUid, asyncio.Event] = {}

    def hold(self) -> None:
        """Know of the pools that were assigned last, before anything asks for them."""
        for pool in self._assignments.read().pools:
            self._folders.hold(pool)

    async def run(self) -> None:
        """Mind pools for ever; begun again, it begins anew."""
        for known in (self._wanted, self._minding, self._news):
            known.clear()
        async with asyncio.TaskGroup() as group:
            while True:
                await self.follow(lambda uid: group.create_task(self._mind(uid)))
                await asyncio.sleep(LIST_PERIOD.total_seconds())

    async def follow(self, begin: Callable[[PoolUid], asyncio.Task[None]]) -> None:
        """Take the list as it is now: begin to mind what is new, drop what is not there."""
        assigned = self._assignments.read()
        wanted = {pool.uid: pool for pool in assigned.pools}
        if assigned.generation > 0:
            for uid in (self._pools.remembered | set(self._wanted)) - set(wanted):
                await self._drop(uid)
        for uid, pool in wanted.items():
            if self._wanted.get(uid) == pool:
                continue
            self._wanted[uid] = pool
            self._folders.hold(pool)
            log.info("pool.wanted", pool=pool.name, generation=pool.generation)
            if uid in self._minding:
                self._news[uid].set()
            else:
                self._news[uid] = asyncio.Event()
                self._minding[uid] = begin(uid)

    async def look_at(self, pool: WantedPool) -> None:
        """Bring one pool as far as it can be brought now, and tell how it stands."""
        minded = self._minded.setdefault(pool.uid, Minded())
        self._reconnect(pool, minded)
        try:
            seen = await self._take(pool, minded)
        except StepRefused as failure:
            seen = refused(pool, failure.reason, failure.message)
        if not seen.state.usable:
            minded.health, minded.probed_at = None, None
        before = self._pools.last(pool.uid)
        if before is None or before.observation.state is not seen.state:
            log.info("pool.stands", pool=pool.name, state=seen.state.name, why=seen.error)
        path = str(self._folders.path(pool))
        await self._pools.publish(pool, path, seen, minded.files)

    async def _mind(self, uid: PoolUid) -> None:
        pool = self._wanted[uid]
        if self._pools.last(uid) is None and not pool.release:
            mounting = PoolObservation(PoolState.MOUNTING, pool.generation)
            await self._pools.publish(pool, str(self._folders.path(pool)), mounting, None)
        while True:
            news = self._news[uid]
            news.clear()
            try:
                await self.look_at(self._wanted[uid])
            except OSError as error:
                log.warning("pool.not_kept", pool=uid, why=str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_PERIOD.total_seconds()):
                    await news.wait()

    async def _take(self, pool: WantedPool, minded: Minded) -> PoolObservation:
        if self._pools.let_go(pool):
            return PoolObservation(PoolState.UNMOUNTED, pool.generation)
        path = str(self._folders.path(pool))
        view = await self._folders.look(pool)
        step = plan_pool(pool, view, path=path, marked=self._pools.marked(pool.uid))
        match step:
            case Refuse(reason, message):
                return refused(pool, reason, message)
            case LetGo(wipe):
                return await self._let_go(pool, minded, wipe=wipe)
            case Initialise():
                await self._folders.initialise(pool)
                log.info("pool.initialised", pool=pool.name, path=path)
                return await self._check(pool, minded)
            case Check():
                return await self._check(pool, minded)
            case _:
                assert_never(step)

    async def _check(self, pool: WantedPool, minded: Minded) -> PoolObservation:
        await self._pools.note_marked(pool.uid)
        now = self._clock.monotonic()
        due = minded.probed_at is None or now - minded.probed_at >= PROBE_PERIOD.total_seconds()
        health = await self._folders.check(pool, self._nonces(minded, now) if due else None)
        if due:
            minded.probed_at, minded.health = now, health
        elif minded.health is not None:
            known = minded.health
            health = replace(health, write_seconds=known.write_seconds, nonces=known.nonces)
        await self._scan(pool, minded, now)
        return judge_pool(pool, health)

    async def _scan(self, pool: WantedPool, minded: Minded, now: float) -> None:
        old = now - minded.scanned_at >= SCAN_PERIOD.total_seconds()
        if minded.files is None or old or minded.rescanned != pool.rescan_count:
            minded.files = await self._folders.list_files(pool, self._clock.now())
            minded.scanned_at, minded.rescanned = now, pool.rescan_count

    async def _let_go(self, pool: WantedPool, minded: Minded, *, wipe: bool) -> PoolObservation:
        if await self._in_use(pool.uid):
            return refused(pool, IN_USE, "A machine of this host has a disk in it.")
        # Where nothing is to be wiped, a folder that hangs or is gone is let go all the same.
        with nullcontext() if wipe else suppress(StepRefused):
            await self._folders.let_go(pool, wipe=wipe)
        minded.files = None
        return PoolObservation(PoolState.UNMOUNTED, pool.generation)

    def _reconnect(self, pool: WantedPool, minded: Minded) -> None:
        if minded.reconnected != pool.reconnect_count:
            self._folders.forget(pool.uid)
            self._folders.hold(pool)
            minded.reconnected = pool.reconnect_count
            minded.nonce_made, minded.probed_at = float("-inf"), None

    def _nonces(self, minded: Minded, now: float) -> Nonces:
        known = minded.nonces
        if known is None:
            minded.nonces, minded.nonce_made = Nonces(self._new_nonce()), now
        elif now - minded.nonce_made >= NONCE_LIFE.total_seconds():
            minded.nonces, minded.nonce_made = Nonces(self._new_nonce(), known.own), now
        assert minded.nonces is not None
        return minded.nonces

    async def _drop(self, uid: PoolUid) -> None:
        """Let go of a pool that is on the list no more, whatever state it is in."""
        task = self._minding.pop(uid, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        pool = self._wanted.pop(uid, None)
        self._news.pop(uid, None)
        self._minded.pop(uid, None)
        if pool is not None:
            with suppress(StepRefused):
                await self._folders.let_go(pool, wipe=False)
        self._folders.forget(uid)
        await self._pools.forget(uid)
        log.info("pool.let_go", pool=uid)
