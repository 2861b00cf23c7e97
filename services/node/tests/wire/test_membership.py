"""The cluster of a node, as the cluster service tells it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

from quantix.cluster.v1 import cluster_pb2
from quantix.event.v1 import event_pb2
from quantix.node.v1 import node_pb2, node_pb2_grpc
from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.discovery import Discovery, Endpoints
from qvdc_coord.lease import Leases
from qvdc_rpc.status import RemoteRefusal
from qvdc_testing.etcd import EtcdServer
from tests.node_testing.host import Host, a_token
from tests.node_testing.site import Site

Eventually = Callable[..., Awaitable[None]]


class Clusters:
    """A cluster service that tells what it is told to."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[cluster_pb2.WatchClustersResponse] = asyncio.Queue()

    async def watch(
        self, _request: cluster_pb2.WatchClustersRequest, _context: Any
    ) -> AsyncIterator[cluster_pb2.WatchClustersResponse]:
        """Stream whatever is put into `told`."""
        yield cluster_pb2.WatchClustersResponse(kind=event_pb2.WATCH_KIND_SYNCED)
        while True:
            yield await self.told.get()

    def handlers(self) -> grpc.GenericRpcHandler:
        """Serve the one method that is called."""
        method = grpc.unary_stream_rpc_method_handler(
            self.watch,
            request_deserializer=cluster_pb2.WatchClustersRequest.FromString,
            response_serializer=cluster_pb2.WatchClustersResponse.SerializeToString,
        )
        return grpc.method_handlers_generic_handler(
            "quantix.cluster.v1.ClusterService", {"WatchClusters": method}
        )


@pytest.fixture
async def clusters(site: Site, etcd: EtcdServer) -> AsyncIterator[Clusters]:
    """A running cluster service, announced."""
    made, files = Clusters(), site.tls("cluster")
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((made.handlers(),))
    port = server.add_secure_port(
        "127.0.0.1:0",
        grpc.ssl_server_credentials(
            [(files.key.read_bytes(), files.cert.read_bytes())],
            root_certificates=files.ca.read_bytes(),
            require_client_auth=True,
        ),
    )
    await server.start()
    here = Endpoints(mesh=f"127.0.0.1:{port}", http="127.0.0.1:1")
    async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client, Leases(client) as leases:
        announcing = asyncio.create_task(
            Discovery(client, leases).announce("cluster", "cluster-1", here)
        )
        yield made
        announcing.cancel()
        await asyncio.wait({announcing})
    await server.stop(None)


async def test_membership_follows_the_cluster_service(
    site: Site, clusters: Clusters, tmp_path: Path, eventually: Eventually
) -> None:
    await Host(site, tmp_path).join((await a_token(site)).secret)
    user = site.user(node_pb2_grpc.NodeServiceStub)

    async def shown() -> str:
        node = await user.call("GetNode", node_pb2.GetNodeRequest(name="nodes/h1"))
        return str(node.cluster)

    async def member() -> bool:
        return await shown() == "clusters/prod"

    async def free() -> bool:
        return not await shown()

    prod = cluster_pb2.Cluster(name="clusters/prod", nodes=["nodes/h1", "nodes/unknown"])
    await clusters.told.put(
        cluster_pb2.WatchClustersResponse(kind=event_pb2.WATCH_KIND_CHANGED, cluster=prod)
    )
    await eventually(member)
    with pytest.raises(RemoteRefusal) as refused:
        await user.call("DeleteNode", node_pb2.DeleteNodeRequest(name="nodes/h1"))
    assert (refused.value.code, refused.value.reason) == ("FAILED_PRECONDITION", "IN_USE")
    assert refused.value.facts["blockers"] == "clusters/prod"

    await clusters.told.put(
        cluster_pb2.WatchClustersResponse(
            kind=event_pb2.WATCH_KIND_DELETED, cluster=cluster_pb2.Cluster(name="clusters/prod")
        )
    )
    await eventually(free)
    await user.call("DeleteNode", node_pb2.DeleteNodeRequest(name="nodes/h1"))
