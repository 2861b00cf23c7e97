"""Following another service's Watch stream."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import grpc

from quantix.event.v1 import event_pb2
from qvdc_cluster.ports import OwnerAway
from qvdc_coord.discovery import Endpoints
from qvdc_core.errors import StoreUnavailable
from qvdc_core.event import ResumeExpired, WatchKind
from qvdc_rpc.dial import Dialer, stream
from qvdc_rpc.status import RemoteRefusal
from qvdc_rpc.tls import service_name

RESUME_EXPIRED = "RESUME_EXPIRED"
KINDS = {event_pb2.WatchKind.Value(f"WATCH_KIND_{kind.value}"): kind for kind in WatchKind}
"""WatchKind by its number on the wire."""

Resolve = Callable[[str], Awaitable[Sequence[Endpoints]]]


class Owner:
    """Where the service is that owns a noun."""

    def __init__(self, service: str, dialer: Dialer, resolve: Resolve) -> None:
        self._service = service
        self._dialer = dialer
        self._resolve = resolve

    async def follow(
        self, method: Callable[[grpc.aio.Channel], Any], request: object
    ) -> AsyncIterator[Any]:
        """Call the streaming `method` of a stub on this service's channel.

        Raises:
            ResumeExpired: the token of `request` is too old.
            OwnerAway: the stream broke, or nobody is there.
        """
        try:
            endpoints = [each.mesh for each in await self._resolve(self._service)]
            channel = self._dialer.channel(endpoints, name=service_name(self._service))
            async for item in stream(method(channel), request):
                yield item
        except RemoteRefusal as refusal:
            if refusal.reason == RESUME_EXPIRED:
                raise ResumeExpired from refusal
            raise OwnerAway(self._service, refusal.message) from refusal
        except StoreUnavailable as refusal:
            raise OwnerAway(self._service, refusal.message) from refusal
