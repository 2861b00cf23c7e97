"""Asking something slow."""

import asyncio
from datetime import timedelta

import pytest

from qvdc_agent.adapters.inquiry import Inquiry
from qvdc_core.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def test_a_slow_answer_is_asked_for_once_and_not_waited_for(clock: ManualClock) -> None:
    asked, answer = 0, asyncio.Event()

    async def ask() -> str:
        nonlocal asked
        asked += 1
        await answer.wait()
        return "yes"

    inquiry = Inquiry(ask, period=timedelta(), patience=timedelta(milliseconds=5), clock=clock)
    assert await inquiry.latest() is None
    assert await inquiry.latest() is None
    answer.set()

    assert await inquiry.latest() == "yes"
    assert asked == 1


async def test_an_answer_is_good_for_its_period(clock: ManualClock) -> None:
    answers = iter(["one", "two"])

    async def ask() -> str:
        return next(answers)

    inquiry = Inquiry(ask, period=timedelta(seconds=30), patience=timedelta(seconds=1), clock=clock)
    assert inquiry.age == timedelta.max
    assert [await inquiry.latest(), await inquiry.latest()] == ["one", "one"]
    clock.advance(timedelta(seconds=30))

    assert inquiry.age == timedelta(seconds=30)
    assert await inquiry.latest() == "two"
