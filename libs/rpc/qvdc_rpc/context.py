"""What a servicer method knows about its call."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from qvdc_core.actor import Actor


@dataclass(slots=True)
class RequestContext:
    """One call, the same on both ports.

    Args:
        caller: who calls, proved and permitted.
        method: the path, /package.Service/Method.
        request_id: the caller's x-request-id or a new one; on every log line of the call. Not the
            idempotency key, which is a field of the request.
        deadline: when the answer is worth nothing any more, on the loop's clock in seconds.
        headers: the request's, lower-case names, text values only.
        peer_spiffe: the certificate's id, such as spiffe://quantix/service/vm.
        response_headers: set before the first message; sent with it.
    """

    caller: Actor
    method: str
    request_id: str
    deadline: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    peer_spiffe: str | None = None
    peer_address: str = ""
    response_headers: dict[str, str] = field(default_factory=dict)

    def remaining(self, at_most: timedelta | None = None) -> timedelta:
        """How long the caller still waits; what to give to the calls that this one makes."""
        limit = at_most if at_most is not None else timedelta(hours=1)
        if self.deadline is None:
            return limit
        left = timedelta(seconds=self.deadline - asyncio.get_running_loop().time())
        return max(timedelta(), min(left, limit))
