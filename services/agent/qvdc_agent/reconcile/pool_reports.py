"""Tells the node service of this host's storage pools.

Changes go out within a second, and an empty report with the hash when there was none for a while;
everything goes out at the start, when the owner asks or has another view, and every ten minutes
with jitter. Lists of files go along when they were made anew. A report that fails is tried again
and loses nothing. A host that has no pools, and had none, says nothing.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from qvdc_agent.domain.pool import ObservedPool, PoolFiles, PoolUid, pools_hash
from qvdc_agent.pool_ports import PoolOwner
from qvdc_agent.ports import Guardian
from qvdc_agent.reconcile.reports import FULL_PERIOD, GATHER, Backoff
from qvdc_agent.usecases.pools import Pools
from qvdc_core.errors import Refusal
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

QUIET_PERIOD = timedelta(seconds=8)
"""The longest silence: the owner takes news for stale after 30 s, and wants them every 10 s."""


class PoolReports:
    """Tells the owner of pools."""

    def __init__(self, pools: Pools, owner: PoolOwner, guardian: Guardian) -> None:
        self._pools = pools
        self._owner = owner
        self._guardian = guardian
        self._changed: set[PoolUid] = set()
        self._told_files: dict[PoolUid, PoolFiles | None] = {}
        self._news = asyncio.Event()
        self._told_any = False
        pools.on_change(self._note)

    async def run(self) -> None:
        """Report for ever, beginning with everything."""
        backoff = Backoff()
        full_due = self._now()
        while True:
            full = self._now() >= full_due
            try:
                wanted = await self.report(full=full)
            except Refusal as refused:
                log.debug("pools.report_failed", reason=refused.reason, why=refused.message)
                await backoff.pause()
                continue
            backoff.reset()
            if full:
                full_due = self._now() + _jittered(FULL_PERIOD)
            elif wanted:
                full_due = self._now()
            await self._wait(full_due)

    async def report(self, *, full: bool) -> bool:
        """Send what is due; say whether the owner wants everything.

        Raises:
            Refusal: it was not taken; what is to be told is kept.
        """
        told = frozenset(self._changed)
        whole = self._pools.all()
        if not whole and not told and not self._told_any:
            return False
        own = pools_hash(whole)
        # One that went is told by all that is left.
        full = full or bool(told - {each.pool.uid for each in whole})
        found = [each for each in whole if full or each.pool.uid in told]
        self._changed.clear()
        try:
            wanted = await self._owner.report(
                self._guardian.standing(), self._fresh(found, full=full), full=full, state_hash=own
            )
        except BaseException:
            self._changed |= told
            raise
        self._told_any = bool(whole)
        self._told_files |= {each.pool.uid: each.files for each in found}
        return wanted

    def _fresh(self, found: Sequence[ObservedPool], *, full: bool) -> Sequence[ObservedPool]:
        """`found` without the lists of files that the owner has."""
        return [
            each
            if full or self._told_files.get(each.pool.uid) is not each.files
            else replace(each, files=None)
            for each in found
        ]

    async def _wait(self, full_due: float) -> None:
        """Wait for news, for the time of the next full report, or for the end of the silence."""
        quiet = min(QUIET_PERIOD.total_seconds(), max(0.0, full_due - self._now()))
        try:
            async with asyncio.timeout(quiet):
                await self._news.wait()
        except TimeoutError:
            return
        self._news.clear()
        await asyncio.sleep(GATHER.total_seconds())

    def _note(self, uid: PoolUid) -> None:
        self._changed.add(uid)
        self._news.set()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _jittered(period: timedelta) -> float:
    """About `period`, in seconds, so that hosts do not all report at once."""
    return period.total_seconds() * random.uniform(0.8, 1.0)  # noqa: S311 - jitter, not a secret
