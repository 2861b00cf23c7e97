"""What this host knows of its storage pools, and who is to hear of changes."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from qvdc_agent.domain.pool import (
    ObservedPool,
    PoolFiles,
    PoolMemory,
    PoolObservation,
    PoolState,
    PoolUid,
    WantedPool,
    worth_telling,
)
from qvdc_agent.pool_ports import PoolBook
from qvdc_core.clock import Clock


class Pools:
    """Keeps the last observation of each pool. A change is on disk before anybody hears of it."""

    def __init__(self, book: PoolBook, clock: Clock) -> None:
        self._book = book
        self._clock = clock
        self._memories = dict(book.read())
        self._last: dict[PoolUid, ObservedPool] = {}
        self._told: dict[PoolUid, PoolObservation] = {}
        self._listeners: list[Callable[[PoolUid], None]] = []
        self._turn = asyncio.Lock()

    @property
    def remembered(self) -> frozenset[PoolUid]:
        """The pools that this host keeps anything of."""
        return frozenset(self._memories)

    def marked(self, uid: PoolUid) -> bool:
        """Whether the pool's marker was ever seen here."""
        return self._memories.get(uid, PoolMemory()).marked

    def let_go(self, pool: WantedPool) -> bool:
        """Whether the host has done with this pool what its release asks."""
        memory = self._memories.get(pool.uid, PoolMemory())
        state = PoolState.UNMOUNTED.value
        return pool.release and (memory.state, memory.generation) == (state, pool.generation)

    def all(self) -> Sequence[ObservedPool]:
        """The last observation of every pool, by name."""
        return sorted(self._last.values(), key=lambda each: each.pool.name)

    def last(self, uid: PoolUid) -> ObservedPool | None:
        """The last observation of a pool."""
        return self._last.get(uid)

    def on_change(self, listener: Callable[[PoolUid], None]) -> None:
        """Call `listener` after each change worth telling, in the event loop."""
        self._listeners.append(listener)

    async def note_marked(self, uid: PoolUid) -> None:
        """The pool's marker was seen: it is never made here again."""
        if not self.marked(uid):
            await self._keep(uid, replace(self._memories.get(uid, PoolMemory()), marked=True))

    async def publish(
        self, pool: WantedPool, path: str, seen: PoolObservation, files: PoolFiles | None
    ) -> None:
        """Take `seen` as the newest of a pool."""
        memory = self._memories.get(pool.uid, PoolMemory())
        after = memory.after(seen)
        if after != memory:
            await self._keep(pool.uid, after)
        before = self._last.get(pool.uid)
        fresh = ObservedPool(
            pool=pool,
            path=path,
            observation=seen,
            change_count=after.change_count,
            observed_at=self._clock.boottime(),
            files=files,
        )
        self._last[pool.uid] = fresh
        obeyed = before is None or before.pool != pool or before.files is not files
        if obeyed or worth_telling(self._told.get(pool.uid), seen):
            self._told[pool.uid] = seen
            self._tell(pool.uid)

    async def forget(self, uid: PoolUid) -> None:
        """The pool is this host's no more."""
        self._last.pop(uid, None)
        self._told.pop(uid, None)
        if uid in self._memories:
            await self._keep(uid, None)
        self._tell(uid)

    async def _keep(self, uid: PoolUid, memory: PoolMemory | None) -> None:
        async with self._turn:
            kept = {**self._memories}
            kept.pop(uid, None)
            if memory is not None:
                kept[uid] = memory
            await self._book.write(kept)
            self._memories = kept

    def _tell(self, uid: PoolUid) -> None:
        for listener in self._listeners:
            listener(uid)
