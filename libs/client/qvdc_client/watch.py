"""Watching, across every break."""

import time
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from qvdc_client.errors import ApiError, Unavailable

RECONNECT_SECONDS = 1.0


class WatchItem(Protocol):
    """An item of any Watch stream."""

    resume_token: str


Item = TypeVar("Item", bound=WatchItem)


def watch(
    open_stream: Callable[[str], Iterator[Item]], *, resume_token: str = ""
) -> Iterator[Item]:
    """Items of a stream for ever: a broken stream goes on from its last token.

    A token that is too old begins again with a snapshot, so an item may come twice.

    Args:
        open_stream: opens the stream at a resume token; "" begins with a snapshot.

    Raises:
        ApiError: the API refused; being away is waited for.
    """
    token = resume_token
    while True:
        try:
            for item in open_stream(token):
                token = item.resume_token or token
                yield item
        except Unavailable:
            time.sleep(RECONNECT_SECONDS)
        except ApiError as refused:
            if refused.reason != "RESUME_EXPIRED":
                raise
            token = ""
