"""Watch: a snapshot, then every change, then on from a token after any break (GEN-10)."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.event import Change, Event, WatchItem, WatchKind
from qvdc_core.page import Page, PageRequest
from qvdc_db.events import event_of
from qvdc_db.position import Position
from qvdc_db.store import Store
from qvdc_db.tail import Batch, read_batch, read_head
from qvdc_db.wakeups import LOOK_EVERY_SECONDS

HEARTBEAT_SECONDS = 15.0
SETTLE_SECONDS = 0.05
"""How soon to look again when a transaction was still under way."""

SNAPSHOT_PAGE = 500
"""Resources read at once: the first are on their way while the others are read."""

T = TypeVar("T")
Snapshot = Callable[[AsyncSession, PageRequest], Awaitable[Page[T]]]
"""Reads a page of the noun's resources, by a key that a resource keeps all its life."""
Load = Callable[[AsyncSession, Sequence[str]], Awaitable[Mapping[str, T]]]
"""Reads the resources of these names that exist, by name."""


def at_once(read: Callable[[AsyncSession], Awaitable[Sequence[T]]]) -> Snapshot[T]:
    """A snapshot in one page, of a noun that has hundreds of resources and not thousands."""

    async def snapshot(session: AsyncSession, _request: PageRequest) -> Page[T]:
        return Page(tuple(await read(session)))

    return snapshot


class Watches:
    """Streams of one service's changes; a stream holds no connection while nothing happens."""

    def __init__(self, store: Store, *, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        self._store = store
        self._heartbeat_seconds = heartbeat_seconds

    async def changes(
        self, noun: str, *, resume_token: str, snapshot: Snapshot[T], load: Load[T]
    ) -> AsyncIterator[WatchItem[T]]:
        """Stream the resources of `noun`.

        Without a token: SNAPSHOT items (without token), then SYNCED. Then CHANGED with the
        resource as it is now, DELETED with its name, and HEARTBEAT. A change may come twice;
        drop what has no newer revision.

        Raises:
            ResumeExpired: the token is too old or of another site term.
            StoreUnavailable: PostgreSQL is away; go on with the last token.
        """
        if resume_token:
            position = Position.parse(resume_token)
        else:
            async with self._store.database.reading() as session:
                position = (await read_head(session)).settled
            async for value in self._all(snapshot):
                yield WatchItem(WatchKind.SNAPSHOT, "", value)
            yield WatchItem(WatchKind.SYNCED, str(position))

        async def read(session: AsyncSession, batch: Batch) -> list[WatchItem[T]]:
            return await _changed(session, batch, load)

        async for item in self._follow(position, noun, read):
            yield item

    async def events(self, *, resume_token: str) -> AsyncIterator[WatchItem[Event]]:
        """Stream events from now, or from a token: CHANGED with each event, and HEARTBEAT.

        Raises:
            ResumeExpired, StoreUnavailable: as `changes`.
        """
        if resume_token:
            position = Position.parse(resume_token)
        else:
            async with self._store.database.reading() as session:
                position = (await read_head(session)).settled
            yield WatchItem(WatchKind.HEARTBEAT, str(position))

        async def read(_session: AsyncSession, batch: Batch) -> list[WatchItem[Event]]:
            term = batch.position.term
            told = (event_of(row, self._store.service, term) for row in batch.rows)
            return [WatchItem(WatchKind.CHANGED, event.position, event) for event in told]

        async for item in self._follow(position, None, read):
            yield item

    async def _all(self, snapshot: Snapshot[T]) -> AsyncIterator[T]:
        # What changes between two pages comes again as a change: the position was read before.
        request = PageRequest(SNAPSHOT_PAGE)
        while True:
            async with self._store.database.reading() as session:
                page = await snapshot(session, request)
            for value in page.items:
                yield value
            if not page.next_token:
                return
            request = replace(request, token=page.next_token)

    async def _follow(
        self,
        position: Position,
        noun: str | None,
        read: Callable[[AsyncSession, Batch], Awaitable[list[WatchItem[T]]]],
    ) -> AsyncIterator[WatchItem[T]]:
        clock = self._store.clock
        spoke = clock.monotonic()
        while True:
            rung = self._store.wakeups.count
            async with self._store.database.reading() as session:
                batch = await read_batch(session, position, noun=noun)
                items = await read(session, batch) if batch.rows else []
            for item in items:
                yield item
            position = batch.position
            if batch.rows:
                spoke = clock.monotonic()
            elif clock.monotonic() - spoke >= self._heartbeat_seconds:
                yield WatchItem(WatchKind.HEARTBEAT, str(position))
                spoke = clock.monotonic()
            within = SETTLE_SECONDS if batch.waiting else LOOK_EVERY_SECONDS
            await self._store.wakeups.past(rung, within=within)


async def _changed(session: AsyncSession, batch: Batch, load: Load[T]) -> list[WatchItem[T]]:
    newest = {row.subject: row.id for row in batch.rows if row.change == Change.CHANGED.value}
    values = await load(session, list(newest)) if newest else {}
    items: list[WatchItem[T]] = []
    for row in batch.rows:
        token = str(Position(batch.position.term, row.xid, row.id))
        if row.change == Change.DELETED.value:
            items.append(WatchItem(WatchKind.DELETED, token, None, row.subject, row.subject_uid))
        elif newest.get(row.subject) == row.id and row.subject in values:
            items.append(WatchItem(WatchKind.CHANGED, token, values[row.subject]))
    return items
