"""What every call carries and how its refusals come back."""

import random
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from connectrpc.errors import ConnectError
from connectrpc.method import IdempotencyLevel
from connectrpc.request import RequestContext

from qvdc_client.errors import ApiError, Unavailable, from_connect_error

TRIES = 4
FIRST_PAUSE_SECONDS = 0.3

REQ = TypeVar("REQ")
RES = TypeVar("RES")


class Calls:
    """Signs calls, makes mutations safe to repeat, repeats them while the API is away.

    A mutation without a request id gets one, so that a second try answers what the first did.
    """

    def __init__(
        self,
        key: str,
        *,
        tries: int = TRIES,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._key = key
        self._tries = tries
        self._pause = pause

    def intercept_unary_sync(
        self,
        call_next: Callable[[REQ, RequestContext[Any, Any]], RES],
        request: REQ,
        ctx: RequestContext[Any, Any],
    ) -> RES:
        """Make one call, again while that is safe and the API is away.

        Raises:
            ApiError: the API refused, or stayed away.
        """
        self._sign(ctx)
        repeatable = _made_repeatable(request, ctx)
        for attempt in range(self._tries):
            try:
                return call_next(request, ctx)
            except ConnectError as error:
                refusal = from_connect_error(error)
                last = attempt == self._tries - 1
                if last or not repeatable or refusal.code != "UNAVAILABLE":
                    raise refusal from error
                self._pause(_wait(refusal, attempt))
        raise AssertionError("the last try returns or raises")

    def intercept_server_stream_sync(
        self,
        call_next: Callable[[REQ, RequestContext[Any, Any]], Iterator[RES]],
        request: REQ,
        ctx: RequestContext[Any, Any],
    ) -> Iterator[RES]:
        """Stream answers.

        Raises:
            ApiError: the API refused, or the stream broke.
        """
        self._sign(ctx)
        try:
            yield from call_next(request, ctx)
        except ConnectError as error:
            raise from_connect_error(error) from error

    def _sign(self, ctx: RequestContext[Any, Any]) -> None:
        if self._key:
            ctx.request_headers["authorization"] = f"Bearer {self._key}"


def _made_repeatable(request: object, ctx: RequestContext[Any, Any]) -> bool:
    if ctx.method.idempotency_level is IdempotencyLevel.NO_SIDE_EFFECTS:
        return True
    if not hasattr(request, "request_id"):
        return False
    if not request.request_id:
        request.request_id = str(uuid.uuid4())
    return True


def _wait(refusal: ApiError, attempt: int) -> float:
    assert isinstance(refusal, Unavailable)
    asked = refusal.retry_after.total_seconds() if refusal.retry_after else 0.0
    backoff = FIRST_PAUSE_SECONDS * float(2**attempt)
    return max(asked, backoff) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
