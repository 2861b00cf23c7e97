"""Keeps what is told of storage pools true, and ends what hosts have carried out.

Acts on the leader every two seconds, and at once when this copy heard news: tells PoolReady,
PoolDegraded, PoolLost and PoolFull, takes the right to write a marker back once a pool was
healthy, drops hosts that have let a pool go and pools that all have, ends operations. A host that
is silent makes its pools unknown. Does not act on a pool of which nothing changed.
"""

from dataclasses import replace
from datetime import timedelta

from qvdc_coord.leadership import Leadership
from qvdc_core.clock import Clock
from qvdc_core.errors import NotFound
from qvdc_core.event import Change
from qvdc_core.fence import Fence
from qvdc_node.domain.pool import StoragePool
from qvdc_node.domain.pool_health import (
    Done,
    Failed,
    PoolWork,
    Settlement,
    Waits,
    idle,
    news,
    outcome,
    pool_event,
    settle,
)
from qvdc_node.domain.pool_sight import PoolStanding, PoolView
from qvdc_node.ports.rows import UnitOfWork, UnitsOfWork
from qvdc_obs.logs import get_logger

log = get_logger(__name__)
PERIOD = timedelta(seconds=2)
BEAT_EVERY = timedelta(seconds=20)
"""How often an operation that only waits says so; it counts as stalled after 60 s."""


class PoolHealthReconciler:
    """Compares every pool with what was told of it. Safe to run twice: rows are locked."""

    def __init__(self, leadership: Leadership, unit_of_work: UnitsOfWork, clock: Clock) -> None:
        self._leadership = leadership
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def run(self) -> None:
        """Lead and act, for ever."""
        await self._leadership.run(self.run_once, every=PERIOD)

    async def run_once(self, fence: Fence) -> None:
        """Look at every pool once.

        Raises:
            LeadershipLost, StaleFence: another leads.
            StoreUnavailable: PostgreSQL is away; the next turn goes on.
        """
        await self._leadership.check(fence)
        async with self._unit_of_work() as work:
            views = await work.pools.views()
            busy = {uid for uid, _ in await work.pools.works()}
        now = self._clock.now()
        for view in views:
            settlement, _ = settle(view, now)
            if view.pool.uid in busy or not idle(view, settlement):
                await self._leadership.check(fence)
                await self._settle(view.pool, fence)

    async def _settle(self, pool: StoragePool, fence: Fence) -> None:
        async with self._unit_of_work() as work:
            await work.fences.check(fence)
            try:
                pool = await work.pools.get(pool.name, locked=True)
            except NotFound:
                return
            view = await work.pools.view(pool)
            settlement, standing = settle(view, self._clock.now())
            await self._end_works(work, view, standing, settlement)
            if settlement.gone:
                await self._remove(work, pool)
            elif not idle(view, settlement):
                await self._store(work, pool, settlement, standing)
            await work.commit()

    async def _store(
        self,
        work: UnitOfWork,
        pool: StoragePool,
        settlement: Settlement,
        standing: PoolStanding,
    ) -> None:
        if settlement.left:
            await work.pools.unassign(pool, settlement.left)
        await work.pools.assign(settlement.changed)
        told = settlement.told or pool.told
        new = replace(pool, initialised=settlement.initialised, told=told)
        saved = await work.pools.settled(new)
        drafts = news(replace(saved, told=pool.told), standing, told)
        await work.events.append(*drafts)
        if told.phase is not pool.told.phase:
            log.info(
                "pool.phase_changed", pool=pool.uid, before=pool.told.phase.value,
                phase=told.phase.value, reason=standing.reason,
            )  # fmt: skip

    async def _remove(self, work: UnitOfWork, pool: StoragePool) -> None:
        await work.pools.remove(pool)
        text = f"{pool.name} is gone; its files {'went too' if pool.wipe else 'stayed'}."
        gone = replace(pool, revision=pool.revision + 1)
        await work.events.append(
            pool_event(gone, "StoragePoolDeleted", text, change=Change.DELETED)
        )
        log.info("pool.removed", pool=pool.uid, wiped=pool.wipe)

    async def _end_works(
        self, work: UnitOfWork, view: PoolView, standing: PoolStanding, settlement: Settlement
    ) -> None:
        left = set(settlement.left)
        after = replace(
            standing,
            nodes=tuple(each for each in standing.nodes if each.holding.node_uid not in left),
        )
        for _, one in await work.pools.works(view.pool.uid):
            await self._end(work, one, view, after)

    async def _end(
        self, work: UnitOfWork, one: PoolWork, view: PoolView, standing: PoolStanding
    ) -> None:
        operation = await work.operations.get(one.operation)
        if not operation.state.live:
            await work.pools.end(one.operation)
            return
        match outcome(one, view, standing, self._clock.now()):
            case Done():
                await work.operations.succeed(operation.id)
                await work.pools.end(one.operation)
            case Failed(failure):
                await work.operations.fail(operation.id, failure)
                await work.pools.end(one.operation)
            case Waits(message):
                idle_for = self._clock.now() - operation.last_beat_time
                if message != operation.message or idle_for >= BEAT_EVERY:
                    await work.operations.advance(
                        operation.id, stage="waiting for hosts", message=message
                    )
