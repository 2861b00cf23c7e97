"""What every copy does for itself: write down what beats told it, refresh whom it remembers,
throw away what was kept long enough.

Acts at fixed intervals; beats that changed nothing lead to no write. No leader is needed: rows
are locked, and an older report never overwrites a newer one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from qvdc_core.errors import Refusal
from qvdc_obs.logs import get_logger

log = get_logger(__name__)
OBSERVATIONS_EVERY = timedelta(seconds=1)
CONNECTIONS_EVERY = timedelta(seconds=2)
ELECTORATE_EVERY = timedelta(seconds=2)
POOL_LISTS_EVERY = timedelta(seconds=1)
REGISTRY_EVERY = timedelta(seconds=5)
RETENTION_EVERY = timedelta(hours=1)


class Repeating:
    """Does one thing again and again; a store that is away delays it and ends nothing."""

    def __init__(
        self, name: str, action: Callable[[], Awaitable[object]], *, every: timedelta
    ) -> None:
        self._name = name
        self._action = action
        self._every = every

    async def run(self) -> None:
        """Repeat for ever."""
        while True:
            try:
                await self._action()
            except Refusal as refusal:
                log.info("repeating.waits", what=self._name, why=str(refusal))
            await asyncio.sleep(self._every.total_seconds())
