"""Services behind the door, served by libs/rpc over real sockets with real certificates."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from google.protobuf.empty_pb2 import Empty
from google.protobuf.timestamp_pb2 import Timestamp
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse

from quantix.cluster.v1 import cluster_pb2
from quantix.event.v1 import event_pb2
from quantix.operation.v1 import operation_pb2
from qvdc_coord.discovery import Endpoints
from qvdc_coord.errors import NoEndpoints
from qvdc_core.errors import EtagMismatch, NotFound, Refusal
from qvdc_core.event import ResumeExpired
from qvdc_rpc.context import RequestContext
from qvdc_rpc.process import Process
from qvdc_testing.pki import Pki
from qvdc_testing.wire import local_wire


class Unserved(Refusal):
    """This upstream does not do that."""


class Partial:
    """Serves what a subclass defines and refuses the rest."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)

        async def refuse(request: object, ctx: object) -> None:
            raise Unserved(name)

        return refuse


class Clusters(Partial):
    """A cluster service that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, RequestContext]] = []
        self.waiting = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def create_cluster(
        self, request: cluster_pb2.CreateClusterRequest, ctx: RequestContext
    ) -> cluster_pb2.Cluster:
        self.asked.append((request, ctx))
        made = cluster_pb2.Cluster()
        made.CopyFrom(request.cluster)
        made.name = f"clusters/{request.cluster_id}"
        made.generation = 1
        return made

    async def get_cluster(
        self, request: cluster_pb2.GetClusterRequest, ctx: RequestContext
    ) -> cluster_pb2.Cluster:
        self.asked.append((request, ctx))
        match request.name:
            case "clusters/missing":
                raise NotFound("cluster", request.name)
            case "clusters/crash":
                raise ValueError("secret")
            case "clusters/slow":
                await self._wait()
        return cluster_pb2.Cluster(name=request.name, display_name="é", generation=2**60)

    async def update_cluster(
        self, request: cluster_pb2.UpdateClusterRequest, ctx: RequestContext
    ) -> cluster_pb2.Cluster:
        self.asked.append((request, ctx))
        if request.cluster.etag == "stale":
            raise EtagMismatch(request.cluster.name, changed_by="ada")
        return request.cluster

    async def delete_cluster(
        self, request: cluster_pb2.DeleteClusterRequest, ctx: RequestContext
    ) -> Empty:
        self.asked.append((request, ctx))
        return Empty()

    async def watch_clusters(
        self, request: cluster_pb2.WatchClustersRequest, ctx: RequestContext
    ) -> AsyncGenerator[cluster_pb2.WatchClustersResponse, None]:
        self.asked.append((request, ctx))
        if request.resume_token == "expired":
            raise ResumeExpired
        for number in range(3):
            yield cluster_pb2.WatchClustersResponse(
                kind=event_pb2.WATCH_KIND_CHANGED,
                cluster=cluster_pb2.Cluster(name=f"clusters/c{number}"),
                resume_token=f"t{number}",
            )
        if request.resume_token == "fail":
            raise EtagMismatch("clusters/c0")
        if request.resume_token == "wait":
            await self._wait()

    async def _wait(self) -> None:
        self.waiting.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


def at(seconds: int) -> Timestamp:
    return Timestamp(seconds=seconds)


class Operations(Partial):
    """Operations of one service: as many as it is told, one every `step` seconds."""

    def __init__(self, service: str, times: list[int]) -> None:
        self._service = service
        self._times = sorted(times, reverse=True)

    async def get_operation(
        self, request: operation_pb2.GetOperationRequest, ctx: RequestContext
    ) -> operation_pb2.Operation:
        return operation_pb2.Operation(name=request.name, requester=ctx.caller.subject)

    async def list_operations(
        self, request: operation_pb2.ListOperationsRequest, ctx: RequestContext
    ) -> operation_pb2.ListOperationsResponse:
        begin = int(request.page_token or 0)
        end = begin + request.page_size
        page = [
            operation_pb2.Operation(name=f"operations/{self._service}-{time}", create_time=at(time))
            for time in self._times[begin:end]
        ]
        more = str(end) if end < len(self._times) else ""
        return operation_pb2.ListOperationsResponse(operations=page, next_page_token=more)


class Events(Partial):
    """Events of one service, told once each and then nothing."""

    def __init__(self, service: str) -> None:
        self._service = service
        self.resumed: list[str] = []

    async def watch_events(
        self, request: event_pb2.WatchEventsRequest, ctx: RequestContext
    ) -> AsyncGenerator[event_pb2.WatchEventsResponse, None]:
        self.resumed.append(request.resume_token)
        yield event_pb2.WatchEventsResponse(
            kind=event_pb2.WATCH_KIND_CHANGED,
            event=event_pb2.Event(id=f"{self._service}-1", kind="Something"),
            resume_token=f"{self._service}:1",
        )
        await asyncio.Event().wait()


async def image_bytes(scope: Any, receive: Any, send: Any) -> None:
    """Counts what is uploaded and gives back what is asked for."""
    request = Request(scope, receive)
    if request.method == "GET":

        async def ten() -> AsyncGenerator[bytes, None]:
            for _ in range(10):
                yield b"x" * 100_000

        await StreamingResponse(ten())(scope, receive, send)
        return
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    told = {
        "size": size,
        "assertion": "x-quantix-assertion" in request.headers,
        "key": "x-api-key" in request.headers or "authorization" in request.headers,
        "offset": request.headers.get("upload-offset", ""),
        "path": request.url.path,
    }
    await JSONResponse(told, 200, {"upload-offset": str(size), "tus-resumable": "1.0.0"})(
        scope, receive, send
    )


class Known:
    """Discovery as far as the door uses it."""

    def __init__(self) -> None:
        self.copies: dict[str, tuple[Endpoints, ...]] = {}

    async def resolve(self, service: str) -> tuple[Endpoints, ...]:
        if not self.known(service):
            raise NoEndpoints(service)
        return self.known(service)

    def known(self, service: str) -> tuple[Endpoints, ...]:
        return self.copies.get(service, ())

    def add(self, service: str, process: Process) -> None:
        address = "127.0.0.1"
        endpoints = Endpoints(f"{address}:{process.mesh_port}", f"{address}:{process.http_port}")
        self.copies[service] = (*self.known(service), endpoints)


def cluster_process(pki: Pki, clusters: Clusters) -> Process:
    process = Process("cluster", local_wire(pki, "cluster"))
    process.serve(cluster_pb2.DESCRIPTOR.services_by_name["ClusterService"], clusters)
    keep_books(process, "cluster", [10, 30, 50])
    return process


def keep_books(process: Process, service: str, times: list[int]) -> None:
    operations = operation_pb2.DESCRIPTOR.services_by_name["OperationService"]
    process.serve(operations, Operations(service, times))
    process.serve(event_pb2.DESCRIPTOR.services_by_name["EventService"], Events(service))


def image_process(pki: Pki) -> Process:
    process = Process("image", local_wire(pki, "image"))
    process.mount("/api/v1/images", image_bytes)
    keep_books(process, "image", [20, 40])
    return process
