"""quantix.console.v1.FeedService: one stream of all nouns, with one token."""

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

import grpc.aio

from quantix.cluster.v1 import cluster_pb2, cluster_pb2_grpc
from quantix.console.v1 import feed_pb2
from quantix.event.v1 import event_pb2, event_pb2_grpc
from quantix.image.v1 import image_pb2, image_pb2_grpc
from quantix.network.v1 import network_pb2, network_pb2_grpc, port_pb2, port_pb2_grpc
from quantix.node.v1 import node_pb2, node_pb2_grpc, storage_pool_pb2, storage_pool_pb2_grpc
from quantix.vm.v1 import virtual_machine_pb2, virtual_machine_pb2_grpc
from qvdc_console.api.joining import Heard, Source, joined
from qvdc_console.api.owners import Behind
from qvdc_console.domain.joined import from_resume_token, to_resume_token
from qvdc_console.domain.permission import covers
from qvdc_core.errors import InvalidField, PermissionMissing
from qvdc_rpc.context import RequestContext

PAGE_SIZE = 200
"""So many resources of a snapshot are asked for in one item."""

FEED_SERVICE = feed_pb2.DESCRIPTOR.services_by_name["FeedService"]
EVENTS = "events"
_PASSED = (
    event_pb2.WATCH_KIND_SNAPSHOT,
    event_pb2.WATCH_KIND_CHANGED,
    event_pb2.WATCH_KIND_DELETED,
)


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun that can be watched.

    Args:
        field: where WatchAllResponse and the service's own item carry it.
    """

    name: str
    permission: str
    service: str
    field: str
    call: Callable[[grpc.aio.Channel], Callable[..., Any]]
    request: Callable[..., Any]


NOUNS = {
    noun.name: noun
    for noun in (
        Noun(
            "clusters",
            "cluster.read",
            "cluster",
            "cluster",
            lambda channel: cluster_pb2_grpc.ClusterServiceStub(channel).WatchClusters,
            cluster_pb2.WatchClustersRequest,
        ),
        Noun(
            "nodes",
            "node.read",
            "node",
            "node",
            lambda channel: node_pb2_grpc.NodeServiceStub(channel).WatchNodes,
            node_pb2.WatchNodesRequest,
        ),
        Noun(
            "storage-pools",
            "storagePool.read",
            "node",
            "storage_pool",
            lambda channel: storage_pool_pb2_grpc.StoragePoolServiceStub(channel).WatchStoragePools,
            storage_pool_pb2.WatchStoragePoolsRequest,
        ),
        Noun(
            "images",
            "image.read",
            "image",
            "image",
            lambda channel: image_pb2_grpc.ImageServiceStub(channel).WatchImages,
            image_pb2.WatchImagesRequest,
        ),
        Noun(
            "networks",
            "network.read",
            "network",
            "network",
            lambda channel: network_pb2_grpc.NetworkServiceStub(channel).WatchNetworks,
            network_pb2.WatchNetworksRequest,
        ),
        Noun(
            "ports",
            "port.read",
            "network",
            "port",
            lambda channel: port_pb2_grpc.PortServiceStub(channel).WatchPorts,
            port_pb2.WatchPortsRequest,
        ),
        Noun(
            "vms",
            "vm.read",
            "vm",
            "virtual_machine",
            lambda channel: (
                virtual_machine_pb2_grpc.VirtualMachineServiceStub(channel).WatchVirtualMachines
            ),
            virtual_machine_pb2.WatchVirtualMachinesRequest,
        ),
        Noun(
            EVENTS,
            "event.read",
            "",
            "event",
            lambda channel: event_pb2_grpc.EventServiceStub(channel).WatchEvents,
            event_pb2.WatchEventsRequest,
        ),
    )
}


class FeedServicer:
    """Joins the streams of all nouns; which of them a caller may read, their owners say."""

    def __init__(self, behind: Behind) -> None:
        self._behind = behind

    async def watch_all(
        self, request: feed_pb2.WatchAllRequest, ctx: RequestContext
    ) -> AsyncGenerator[feed_pb2.WatchAllResponse, None]:
        """Stream the nouns asked for: of each a snapshot, then its changes."""
        nouns = _wanted(request.nouns, ctx)
        tokens = from_resume_token(request.resume_token)
        sources = [source for noun in nouns for source in self._sources(noun)]
        place = _Place(tokens)
        # At once, so that the caller sees the stream open where nothing happens.
        yield place.heartbeat()
        async with aclosing(joined(sources, tokens, self._behind, ctx)) as heard:
            async for each in heard:
                if each is None:
                    yield place.heartbeat()
                    continue
                for told in place.told(each):
                    yield told

    def _sources(self, noun: Noun) -> list[Source]:
        if noun.name == EVENTS:
            return [
                Source(f"{EVENTS}.{service}", service, noun.call, noun.request)
                for service in self._behind.names
            ]
        request = partial(noun.request, snapshot_page_size=PAGE_SIZE)
        return [Source(noun.name, noun.service, noun.call, request, restarts=True)]


def _wanted(names: Sequence[str], ctx: RequestContext) -> list[Noun]:
    """The nouns asked for, else all that the caller may read.

    Raises:
        InvalidField: there is no such noun.
        PermissionMissing: the caller may not read it.
    """
    for place, name in enumerate(names):
        if name not in NOUNS:
            raise InvalidField(f"nouns[{place}]", f"is none of {', '.join(NOUNS)}")
        if not ctx.caller.may(NOUNS[name].permission):  # its owner would say so too, but late
            raise PermissionMissing(NOUNS[name].permission)
    if names:
        return [NOUNS[name] for name in names]
    held = ctx.caller.permissions
    return [noun for noun in NOUNS.values() if covers(held, noun.permission)]


class _Place:
    """How far a joined stream is, and its items as they are told there."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        self._tokens = dict(tokens)
        self._resume_token = to_resume_token(self._tokens)

    def heartbeat(self) -> feed_pb2.WatchAllResponse:
        """Say that the stream lives."""
        return feed_pb2.WatchAllResponse(
            kind=event_pb2.WATCH_KIND_HEARTBEAT, resume_token=self._resume_token
        )

    def told(self, heard: Heard) -> Iterator[feed_pb2.WatchAllResponse]:
        """Go on to an item; yield it and those that came with it, nothing for a heartbeat."""
        item, key = heard.item, heard.source.key
        self._go_on(key, item.resume_token, begins=heard.begins)
        noun = key.partition(".")[0]
        if item.kind == event_pb2.WATCH_KIND_HEARTBEAT:
            return
        begins = heard.begins and item.kind != event_pb2.WATCH_KIND_CHANGED
        yield self._written(item, noun, begins=begins)
        for more in getattr(item, "more", ()):  # events have no snapshot
            yield self._written(more, noun, begins=False)

    def _go_on(self, key: str, token: str, *, begins: bool) -> None:
        if token:
            self._tokens[key] = token
        elif begins:
            self._tokens.pop(key, None)
        else:
            return
        self._resume_token = to_resume_token(self._tokens)

    def _written(self, item: Any, noun: str, *, begins: bool) -> feed_pb2.WatchAllResponse:
        told = feed_pb2.WatchAllResponse(
            kind=item.kind, noun=noun, begins=begins, resume_token=self._resume_token
        )
        if item.kind in _PASSED:
            field = NOUNS[noun].field
            getattr(told, field).CopyFrom(getattr(item, field))
        return told
