"""Machines handed to workers: never twice at a time, never lost."""

import asyncio
from datetime import timedelta

from qvdc_agent.domain.machine import MachineUid
from qvdc_agent.reconcile.work_queue import WorkQueue

ONE, TWO = MachineUid("one"), MachineUid("two")


async def taken(queue: WorkQueue) -> MachineUid:
    async with asyncio.timeout(5):
        return await queue.take()


async def test_a_machine_waits_only_once() -> None:
    queue = WorkQueue()
    for uid in (ONE, ONE, TWO):
        queue.add(uid)

    assert [await taken(queue), await taken(queue)] == [ONE, TWO]


async def test_a_machine_that_is_worked_on_comes_again_afterwards() -> None:
    queue = WorkQueue()
    queue.add(ONE)
    await taken(queue)
    queue.add(ONE)
    queue.add(TWO)

    assert await taken(queue) == TWO
    queue.done(ONE)
    assert await taken(queue) == ONE


async def test_the_earlier_of_two_times_counts() -> None:
    queue = WorkQueue()
    queue.add(ONE, after=timedelta(hours=1))
    queue.add(ONE, after=timedelta(milliseconds=1))
    queue.add(ONE, after=timedelta(hours=1))

    assert await taken(queue) == ONE


async def test_now_outruns_later() -> None:
    queue = WorkQueue()
    queue.add(ONE, after=timedelta(hours=1))
    queue.add(ONE)

    assert await taken(queue) == ONE
