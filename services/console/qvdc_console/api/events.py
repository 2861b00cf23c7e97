"""quantix.event.v1 at the door: one list and one stream of what every service tells."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

from quantix.event.v1 import event_pb2, event_pb2_grpc
from qvdc_console.api.joining import Source, joined
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
from qvdc_rpc.context import RequestContext

_Stub = event_pb2_grpc.EventServiceStub


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
        page = join(pages, cursors, size=size, newest_first=_newest_first)
        return event_pb2.ListEventsResponse(
            events=page.items, next_page_token=to_token(page.cursors)
        )

    async def watch_events(
        self, request: event_pb2.WatchEventsRequest, ctx: RequestContext
    ) -> AsyncGenerator[event_pb2.WatchEventsResponse, None]:
        tokens = from_resume_token(request.resume_token)
        services = sorted({*self._behind.known(), *tokens})
        # At once, so that the caller sees the stream open where nothing happens.
        yield _heartbeat(tokens)
        sources = [_source(service) for service in services]
        async with aclosing(joined(sources, tokens, self._behind, ctx)) as heard:
            async for each in heard:
                if each is None:
                    yield _heartbeat(tokens)
                    continue
                tokens[each.source.key] = each.item.resume_token
                told = event_pb2.WatchEventsResponse()
                told.CopyFrom(cast(event_pb2.WatchEventsResponse, each.item))
                told.resume_token = to_resume_token(tokens)
                yield told


def _source(service: str) -> Source:
    return Source(
        service,
        service,
        lambda channel: _Stub(channel).WatchEvents,
        event_pb2.WatchEventsRequest,
    )


def _heartbeat(tokens: dict[str, str]) -> event_pb2.WatchEventsResponse:
    return event_pb2.WatchEventsResponse(
        kind=event_pb2.WATCH_KIND_HEARTBEAT, resume_token=to_resume_token(tokens)
    )


def _newest_first(event: event_pb2.Event) -> tuple[int, int, str]:
    return (-event.time.seconds, -event.time.nanos, event.id)
