"""quantix.event.v1 at the door: one list and one stream of what every service tells."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta

from quantix.event.v1 import event_pb2, event_pb2_grpc
from qvdc_console.api.operations import page_size
from qvdc_console.api.owners import Behind, ask_all
from qvdc_console.domain.joined import (
    Cursor,
    ServicePage,
    from_resume_token,
    from_token,
    join,
    to_resume_token,
    to_token,
)
from qvdc_console.domain.refusals import OwnerAway
from qvdc_core.errors import Refusal
from qvdc_obs.logs import get_logger
from qvdc_rpc.context import RequestContext
from qvdc_rpc.dial import stream
from qvdc_rpc.status import RemoteRefusal

log = get_logger(__name__)

HEARTBEAT = timedelta(seconds=15)
RECONNECT = timedelta(seconds=2)
QUEUED_ITEMS = 256

_Stub = event_pb2_grpc.EventServiceStub
_Queue = asyncio.Queue[tuple[str, event_pb2.WatchEventsResponse] | Refusal]


class EventServicer:
    """Joins the events of all services.

    A stream's resume token holds one token a service. A service that goes away is tried again
    every 2 s from its last token, so that nothing of it is missed; meanwhile the others flow.
    """

    def __init__(self, behind: Behind) -> None:
        self._behind = behind

    async def list_events(
        self, request: event_pb2.ListEventsRequest, ctx: RequestContext
    ) -> event_pb2.ListEventsResponse:
        size = page_size(request.page_size)
        cursors = from_token(request.page_token)
        services = sorted(cursors) if cursors else self._behind.known()

        async def ask(service: str) -> ServicePage[event_pb2.Event]:
            own = event_pb2.ListEventsRequest()
            own.CopyFrom(request)
            own.page_size = size
            own.page_token = cursors.get(service, Cursor()).token
            reply: event_pb2.ListEventsResponse = await self._behind.ask(
                service, lambda channel: _Stub(channel).ListEvents, own, ctx
            )
            return ServicePage(reply.events, reply.next_page_token)

        pages = await ask_all(services, ask, ctx)
        joined = join(pages, cursors, size=size, newest_first=_newest_first)
        return event_pb2.ListEventsResponse(
            events=joined.items, next_page_token=to_token(joined.cursors)
        )

    async def watch_events(
        self, request: event_pb2.WatchEventsRequest, ctx: RequestContext
    ) -> AsyncGenerator[event_pb2.WatchEventsResponse, None]:
        tokens = from_resume_token(request.resume_token)
        services = sorted({*self._behind.known(), *tokens})
        queue: _Queue = asyncio.Queue(maxsize=QUEUED_ITEMS)
        readers = [
            asyncio.create_task(self._read(service, tokens, queue, ctx)) for service in services
        ]
        try:
            # At once, so that the caller sees the stream open where nothing happens.
            yield _heartbeat(tokens)
            while True:
                yield await self._next(queue, tokens)
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)

    async def _next(self, queue: _Queue, tokens: dict[str, str]) -> event_pb2.WatchEventsResponse:
        """The next event of any service, or a heartbeat when 15 s brought none."""
        try:
            async with asyncio.timeout(HEARTBEAT.total_seconds()):
                got = await queue.get()
        except TimeoutError:
            return _heartbeat(tokens)
        if isinstance(got, Refusal):
            raise got
        service, item = got
        tokens[service] = item.resume_token
        joined = event_pb2.WatchEventsResponse()
        joined.CopyFrom(item)
        joined.resume_token = to_resume_token(tokens)
        return joined

    async def _read(
        self, service: str, tokens: dict[str, str], queue: _Queue, ctx: RequestContext
    ) -> None:
        token = tokens.get(service, "")
        while True:
            try:
                channel = await self._behind.channel(service)
                items = stream(
                    _Stub(channel).WatchEvents,
                    event_pb2.WatchEventsRequest(resume_token=token),
                    request_id=ctx.request_id,
                    assertion=self._behind.assertion(service, ctx),
                )
                async with aclosing(items) as open_items:
                    async for item in open_items:
                        token = item.resume_token or token
                        await queue.put((service, item))
            except (OwnerAway, RemoteRefusal) as refused:
                if isinstance(refused, RemoteRefusal) and not refused.transient:
                    await queue.put(refused)
                    return
                log.info("events.source_away", source=service, why=refused.reason)
            await asyncio.sleep(RECONNECT.total_seconds())


def _heartbeat(tokens: dict[str, str]) -> event_pb2.WatchEventsResponse:
    return event_pb2.WatchEventsResponse(
        kind=event_pb2.WATCH_KIND_HEARTBEAT, resume_token=to_resume_token(tokens)
    )


def _newest_first(event: event_pb2.Event) -> tuple[int, int, str]:
    return (-event.time.seconds, -event.time.nanos, event.id)
