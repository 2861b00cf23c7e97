"""A request's bytes as they come."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

from starlette.requests import Request

from qvdc_image.domain.refusals import UploadInterrupted

IDLE_TIMEOUT = timedelta(seconds=60)
"""A connection that brings no byte for this long is taken for cut."""


async def body_of(request: Request, *, idle: timedelta, offset: int = 0) -> AsyncIterator[bytes]:
    """The request's bytes as they come.

    Args:
        offset: where the upload stands, to be told when the connection ends.

    Raises:
        UploadInterrupted: the connection ended, or brought nothing for `idle`.
    """
    more = True
    while more:
        try:
            async with asyncio.timeout(idle.total_seconds()):
                message = await request.receive()
        except TimeoutError:
            raise UploadInterrupted(offset) from None
        if message["type"] == "http.disconnect":
            raise UploadInterrupted(offset)
        more = message.get("more_body", False)
        if chunk := message.get("body", b""):
            yield chunk
