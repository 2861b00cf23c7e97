"""Asks something slow without waiting for it too long, and never twice at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Generic, TypeVar

from qvdc_core.clock import Clock

_Answer = TypeVar("_Answer")


class Inquiry(Generic[_Answer]):
    """Keeps the last answer to a question.

    Args:
        ask: the question; it answers its own failures.
        period: how long an answer is good enough not to ask again.
        patience: how long one call of `latest` waits at most.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[_Answer]],
        *,
        period: timedelta,
        patience: timedelta,
        clock: Clock,
    ) -> None:
        self._ask = ask
        self._period = period
        self._patience = patience
        self._clock = clock
        self._asking: asyncio.Task[_Answer] | None = None
        self._answer: _Answer | None = None
        self._answered_at = float("-inf")

    @property
    def age(self) -> timedelta:
        """How old the last answer is; very old while there is none."""
        seconds = self._clock.monotonic() - self._answered_at
        return timedelta.max if seconds == float("inf") else timedelta(seconds=seconds)

    async def latest(self) -> _Answer | None:
        """The newest answer that can be had soon; None while there is none."""
        if self._asking is None and self.age >= self._period:
            self._asking = asyncio.ensure_future(self._ask())
        if self._asking is not None:
            await asyncio.wait({self._asking}, timeout=self._patience.total_seconds())
            if self._asking.done():
                asked, self._asking = self._asking, None
                self._answer, self._answered_at = asked.result(), self._clock.monotonic()
        return self._answer

    def close(self) -> None:
        """Wait for nothing any more."""
        if self._asking is not None:
            self._asking.cancel()
