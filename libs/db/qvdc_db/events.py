"""The outbox: what happened, written in the transaction that made it true (PROTOCOLS 8)."""

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.event import Change, Event, EventDraft, EventFilter, Severity
from qvdc_core.page import Page, PageRequest
from qvdc_db.generic import events as table
from qvdc_db.generic import site_term
from qvdc_db.pagination import fetch_page
from qvdc_db.position import Position
from qvdc_db.store import Store


class EventLog:
    """The events of one service, in one transaction.

    Attributes:
        appended: whether this transaction wrote an event.
    """

    def __init__(self, session: AsyncSession, store: Store) -> None:
        self._session = session
        self._store = store
        self.appended = False

    async def append(self, *drafts: EventDraft) -> None:
        """Write `drafts` down; watchers see them once the transaction is committed."""
        if not drafts:
            return
        now = self._store.clock.now()
        rows = [_row(draft) | {"time": now} for draft in drafts]
        await self._session.execute(table.insert(), rows)
        self.appended = True

    async def page(self, wanted: EventFilter, request: PageRequest) -> Page[Event]:
        """One page of the events that match, newest first."""
        query = select(table).where(table.c.kind != "")
        if wanted.subject:
            query = query.where(table.c.subject == wanted.subject)
        if wanted.kinds:
            query = query.where(table.c.kind.in_(wanted.kinds))
        if wanted.cluster:
            query = query.where(table.c.cluster == wanted.cluster)
        rows, token = await fetch_page(
            self._session, query, keys=[table.c.id], page=request, bound=wanted, descending=True
        )
        term = await self._session.scalar(select(site_term.c.term))
        return Page(tuple(event_of(row, self._store.service, term or 0) for row in rows), token)


def event_of(row: Row[Any], service: str, term: int) -> Event:
    """Read a row of the events table."""
    draft = EventDraft(
        subject=row.subject,
        subject_uid=row.subject_uid,
        kind=row.kind,
        change=Change(row.change),
        revision=row.revision,
        cluster=row.cluster,
        severity=Severity(row.severity),
        actor=row.actor,
        operation=row.operation,
        trace_id=row.trace_id,
        text=row.text,
        details=row.details,
    )
    position = str(Position(term, row.xid, row.id))
    return Event(id=f"{service}-{row.id}", position=position, time=row.time, draft=draft)


def _row(draft: EventDraft) -> dict[str, Any]:
    return {
        "noun": draft.subject.partition("/")[0],
        "subject": draft.subject,
        "subject_uid": draft.subject_uid,
        "kind": draft.kind,
        "change": draft.change.value,
        "revision": draft.revision,
        "cluster": draft.cluster,
        "severity": draft.severity.value,
        "actor": draft.actor,
        "operation": draft.operation,
        "trace_id": draft.trace_id,
        "text": draft.text,
        "details": dict(draft.details),
    }
