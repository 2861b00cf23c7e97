"""The audit trail: noted at once, stored in batches, and honest about what is missing."""

import asyncio
from collections import deque
from itertools import islice

from qvdc_console.domain.audit import GAP, AuditFilter, AuditRecord
from qvdc_console.ports import AuditTrail
from qvdc_core.clock import Clock
from qvdc_core.errors import Refusal
from qvdc_core.page import Page, PageRequest

QUEUED = 20_000
BATCH = 500
PAUSE_SECONDS = 0.2
RETRY_SECONDS = 1.0
LAST_WORD_SECONDS = 3.0


class AuditLog:
    """Takes records without waiting and stores them from a loop of its own.

    While PostgreSQL is away up to 20,000 records wait. What does not fit is counted, and a record
    of the method `gap` tells how many are missing at that place.
    """

    def __init__(self, trail: AuditTrail, clock: Clock) -> None:
        self._trail = trail
        self._clock = clock
        self._waiting: deque[AuditRecord] = deque()
        self._lost = 0
        self._noted = asyncio.Event()

    def note(self, record: AuditRecord) -> None:
        """Take a record; it is stored within a second, or counted as lost."""
        if len(self._waiting) >= QUEUED:
            self._lost += 1
            return
        if self._lost:
            self._waiting.append(self._gap())
        self._waiting.append(record)
        self._noted.set()

    async def run(self) -> None:
        """Store what is noted, for ever."""
        while True:
            await self._noted.wait()
            self._noted.clear()
            await asyncio.sleep(PAUSE_SECONDS)
            await self._store_all()

    async def drain(self) -> None:
        """Store what is still waiting, within 3 s; for the end of the process."""
        try:
            async with asyncio.timeout(LAST_WORD_SECONDS):
                await self._store_all()
        except TimeoutError:
            return

    async def page(self, wanted: AuditFilter, page: PageRequest) -> Page[AuditRecord]:
        """Return a page of records, newest first."""
        return await self._trail.page(wanted, page)

    async def _store_all(self) -> None:
        while self._waiting:
            batch = list(islice(self._waiting, BATCH))
            try:
                await self._trail.add(batch)
            except Refusal:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            for _ in batch:
                self._waiting.popleft()
        if self._lost:
            self._waiting.append(self._gap())
            self._noted.set()

    def _gap(self) -> AuditRecord:
        lost, self._lost = self._lost, 0
        return AuditRecord(
            time=self._clock.now(),
            actor="service/console",
            address="",
            method=GAP,
            object="",
            code="DATA_LOSS",
            reason="",
            request_id="",
            lost_count=lost,
        )
