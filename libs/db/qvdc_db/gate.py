"""Waiting for PostgreSQL at the start, and knowing at any time whether it is there."""

import asyncio
import random
from typing import NoReturn

from sqlalchemy.exc import OperationalError

from qvdc_core.errors import Kind, Refusal, StoreUnavailable
from qvdc_db.database import Database
from qvdc_db.migrations import MigrationFailed, Migrations
from qvdc_db.site_term import current_term
from qvdc_obs.logs import get_logger

RETRY_SECONDS = 1.0
"""Mean wait between attempts while PostgreSQL is away."""
LOOK_EVERY_SECONDS = 2.0
"""How often a working connection is tried, for /readyz."""

log = get_logger(__name__)
LONGEST_REASON = 200


class StoreNotReady(Refusal):
    """PostgreSQL is away, or the schema is not what this release needs."""

    kind = Kind.UNAVAILABLE
    reason = "STORE_UNAVAILABLE"


class StoreGate:
    """Opens once PostgreSQL is reachable and the schema is current; closes while it is away."""

    def __init__(self, database: Database, migrations: Migrations) -> None:
        self._database = database
        self._migrations = migrations
        self._opened = asyncio.Event()
        self._reason: str | None = "postgresql: not reached yet"

    def reason(self) -> str | None:
        """Why the service is not ready, for /readyz; None when the store is fine."""
        return self._reason

    async def probe(self) -> None:
        """Return when the store can be used now; the readiness probe of the service.

        Raises:
            StoreNotReady: it cannot, with the reason.
        """
        if self._reason is not None:
            raise StoreNotReady(self._reason)

    async def opened(self) -> None:
        """Return when the schema is ready to be used for the first time; loops wait for this."""
        await self._opened.wait()

    async def run(self) -> NoReturn:
        """Prepare the store, then keep `reason` true, until cancelled.

        Raises:
            MigrationFailed: the schema cannot be brought up to date; the process should end.
        """
        while not await self._prepared():
            await _pause()
        self._opened.set()
        while True:
            try:
                async with asyncio.timeout(10):
                    await current_term(self._database)
                self._reason = None
            except (StoreUnavailable, TimeoutError) as error:
                self._close(error)
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _prepared(self) -> bool:
        try:
            await asyncio.to_thread(self._migrations.run)
            await current_term(self._database)
        except (OperationalError, StoreUnavailable) as error:
            self._close(error)
            return False
        except MigrationFailed as error:
            self._reason = f"postgresql: {error}"
            raise
        log.info("store.ready", schema=self._database.schema)
        self._reason = None
        return True

    def _close(self, error: BaseException) -> None:
        why = _in_its_own_words(error)
        if self._reason is None:
            log.warning("store.away", schema=self._database.schema, why=why)
        self._reason = f"postgresql: {why}"


def _in_its_own_words(error: BaseException) -> str:
    """The first line of what the driver said, the innermost cause first; it holds no secret."""
    said = error
    while (inner := said.__cause__) is not None:
        said = inner
    text = str(said).strip().partition("\n")[0]
    return text[:LONGEST_REASON] or "no answer"


async def _pause() -> None:
    await asyncio.sleep(random.uniform(0.5, 1.5) * RETRY_SECONDS)  # noqa: S311 - jitter, no secret
