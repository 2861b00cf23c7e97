"""Following the owners of nodes and machines.

Acts on one copy alone, while it leads; stops the moment it no longer does. Each batch is applied
under the leader's fence, so that a copy that was overtaken cannot write older news over newer.
Does nothing while an owner is away: what is known grows old, and says so.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from typing import Generic, Protocol, TypeVar

from qvdc_cluster.domain.batch import Batch
from qvdc_cluster.ports import OwnerAway
from qvdc_cluster.reconcile.batches import batches
from qvdc_cluster.usecases.projection import ProjectionUseCases
from qvdc_coord.leadership import Leadership
from qvdc_core.event import ResumeExpired, WatchItem
from qvdc_core.fence import Fence
from qvdc_obs.logs import get_logger

TURN_EVERY = timedelta(seconds=1)
"""Pause before a broken stream is followed again."""

T = TypeVar("T")
log = get_logger(__name__)


class Feed(Protocol[T]):
    """An owner's Watch."""

    def follow(self, resume_token: str) -> AsyncIterator[WatchItem[T]]:
        """All resources, then each change; or on from a token."""
        ...


class Apply(Protocol[T]):
    """Stores what a batch says."""

    async def __call__(self, batch: Batch[T], *, fence: Fence) -> None:
        """Store it, under the leader's fence; repeating it changes nothing."""
        ...


class ProjectionReconciler(Generic[T]):
    """Keep one projection as its owner tells it.

    Goes on from the stored token after any break, and from a new snapshot when that is too old.
    """

    def __init__(
        self,
        noun: str,
        *,
        feed: Feed[T],
        apply: Apply[T],
        projections: ProjectionUseCases,
        leadership: Leadership,
    ) -> None:
        self._noun = noun
        self._feed = feed
        self._apply = apply
        self._projections = projections
        self._leadership = leadership
        self._anew = asyncio.Event()
        self._away = ""

    def reread(self) -> None:
        """Read everything anew soon, if this copy leads; returns at once."""
        self._anew.set()
        self._leadership.wake()

    async def run(self) -> None:
        """Follow for ever, whenever this copy leads."""
        await self._leadership.run(self.run_once, every=TURN_EVERY)

    async def run_once(self, fence: Fence) -> None:
        """Follow the owner until the stream breaks."""
        token = "" if self._anew.is_set() else await self._projections.resume_token(self._noun)
        self._anew.clear()
        try:
            async with aclosing(batches(self._feed.follow(token))) as told:
                async for batch in told:
                    await self._leadership.check(fence)
                    await self._apply(batch, fence=fence)
                    self._heard()
        except ResumeExpired:
            log.info("projection.begun_anew", noun=self._noun)
            await self._projections.begin_anew(self._noun, fence=fence)
        except OwnerAway as away:
            self._lost(away.message)

    def _heard(self) -> None:
        if self._away:
            log.info("projection.owner_back", noun=self._noun)
            self._away = ""

    def _lost(self, why: str) -> None:
        if why != self._away:
            log.warning("projection.owner_away", noun=self._noun, why=why)
            self._away = why
