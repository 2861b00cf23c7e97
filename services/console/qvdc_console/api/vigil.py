"""Streams end with the right to have them: their session, their key, their permissions."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import timedelta
from typing import Any, TypeVar

from qvdc_console.api.entrance import Entrance, Pass
from qvdc_console.api.witness import Account
from qvdc_core.errors import Refusal, StoreUnavailable

LOOKS_EVERY = timedelta(seconds=2)
"""A look costs nothing: who is there is remembered for 5 s. Both together bound how long a
stream outlives its session."""

T = TypeVar("T")


async def right_lost(entrance: Entrance, account: Account) -> Refusal:
    """Return why the caller of an open stream may have it no more; wait until that is so.

    While PostgreSQL is away the streams that are open stay open.
    """
    admitted = account.admitted
    assert isinstance(admitted, Pass)
    while True:
        await asyncio.sleep(LOOKS_EVERY.total_seconds())
        try:
            await entrance.still(account.arrival, admitted)
        except StoreUnavailable:
            continue
        except Refusal as refusal:
            return refusal


async def unless(
    items: AsyncIterator[T], lost: "asyncio.Future[Refusal]", *, at: "Seam | None" = None
) -> AsyncGenerator[T, None]:
    """Yield `items` until they end.

    Args:
        at: stop only where it is open.

    Raises:
        Refusal: `lost` said so in between.
    """
    reading: asyncio.Future[T] | None = None
    try:
        while True:
            reading = asyncio.ensure_future(_next(items))
            awaited: set[asyncio.Future[Any]] = {reading}
            if at is None or at.open:
                awaited.add(lost)
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                raise lost.result()
            try:
                item = reading.result()
            except StopAsyncIteration:
                return
            yield item
    finally:
        if reading is not None and not reading.done():
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def _next(items: AsyncIterator[T]) -> T:
    return await anext(items)


class Seam:
    """Follows the envelopes of a stream as bytes: whether one has just ended."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._left = 0

    @property
    def open(self) -> bool:
        """Whether another envelope may begin here."""
        return not self._head and not self._left

    def pass_on(self, part: bytes) -> None:
        """Follow a part of the stream."""
        view = memoryview(part)
        while view:
            if self._left:
                taken = min(self._left, len(view))
                self._left -= taken
                view = view[taken:]
                continue
            taken = min(_HEAD - len(self._head), len(view))
            self._head += view[:taken]
            view = view[taken:]
            if len(self._head) == _HEAD:
                self._left = int.from_bytes(self._head[1:], "big")
                self._head.clear()


_HEAD = 5
