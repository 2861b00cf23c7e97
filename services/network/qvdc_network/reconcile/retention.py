"""Throwing away hourly what was kept long enough; any copy may, and several at once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from qvdc_core.errors import StoreUnavailable
from qvdc_obs.logs import get_logger

log = get_logger(__name__)
EVERY = timedelta(hours=1)


async def keep_tidy(throw_old_away: Callable[[], Awaitable[int]]) -> None:
    """Call `throw_old_away` every hour; a store that is away is tried again next hour."""
    while True:
        try:
            log.info("retention.done", rows=await throw_old_away())
        except StoreUnavailable:
            log.warning("retention.deferred")
        await asyncio.sleep(EVERY.total_seconds())
