"""One transaction per use case; requests, fences and pages in it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text, select

from qvdc_core.clock import ManualClock
from qvdc_core.errors import IdempotencyKeyReused, InvalidField, StaleFence, StoreUnavailable
from qvdc_core.fence import Fence
from qvdc_core.page import PageRequest
from qvdc_core.request import RequestKey
from qvdc_db.pagination import fetch_page
from qvdc_db.retention import throw_old_away
from qvdc_db.store import Store
from qvdc_db.unit_of_work import UnitOfWork
from qvdc_testing.postgresql import PostgresServer

things = Table(
    "things",
    MetaData(),
    Column("name", Text, primary_key=True),
    Column("size_bytes", Integer),
    Column("make_time", DateTime(timezone=True)),
)
Begin = Callable[[], UnitOfWork]
KEY = RequestKey("user:ann", "things.Create", "11111111-1111-1111-1111-111111111111", "abc")


@dataclass(frozen=True, slots=True)
class Thing:
    """An answer."""

    name: str
    made: datetime
    parts: tuple[str, ...] = ()


async def test_without_commit_nothing_happened(unit_of_work: Begin) -> None:
    async with unit_of_work() as work:
        started = await work.operations.start("make", target="a/b", target_uid="u", requester="me")

    async with unit_of_work() as work:
        assert await work.operations.live(target=started.target) == []


async def test_a_repeat_gets_the_first_answer_and_another_body_is_refused(
    unit_of_work: Begin,
) -> None:
    thing = Thing("a", datetime(2026, 1, 1, tzinfo=UTC), ("x", "y"))
    async with unit_of_work() as work:
        assert await work.requests.recall(KEY, Thing) is None
        await work.requests.remember(KEY, thing)
        await work.commit()

    async with unit_of_work() as work:
        assert await work.requests.recall(KEY, Thing) == thing
    async with unit_of_work() as work:
        with pytest.raises(IdempotencyKeyReused):
            await work.requests.recall(RequestKey(KEY.actor, KEY.rpc, KEY.request_id, "z"), Thing)


async def test_a_refused_mutation_is_not_remembered(unit_of_work: Begin) -> None:
    async with unit_of_work() as work:
        assert not await work.requests.repeated(KEY)

    async with unit_of_work() as work:
        assert not await work.requests.repeated(KEY)


async def test_of_many_duplicates_at_once_one_acts(unit_of_work: Begin) -> None:
    acted = []

    async def create(number: int) -> Thing:
        async with unit_of_work() as work:
            if (first := await work.requests.recall(KEY, Thing)) is not None:
                return first
            acted.append(number)
            thing = Thing(f"made by {number}", datetime(2026, 1, 1, tzinfo=UTC))
            await work.requests.remember(KEY, thing)
            await work.commit()
            return thing

    answers = await asyncio.gather(*(create(number) for number in range(8)))

    assert len(acted) == 1
    assert {answer.name for answer in answers} == {f"made by {acted[0]}"}


async def test_request_ids_are_forgotten_after_a_day(
    unit_of_work: Begin, store: Store, clock: ManualClock
) -> None:
    async with unit_of_work() as work:
        await work.requests.repeated(KEY)
        await work.commit()
    clock.advance(timedelta(hours=25))

    assert await throw_old_away(store) == 1


async def test_a_late_leader_is_refused(unit_of_work: Begin) -> None:
    old, new = Fence(1, "failover", 10), Fence(1, "failover", 20)
    for fence in (old, new, new, Fence(1, "other", 1)):
        async with unit_of_work() as work:
            await work.fences.check(fence)
            await work.commit()

    async with unit_of_work() as work:
        with pytest.raises(StaleFence):
            await work.fences.check(old)
    async with unit_of_work() as work:
        await work.fences.check(Fence(2, "failover", 1))


async def test_a_new_leader_waits_for_the_effects_of_the_old(unit_of_work: Begin) -> None:
    async with unit_of_work() as work:
        await work.fences.check(Fence(1, "failover", 10))
        await work.commit()
    order = []

    async def lead_anew() -> None:
        async with unit_of_work() as work:
            await work.fences.check(Fence(1, "failover", 20))
            order.append("new")
            await work.commit()

    async with unit_of_work() as work:
        await work.fences.check(Fence(1, "failover", 10))
        successor = asyncio.create_task(lead_anew())
        done, _waiting = await asyncio.wait({successor}, timeout=0.3)
        assert not done
        order.append("old")
        await work.commit()
    await successor

    assert order == ["old", "new"]


async def test_pages_hold_every_row_once_while_rows_come(store: Store) -> None:
    async with store.database.session() as session:
        made = datetime(2026, 1, 1, tzinfo=UTC)
        rows = [{"name": f"t{n:03}", "size_bytes": n % 7, "make_time": made} for n in range(25)]
        await session.execute(things.insert(), rows)
        seen: list[str] = []
        token = ""
        while True:
            found, token = await fetch_page(
                session,
                select(things),
                keys=[things.c.make_time, things.c.size_bytes, things.c.name],
                page=PageRequest(10, token),
                bound="all",
                descending=True,
            )
            seen += [row.name for row in found]
            if not token:
                break
        assert sorted(seen) == [row["name"] for row in rows]


async def test_a_page_token_of_another_list_is_refused(store: Store) -> None:
    async with store.database.session() as session:
        rows = [{"name": f"t{n}", "size_bytes": n, "make_time": datetime.now(UTC)} for n in (1, 2)]
        await session.execute(things.insert(), rows)

        async def page(token: str, bound: str) -> str:
            _found, following = await fetch_page(
                session,
                select(things),
                keys=[things.c.name],
                page=PageRequest(1, token),
                bound=bound,
            )
            return following

        token = await page("", "a")
        for wrong, bound in ((token, "b"), ("garbage", "a"), ("WzFd", "a"), ("é", "a")):
            with pytest.raises(InvalidField):
                await page(wrong, bound)


async def test_a_lost_server_is_unavailable_and_comes_back(
    store: Store, unit_of_work: Begin, postgresql_server: PostgresServer
) -> None:
    await store.database.ping()
    postgresql_server.stop()
    try:
        with pytest.raises(StoreUnavailable):
            async with unit_of_work() as work:
                await work.operations.get("x")
        with pytest.raises(StoreUnavailable):
            await store.database.ping()
    finally:
        postgresql_server.start()

    await store.database.ping()


async def test_losing_the_server_inside_a_transaction_is_unavailable(
    unit_of_work: Begin, postgresql_server: PostgresServer
) -> None:
    async def lose_it() -> None:
        async with unit_of_work() as work:
            await work.operations.live()
            postgresql_server.stop()
            await work.operations.live()

    try:
        with pytest.raises(StoreUnavailable):
            await lose_it()
    finally:
        postgresql_server.start()
