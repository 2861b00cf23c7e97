"""What every service offers about its operations and events, outside a use case."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

from qvdc_core.event import Event, EventFilter, WatchItem
from qvdc_core.operation import Operation, OperationFilter
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey
from qvdc_db.store import Store
from qvdc_db.unit_of_work import UnitOfWork
from qvdc_db.wakeups import LOOK_EVERY_SECONDS
from qvdc_db.watch import Watches


class OperationBook:
    """Reads, awaits and cancels the operations of one service."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, operation_id: str) -> Operation:
        """Read one operation.

        Raises:
            NotFound: there is none.
        """
        async with UnitOfWork(self._store) as work:
            return await work.operations.get(operation_id)

    async def page(self, wanted: OperationFilter, request: PageRequest) -> Page[Operation]:
        """One page, newest first."""
        async with UnitOfWork(self._store) as work:
            return await work.operations.page(wanted, request)

    async def cancel(self, operation_id: str, *, key: RequestKey | None) -> Operation:
        """Ask for the work to stop.

        Raises:
            NotCancellable: it cannot stop cleanly, or has ended.
            NotFound: there is none.
        """
        async with UnitOfWork(self._store) as work:
            if (repeated := await work.requests.recall(key, Operation)) is not None:
                return repeated
            operation = await work.operations.request_cancel(operation_id)
            await work.requests.remember(key, operation)
            await work.commit()
        return operation

    async def wait(self, operation_id: str, *, timeout: timedelta) -> Operation:
        """Return the operation when it has ended, or as it is after `timeout`.

        Raises:
            NotFound: there is none.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout.total_seconds()
        while True:
            rung = self._store.wakeups.count
            operation = await self.get(operation_id)
            left = end - loop.time()
            if not operation.state.live or left <= 0:
                return operation
            await self._store.wakeups.past(rung, within=min(left, LOOK_EVERY_SECONDS))


class EventBook:
    """Lists and streams the events of one service."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._watches = Watches(store)

    async def page(self, wanted: EventFilter, request: PageRequest) -> Page[Event]:
        """One page, newest first."""
        async with UnitOfWork(self._store) as work:
            return await work.events.page(wanted, request)

    def watch(self, *, resume_token: str) -> AsyncIterator[WatchItem[Event]]:
        """Stream events from now or from a token.

        Raises:
            ResumeExpired: the token is too old or of another site term.
        """
        return self._watches.events(resume_token=resume_token)
