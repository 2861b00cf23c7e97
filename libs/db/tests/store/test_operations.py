"""Operations survive whoever advances them."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from qvdc_core.clock import ManualClock
from qvdc_core.errors import Kind, NotCancellable, NotFound
from qvdc_core.operation import Operation, OperationFailure, OperationFilter, OperationState
from qvdc_core.page import PageRequest
from qvdc_db.books import OperationBook
from qvdc_db.operations import LeaseLost, OperationEnded
from qvdc_db.store import Store
from qvdc_db.unit_of_work import UnitOfWork

Begin = Callable[[], UnitOfWork]
FAILURE = OperationFailure(Kind.EXHAUSTED, "POOL_FULL", "The pool is full.", {"pool": "p1"})
LIFE = timedelta(seconds=30)


async def _start(begin: Begin, *, cancellable: bool = True, parent: str | None = None) -> Operation:
    async with begin() as work:
        started = await work.operations.start(
            "import",
            target="images/a",
            target_uid="u",
            requester="user:ann",
            cancellable=cancellable,
            parent=parent,
        )
        await work.commit()
    return started


async def test_progress_never_goes_backwards_and_success_alone_is_whole(
    unit_of_work: Begin,
) -> None:
    started = await _start(unit_of_work)
    assert started.state is OperationState.QUEUED

    async with unit_of_work() as work:
        await work.operations.advance(started.id, progress_percent=60, done_bytes=600)
        back = await work.operations.advance(started.id, progress_percent=20, done_bytes=200)
        assert (back.progress_percent, back.done_bytes) == (60, 600)
        assert back.state is OperationState.RUNNING
        full = await work.operations.advance(started.id, progress_percent=100, stage="verify")
        assert full.progress_percent == 99
        done = await work.operations.succeed(started.id)
        assert (done.progress_percent, done.state) == (100, OperationState.SUCCEEDED)
        assert await work.operations.succeed(started.id) == done
        with pytest.raises(OperationEnded):
            await work.operations.advance(started.id, progress_percent=1)
        with pytest.raises(OperationEnded):
            await work.operations.fail(started.id, FAILURE)


async def test_a_failure_is_kept_whole(unit_of_work: Begin) -> None:
    started = await _start(unit_of_work)
    async with unit_of_work() as work:
        failed = await work.operations.fail(started.id, FAILURE)

    assert failed.failure == FAILURE


async def test_a_parent_names_its_children(unit_of_work: Begin) -> None:
    parent = await _start(unit_of_work)
    child = await _start(unit_of_work, parent=parent.id)
    async with unit_of_work() as work:
        assert (await work.operations.get(parent.id)).children == (child.id,)
        assert (await work.operations.advance(parent.id)).children == (child.id,)


async def test_live_work_without_a_beat_is_stalled(unit_of_work: Begin, clock: ManualClock) -> None:
    started = await _start(unit_of_work)
    clock.advance(timedelta(seconds=61))
    assert started.stalled(clock.now())

    async with unit_of_work() as work:
        assert not (await work.operations.advance(started.id)).stalled(clock.now())


async def test_cancel_is_for_live_cancellable_work(unit_of_work: Begin, store: Store) -> None:
    book = OperationBook(store)
    wanted = await _start(unit_of_work)
    firm = await _start(unit_of_work, cancellable=False)

    cancelling = await book.cancel(wanted.id, key=None)

    assert (cancelling.state, cancelling.cancel_requested) == (OperationState.CANCELLING, True)
    with pytest.raises(NotCancellable):
        await book.cancel(firm.id, key=None)
    with pytest.raises(NotFound):
        await book.cancel("things-none", key=None)
    async with unit_of_work() as work:
        ended = await work.operations.cancelled(wanted.id)
    assert ended.state is OperationState.CANCELLED


async def test_a_job_is_taken_by_one_copy_and_taken_over_when_its_lease_ends(
    unit_of_work: Begin,
) -> None:
    await _start(unit_of_work)

    async def take(owner: str, life: timedelta) -> Operation | None:
        async with unit_of_work() as work:
            taken = await work.operations.take(("import",), owner=owner, life=life)
            await work.commit()
        return taken

    takers = await asyncio.gather(*(take(f"copy-{n}", timedelta(0)) for n in range(1)))
    (first,) = [taken for taken in takers if taken]
    both = await asyncio.gather(take("b", LIFE), take("c", LIFE))
    (second,) = [taken for taken in both if taken]

    assert (first.attempt, second.attempt) == (1, 2)
    async with unit_of_work() as work:
        await work.operations.hold(second.id, attempt=2, life=LIFE)
        with pytest.raises(LeaseLost):
            await work.operations.advance(first.id, attempt=1, done_bytes=1)
        with pytest.raises(LeaseLost):
            await work.operations.succeed(first.id, attempt=1)


async def test_waiting_ends_with_the_operation(unit_of_work: Begin, store: Store) -> None:
    started = await _start(unit_of_work)
    book = OperationBook(store)
    early = await book.wait(started.id, timeout=timedelta(seconds=0.01))
    assert early.state is OperationState.QUEUED

    waiting = asyncio.create_task(book.wait(started.id, timeout=timedelta(seconds=30)))
    async with unit_of_work() as work:
        await work.operations.succeed(started.id)
        await work.commit()

    assert (await waiting).state is OperationState.SUCCEEDED


async def test_lists_are_newest_first_and_filtered(
    unit_of_work: Begin, store: Store, clock: ManualClock
) -> None:
    first = await _start(unit_of_work)
    clock.advance(timedelta(seconds=1))
    second = await _start(unit_of_work)
    async with unit_of_work() as work:
        await work.operations.succeed(first.id)
        await work.commit()
    book = OperationBook(store)

    all_of_them = await book.page(OperationFilter(target="images/a"), PageRequest())
    queued = await book.page(OperationFilter(states=(OperationState.QUEUED,)), PageRequest())
    none = await book.page(OperationFilter(target="images/b"), PageRequest())

    assert [item.id for item in all_of_them.items] == [second.id, first.id]
    assert [item.id for item in queued.items] == [second.id]
    assert none.items == ()
