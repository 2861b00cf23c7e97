"""Who holds up the readers of the outbox: rows wait for the oldest transaction (PROTOCOLS 8)."""

import asyncio
from dataclasses import dataclass

from sqlalchemy import text

from qvdc_core.clock import Clock
from qvdc_core.errors import StoreUnavailable
from qvdc_db.database import Database
from qvdc_obs.logs import get_logger
from qvdc_obs.metrics import Metrics

LOOK_EVERY_SECONDS = 5.0
WORTH_TELLING_SECONDS = 10.0
"""Older transactions are named in the log."""

_OLDEST = text("""
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin,
        coalesce((
            SELECT application_name || ' pid ' || pid FROM pg_stat_activity
            WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()
            ORDER BY age(backend_xid) DESC LIMIT 1
        ), '') AS holder
""")

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Holdup:
    """The oldest transaction under way.

    Args:
        seconds: how long this process has seen it hold rows up; 0 when nothing does.
        holder: application and process id of it; "" when nothing does.
    """

    seconds: float
    holder: str


class HoldupWatch:
    """Measures for how long one transaction has kept watchers waiting.

    Metric `qvdc_outbox_holdup_seconds{holder}`; a long one is named in the log, once.
    """

    def __init__(self, database: Database, clock: Clock, metrics: Metrics) -> None:
        self._database = database
        self._clock = clock
        self._gauge = metrics.gauge(
            "outbox_holdup_seconds", "How long the oldest transaction holds up Watch.", ["holder"]
        )
        self._xmin = 0
        self._since = clock.monotonic()
        self._told = ""

    async def run(self) -> None:
        """Measure every 5 s until cancelled; a store that is away holds nothing up."""
        while True:
            try:
                self._tell(await self.look())
            except StoreUnavailable:
                self._gauge.clear()
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def look(self) -> Holdup:
        """Measure now.

        Raises:
            StoreUnavailable: PostgreSQL is away.
        """
        async with self._database.reading() as session:
            row = (await session.execute(_OLDEST)).one()
        now = self._clock.monotonic()
        if row.xmin != self._xmin or not row.holder:
            self._xmin, self._since = row.xmin, now
        return Holdup(now - self._since, row.holder)

    def _tell(self, found: Holdup) -> None:
        self._gauge.clear()
        self._gauge.labels(found.holder).set(found.seconds)
        if found.seconds < WORTH_TELLING_SECONDS:
            self._told = ""
        elif found.holder != self._told:
            self._told = found.holder
            log.warning("outbox.held_up", seconds=found.seconds, holder=found.holder)
