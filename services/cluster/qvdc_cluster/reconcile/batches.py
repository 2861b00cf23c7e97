"""Taking from a stream as much as is there."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeVar

from qvdc_cluster.domain.batch import Batch
from qvdc_cluster.domain.projection import STALE_AFTER
from qvdc_cluster.ports import OwnerAway
from qvdc_core.event import WatchItem, WatchKind

LARGEST_BATCH = 500
"""How far reading may run ahead of what is applied."""

T = TypeVar("T")


async def batches(stream: AsyncIterator[WatchItem[T]]) -> AsyncGenerator[Batch[T], None]:
    """Yield the items that are there, at least one at a time; a snapshot comes whole.

    An error of the stream comes after the items before it.

    Raises:
        OwnerAway: the stream was silent for three heartbeats.
    """
    queue: asyncio.Queue[WatchItem[T] | None] = asyncio.Queue()
    room = asyncio.Semaphore(LARGEST_BATCH)
    reading = asyncio.create_task(_read(stream, queue, room))
    reading.add_done_callback(lambda _task: queue.put_nowait(None))
    waiting: list[WatchItem[T]] = []
    try:
        while (item := await _next(queue)) is not None:
            room.release()
            waiting.append(item)
            if item.kind is WatchKind.SYNCED:
                yield Batch(tuple(waiting), snapshot=True)
                waiting = []
            elif item.kind is not WatchKind.SNAPSHOT and queue.empty():
                yield Batch(tuple(waiting))
                waiting = []
        if waiting and waiting[-1].token:
            yield Batch(tuple(waiting))
        await reading
    finally:
        reading.cancel()
        await asyncio.wait({reading})


async def _next(queue: "asyncio.Queue[WatchItem[T] | None]") -> WatchItem[T] | None:
    try:
        async with asyncio.timeout(STALE_AFTER.total_seconds()):
            return await queue.get()
    except TimeoutError as silence:
        raise OwnerAway("the stream", "it was silent for three heartbeats") from silence


async def _read(
    stream: AsyncIterator[WatchItem[T]],
    queue: "asyncio.Queue[WatchItem[T] | None]",
    room: asyncio.Semaphore,
) -> None:
    async for item in stream:
        await room.acquire()
        queue.put_nowait(item)
