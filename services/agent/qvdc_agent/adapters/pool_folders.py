"""The pools of a host, each behind threads of its own: one to look, one to work."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from qvdc_agent.adapters import pool_folder
from qvdc_agent.adapters.pool_thread import PoolThread
from qvdc_agent.domain.pool import (
    NOT_ASSIGNED,
    FolderView,
    Health,
    Nonces,
    PoolFiles,
    PoolUid,
    WantedPool,
)
from qvdc_agent.domain.refusals import StepRefused

LOOK_DEADLINE = timedelta(seconds=10)
"""A mount that does not answer a look within this time is taken for hung."""
WORK_DEADLINE = timedelta(seconds=60)

_Result = TypeVar("_Result")


class LocalPoolFolders:
    """Keeps the PoolFolders' promises on this host's file systems.

    Args:
        own: folder for pools whose place is left to the host.
        node_uid: this host's machine uuid.
    """

    def __init__(self, own: Path, *, node_uid: str, deadline: timedelta = LOOK_DEADLINE) -> None:
        self._own = own
        self._node_uid = node_uid
        self._deadline = deadline
        self._lookers: dict[PoolUid, PoolThread] = {}
        self._workers: dict[PoolUid, PoolThread] = {}
        self._pools: dict[PoolUid, WantedPool] = {}

    def hold(self, pool: WantedPool) -> None:
        """Know of a pool, as it is wanted now."""
        self._pools[pool.uid] = pool

    def forget(self, uid: PoolUid) -> None:
        """Know of it no more; its threads end when they can."""
        self._pools.pop(uid, None)
        for threads in (self._lookers, self._workers):
            thread = threads.pop(uid, None)
            if thread is not None:
                thread.end()

    def path(self, pool: WantedPool) -> Path:
        """Where its folder is."""
        return Path(pool.path) if pool.path else self._own / pool.id

    async def look(self, pool: WantedPool) -> FolderView:
        """What is seen at its path; what hangs is told as trouble."""
        try:
            return await self._look(pool.uid, partial(pool_folder.look, self.path(pool)))
        except StepRefused as refused:
            words = f"{self.path(pool)}: {refused.message}"
            return FolderView(present=True, trouble=words, reason=refused.reason)

    async def initialise(self, pool: WantedPool) -> None:
        """Make its folder and marker."""
        await self._look(pool.uid, partial(pool_folder.initialise, self.path(pool), pool))

    async def check(self, pool: WantedPool, nonces: Nonces | None) -> Health:
        """How it is; with `nonces`, measured by a synced write."""
        work = partial(
            pool_folder.check, self.path(pool), pool, node_uid=self._node_uid, nonces=nonces
        )
        return await self._look(pool.uid, work)

    async def list_files(self, pool: WantedPool, now: datetime) -> PoolFiles:
        """The first of its files, by path."""
        work = partial(pool_folder.list_files, self.path(pool), pool.uid, now=now)
        return await self._work(pool.uid, work)

    async def let_go(self, pool: WantedPool, *, wipe: bool) -> None:
        """Leave nothing of this host there; with `wipe` nothing of the pool."""
        work = partial(
            pool_folder.let_go, self.path(pool), pool.uid, node_uid=self._node_uid, wipe=wipe
        )
        await self._work(pool.uid, work)

    def path_of(self, uid: PoolUid) -> Path:
        """Where the folder of a pool that is known is.

        Raises:
            StepRefused: no such pool is assigned to this host.
        """
        return self.path(self._known(uid))

    def local_uids(self) -> tuple[PoolUid, ...]:
        """The pools that no other host sees."""
        return tuple(pool.uid for pool in self._pools.values() if not pool.shared)

    async def within(self, uid: PoolUid, work: Callable[[int], _Result]) -> _Result:
        """Return `work(folder)`, given a descriptor of the pool's verified folder.

        Raises:
            StepRefused: the pool is not this host's, carries no marker, hangs or fails.
        """
        return await self._verified(self._work, uid, work)

    async def peek(self, uid: PoolUid, work: Callable[[int], _Result]) -> _Result:
        """As `within`, for a short look that waits for no other work.

        Raises:
            StepRefused: the pool is not this host's, carries no marker, hangs or fails.
        """
        return await self._verified(self._look, uid, work)

    async def _verified(
        self,
        do: Callable[[PoolUid, Callable[[], _Result]], Awaitable[_Result]],
        uid: PoolUid,
        work: Callable[[int], _Result],
    ) -> _Result:
        pool = self._known(uid)
        path = self.path(pool)

        def verified() -> _Result:
            with pool_folder.verified(path, uid) as folder:
                return work(folder)

        try:
            return await do(uid, verified)
        except StepRefused as refused:
            words = f"{pool.name}: {refused.message}"
            raise StepRefused(refused.reason, words, final=refused.final) from refused

    def _known(self, uid: PoolUid) -> WantedPool:
        pool = self._pools.get(uid)
        if pool is None:
            raise StepRefused(NOT_ASSIGNED, f"The pool {uid} is not assigned to this host.")
        return pool

    async def _look(self, uid: PoolUid, work: Callable[[], _Result]) -> _Result:
        thread = self._lookers.setdefault(uid, PoolThread(f"look-{uid[:8]}"))
        return await thread.run(work, within=self._deadline)

    async def _work(self, uid: PoolUid, work: Callable[[], _Result]) -> _Result:
        thread = self._workers.setdefault(uid, PoolThread(f"work-{uid[:8]}"))
        return await thread.run(work, within=WORK_DEADLINE)
