"""quantix.event.v1.EventService, the same in every service."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Protocol

from google.protobuf.timestamp_pb2 import Timestamp

from quantix.event.v1 import event_pb2 as pb
from qvdc_core.event import Event, EventFilter, WatchItem, WatchKind
from qvdc_core.page import Page, PageRequest
from qvdc_rpc.context import RequestContext

EVENT_SERVICE = pb.DESCRIPTOR.services_by_name["EventService"]


class EventBook(Protocol):
    """Where the events of this service are; `qvdc_db.books.EventBook` is one."""

    async def page(self, wanted: EventFilter, request: PageRequest) -> Page[Event]:
        """One page, newest first."""
        ...

    def watch(self, *, resume_token: str) -> AsyncIterator[WatchItem[Event]]:
        """Stream events from now or from a token."""
        ...


class EventServicer:
    """Tells what happened to the nouns of one service."""

    def __init__(self, events: EventBook) -> None:
        self._events = events

    async def list_events(
        self, request: pb.ListEventsRequest, _ctx: RequestContext
    ) -> pb.ListEventsResponse:
        """One page, newest first."""
        page = await self._events.page(
            EventFilter(request.subject, tuple(request.kinds), request.cluster),
            PageRequest.of(request.page_size, request.page_token),
        )
        return pb.ListEventsResponse(
            events=[event_to_wire(event) for event in page.items],
            next_page_token=page.next_token,
        )

    async def watch_events(
        self, request: pb.WatchEventsRequest, _ctx: RequestContext
    ) -> AsyncGenerator[pb.WatchEventsResponse, None]:
        """Stream events from now or from a token."""
        async for item in self._events.watch(resume_token=request.resume_token):
            yield pb.WatchEventsResponse(
                kind=watch_kind(item.kind),
                event=event_to_wire(item.value) if item.value else None,
                resume_token=item.token,
            )


def event_to_wire(event: Event) -> pb.Event:
    """Write `event` for the wire."""
    draft = event.draft
    time = Timestamp()
    time.FromDatetime(event.time)
    return pb.Event(
        id=event.id,
        revision=event.position,
        time=time,
        kind=draft.kind,
        subject=draft.subject,
        subject_uid=draft.subject_uid,
        cluster=draft.cluster,
        severity=f"SEVERITY_{draft.severity.value}",
        actor=draft.actor,
        operation=draft.operation,
        trace_id=draft.trace_id,
        text=draft.text,
        details=draft.details,
    )


def watch_kind(kind: WatchKind) -> str:
    """Name of the WatchKind that a stream of any noun gives an item of `kind`."""
    return f"WATCH_KIND_{kind.value}"
