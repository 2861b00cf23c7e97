"""Throwing away what was kept long enough. Any copy may do it, and several at once.

Terminated machines go after 30 days (VM-5), request ids after 24 h, operations after 30 days and
events after 90 days. It never touches what lives.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from qvdc_core.clock import Clock
from qvdc_core.errors import StoreUnavailable
from qvdc_obs.logs import get_logger
from qvdc_vm.ports import Transactions

EVERY = timedelta(hours=1)
TERMINATED_KEPT = timedelta(days=30)

log = get_logger(__name__)


class Retention:
    """Looks once an hour."""

    def __init__(
        self,
        transactions: Transactions,
        throw_old_away: Callable[[], Awaitable[int]],
        *,
        clock: Clock,
    ) -> None:
        self._transactions = transactions
        self._throw_old_away = throw_old_away
        self._clock = clock

    async def run(self) -> None:
        """Look for ever; a store that is away is tried again the next time."""
        while True:
            try:
                log.info("retention.passed", rows=await self.run_once())
            except StoreUnavailable as error:
                log.info("retention.store_away", cause=error.message)
            await asyncio.sleep(EVERY.total_seconds())

    async def run_once(self) -> int:
        """Delete what is old enough; count the rows."""
        async with self._transactions() as work:
            before = self._clock.now() - TERMINATED_KEPT
            machines = await work.machines.forget_terminated(before)
            await work.commit()
        return machines + await self._throw_old_away()
