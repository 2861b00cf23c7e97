"""One transaction per use case."""

import asyncio
from types import TracebackType
from typing import Self

from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.clock import Clock
from qvdc_db.errors import refusal_for, translated
from qvdc_db.events import EventLog
from qvdc_db.fences import Fences
from qvdc_db.operations import Operations
from qvdc_db.requests import Requests
from qvdc_db.store import Store


class UnitOfWork:
    """A transaction that is rolled back unless `commit` was called.

    A service's own class adds its repositories in `bind`. Not for two tasks at once; open a new
    one for each use.

    Attributes:
        operations, events, requests, fences: the generic repositories, in this transaction.
    """

    operations: Operations
    events: EventLog
    requests: Requests
    fences: Fences

    def __init__(self, store: Store) -> None:
        self._store = store
        self._session: AsyncSession | None = None

    @property
    def clock(self) -> Clock:
        """The store's clock, for repositories that note times."""
        return self._store.clock

    def bind(self, session: AsyncSession) -> None:
        """Make the repositories on `session`; called at the start of each transaction."""

    async def __aenter__(self) -> Self:
        session = self._store.database.session()
        self._session = session
        self.events = EventLog(session, self._store)
        self.operations = Operations(session, self._store, self.events)
        self.requests = Requests(session, self._store.clock)
        self.fences = Fences(session)
        self.bind(session)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        session, self._session = self._session, None
        assert session is not None, "not entered"
        with translated():
            await asyncio.shield(session.close())
        if refusal := refusal_for(error):
            raise refusal from error

    async def commit(self) -> None:
        """Make everything done so far true, and wake those who watch.

        Raises:
            StoreUnavailable: PostgreSQL is away; whether it became true is unknown.
            Contention: it lost against others and was rolled back.
        """
        assert self._session is not None, "not entered"
        self.requests.check_answered()
        with translated():
            await self._session.commit()
        if self.events.appended:
            self._store.wakeups.ring()
