"""Throwing away what was kept long enough: once an hour, on every copy, which is harmless."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

from qvdc_core.errors import StoreUnavailable
from qvdc_obs.logs import get_logger

EVERY = timedelta(hours=1)

log = get_logger(__name__)


class RetentionLoop:
    """Calls `throw_away`, which answers how many rows it deleted."""

    def __init__(self, throw_away: Callable[[], Awaitable[int]]) -> None:
        self._throw_away = throw_away

    async def run(self) -> None:
        """Run for ever; a store that is away is left for the next hour."""
        while True:
            pause = EVERY.total_seconds() * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
            await asyncio.sleep(pause)
            try:
                log.info("retention.finished", rows=await self._throw_away())
            except StoreUnavailable as away:
                log.info("retention.deferred", why=away.message)
