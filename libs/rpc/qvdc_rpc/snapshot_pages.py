"""Several resources of a Watch stream's snapshot in one message, for callers who ask for it.

A message on its way costs far more than a resource in it: wake-ups, frames and calls into gRPC at
every hop. Thousands of resources come several times as fast in pages.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from google.protobuf.message import Message

from quantix.event.v1 import event_pb2

ASKED_IN = "snapshot_page_size"
FULL_BYTES = 512 * 1024
"""A page is sent once it is so large, however few it holds: messages are bounded."""


def page_size(request: Any) -> int:
    """How many resources the caller takes in one item of a snapshot; 1 where it cannot say."""
    return max(1, getattr(request, ASKED_IN, 1))


async def paged(items: AsyncGenerator[Message, None], size: int) -> AsyncGenerator[Message, None]:
    """Put items of the snapshot that follow each other into the first one's `more`.

    The order stays, and so does every other item. What is left of a page goes out before it.

    Args:
        items: of any Watch stream.
        size: at most so many resources in one item.
    """
    page: Any = None
    page_bytes = 0
    async with aclosing(items):
        item: Any
        async for item in items:
            if item.kind != event_pb2.WATCH_KIND_SNAPSHOT:
                if page is not None:
                    yield page
                    page = None
                yield item
                continue
            if page is None:
                page, page_bytes = item, 0
            else:
                page.more.append(item)
            page_bytes += item.ByteSize()
            if 1 + len(page.more) >= size or page_bytes >= FULL_BYTES:
                yield page
                page = None
    if page is not None:
        yield page
