"""Watch misses nothing: late commits, breaks, and Redis away."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.clock import ManualClock
from qvdc_core.errors import InvalidField
from qvdc_core.event import Change, EventDraft, EventFilter, ResumeExpired, WatchItem, WatchKind
from qvdc_core.page import Page, PageRequest
from qvdc_db.books import EventBook
from qvdc_db.retention import throw_old_away
from qvdc_db.site_term import observe_incarnation
from qvdc_db.store import Store
from qvdc_db.unit_of_work import UnitOfWork
from qvdc_db.wakeups import Wakeups
from qvdc_db.watch import Watches
from qvdc_testing.redis_server import RedisServer

Begin = Callable[[], UnitOfWork]


async def _names(session: AsyncSession, page: PageRequest) -> Page[str]:
    query = text("select name from things where name > :after order by name limit 2")
    names = tuple((await session.scalars(query, {"after": page.token})).all())
    return Page(names, names[-1] if names else "")


async def _load(session: AsyncSession, names: Sequence[str]) -> Mapping[str, str]:
    rows = await session.scalars(
        text("select name from things where name = any(:names)"), {"names": list(names)}
    )
    return {name: name for name in rows}


def _watch(store: Store, token: str = "", heartbeat: float = 600) -> AsyncIterator[WatchItem[str]]:
    watches = Watches(store, heartbeat_seconds=heartbeat)
    return watches.changes("things", resume_token=token, snapshot=_names, load=_load)


async def _make(session: AsyncSession, work: UnitOfWork, name: str) -> None:
    await session.execute(
        text("insert into things values (:name, 1, now()) on conflict do nothing"), {"name": name}
    )
    await work.events.append(
        EventDraft(subject=name, kind="ThingMade", change=Change.CHANGED, revision=1)
    )


class ThingWork(UnitOfWork):
    """Transactions that reach their session."""

    session: AsyncSession

    def bind(self, session: AsyncSession) -> None:
        """Keep the session."""
        self.session = session


async def _made(store: Store, name: str) -> None:
    async with ThingWork(store) as work:
        await _make(work.session, work, name)
        await work.commit()


async def _next(stream: AsyncIterator[WatchItem[str]]) -> WatchItem[str]:
    async with asyncio.timeout(10):
        return await anext(stream)


async def _synced(stream: AsyncIterator[WatchItem[str]]) -> WatchItem[str]:
    while (item := await _next(stream)).kind is not WatchKind.SYNCED:
        pass
    return item


async def test_what_changes_between_two_pages_of_a_snapshot_is_told_after_it(store: Store) -> None:
    for letter in "bcde":
        await _made(store, f"things/{letter}")
    stream = _watch(store)
    seen = [(await _next(stream)).value for _ in range(2)]
    assert seen == ["things/b", "things/c"]
    await _made(store, "things/a")
    await _made(store, "things/f")
    async with ThingWork(store) as work:
        await work.session.execute(text("delete from things where name = 'things/b'"))
        await work.events.append(
            EventDraft(subject="things/b", kind="ThingLost", change=Change.DELETED, revision=2)
        )
        await work.commit()
    rest = [await _next(stream) for _ in range(7)]
    assert [(each.kind, each.value or each.name) for each in rest] == [
        (WatchKind.SNAPSHOT, "things/d"),
        (WatchKind.SNAPSHOT, "things/e"),
        (WatchKind.SNAPSHOT, "things/f"),
        (WatchKind.SYNCED, ""),
        (WatchKind.CHANGED, "things/a"),
        (WatchKind.CHANGED, "things/f"),
        (WatchKind.DELETED, "things/b"),
    ]


async def test_a_snapshot_comes_first_then_changes_and_deletions(store: Store) -> None:
    await _made(store, "things/a")
    stream = _watch(store)

    first, synced = await _next(stream), await _next(stream)
    await _made(store, "things/b")
    changed = await _next(stream)
    async with ThingWork(store) as work:
        await work.session.execute(text("delete from things where name = 'things/a'"))
        await work.events.append(
            EventDraft(subject="things/a", subject_uid="u", change=Change.DELETED, revision=2)
        )
        await work.commit()
    deleted = await _next(stream)

    assert (first.kind, first.value) == (WatchKind.SNAPSHOT, "things/a")
    assert synced.kind is WatchKind.SYNCED
    assert (changed.kind, changed.value) == (WatchKind.CHANGED, "things/b")
    assert (deleted.kind, deleted.name, deleted.uid) == (WatchKind.DELETED, "things/a", "u")


async def test_what_commits_late_is_not_skipped(store: Store) -> None:
    stream = _watch(store)
    token = (await _synced(stream)).token
    async with ThingWork(store) as late:
        await _make(late.session, late, "things/late")
        await _made(store, "things/early")
        waiting = asyncio.create_task(_next(stream))
        done, _pending = await asyncio.wait({waiting}, timeout=0.5)
        assert not done, "a later row was shown before an earlier transaction ended"
        await late.commit()

    seen = [(await waiting).value, (await _next(stream)).value]

    assert sorted(str(value) for value in seen) == ["things/early", "things/late"]
    resumed = _watch(store, token)
    again = [(await _next(resumed)).value, (await _next(resumed)).value]
    assert again == seen


async def test_many_writers_and_a_reader_that_breaks_off_miss_nothing(store: Store) -> None:
    names = {f"things/{n:03}" for n in range(120)}
    token = (await _synced(_watch(store))).token
    seen: set[str] = set()

    async def read() -> None:
        nonlocal token
        while seen != names:
            stream = _watch(store, token)
            for _item in range(7):
                item = await anext(stream)
                token = item.token
                seen.add(str(item.value))
                if seen == names:
                    return

    async def write(part: list[str]) -> None:
        for name in part:
            await _made(store, name)

    ordered = sorted(names)
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(read())
        for offset in range(4):
            tasks.create_task(write(ordered[offset::4]))

    assert seen == names


async def test_old_and_foreign_tokens_are_refused(store: Store, clock: ManualClock) -> None:
    token = (await _synced(_watch(store))).token
    await _made(store, "things/a")
    clock.advance(timedelta(days=91))
    await throw_old_away(store)

    with pytest.raises(ResumeExpired):
        await _next(_watch(store, token))
    fresh = (await _synced(_watch(store))).token
    await observe_incarnation(store.database, "one")
    await observe_incarnation(store.database, "two")
    with pytest.raises(ResumeExpired):
        await _next(_watch(store, fresh))
    for garbage in ("x", "1.2", "1.2.3.4", "1.-2.3", "1.99999999999999999999.1"):
        with pytest.raises(InvalidField):
            await _next(_watch(store, garbage))


async def test_a_silent_stream_beats_and_its_token_moves_on(store: Store) -> None:
    stream = _watch(store, heartbeat=0)
    first = await _synced(stream)
    await _made(store, "things/a")
    assert (await _next(stream)).kind is WatchKind.CHANGED

    beat = await _next(stream)

    assert beat.kind is WatchKind.HEARTBEAT
    assert beat.token > first.token


async def test_redis_wakes_readers_of_another_copy_and_may_go_away(
    store: Store, redis_server: RedisServer
) -> None:
    ours, theirs = (Wakeups(redis_server.url, service="things") for _copy in range(2))
    async with asyncio.TaskGroup() as tasks:
        relays = [tasks.create_task(bell.run()) for bell in (ours, theirs)]
        async with asyncio.timeout(10):
            while not theirs.count:
                ours.ring()
                await theirs.past(0, within=0.1)
        redis_server.stop()
        before = ours.count
        ours.ring()
        assert await ours.past(before, within=1)
        redis_server.start()
        after = theirs.count
        async with asyncio.timeout(20):
            while theirs.count == after:
                ours.ring()
                await theirs.past(after, within=0.1)
        for relay in relays:
            relay.cancel()


async def test_events_are_listed_newest_first_and_streamed(store: Store) -> None:
    book = EventBook(store)
    stream = book.watch(resume_token="")
    async with asyncio.timeout(10):
        assert (await anext(stream)).kind is WatchKind.HEARTBEAT
    await _made(store, "things/a")
    await _made(store, "things/b")
    async with asyncio.timeout(10):
        streamed = await anext(stream)

    listed = await book.page(EventFilter(kinds=("ThingMade",)), PageRequest(size=1))
    rest = await book.page(
        EventFilter(kinds=("ThingMade",)), PageRequest(size=1, token=listed.next_token)
    )

    assert streamed.value is not None
    assert streamed.value.draft.subject == "things/a"
    assert [event.draft.subject for event in listed.items] == ["things/b"]
    assert [event.id for event in rest.items] == [streamed.value.id]
