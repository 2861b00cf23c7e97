"""What a join token gives a new node: cluster, labels, taints, roles, and where it may be used."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

from quantix.cluster.v1 import cluster_pb2
from quantix.event.v1 import event_pb2, event_pb2_grpc
from quantix.host.v1 import session_pb2, session_pb2_grpc
from quantix.node.v1 import node_pb2, node_pb2_grpc
from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.discovery import Discovery, Endpoints
from qvdc_coord.keys import session_key
from qvdc_coord.lease import Leases
from qvdc_rpc.status import RemoteRefusal
from qvdc_testing.etcd import EtcdServer
from tests.node_testing.host import Host, a_token
from tests.node_testing.site import Site

Eventually = Callable[..., Awaitable[None]]


class Clusters:
    """A cluster service that takes members once it is willing to."""

    def __init__(self) -> None:
        self.willing = False
        self.asked: list[tuple[str, str]] = []
        self.told: asyncio.Queue[cluster_pb2.WatchClustersResponse] = asyncio.Queue()

    async def add(
        self, request: cluster_pb2.AddClusterNodeRequest, context: Any
    ) -> cluster_pb2.Cluster:
        """Take a member, or say that there is no such cluster."""
        self.asked.append((request.name, request.node))
        if not self.willing:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not now")
        cluster = cluster_pb2.Cluster(name=request.name, nodes=[f"nodes/{request.node}"])
        changed = event_pb2.WATCH_KIND_CHANGED
        await self.told.put(cluster_pb2.WatchClustersResponse(kind=changed, cluster=cluster))
        return cluster

    async def watch(
        self, _request: cluster_pb2.WatchClustersRequest, _context: Any
    ) -> AsyncIterator[cluster_pb2.WatchClustersResponse]:
        """Stream whatever is put into `told`."""
        yield cluster_pb2.WatchClustersResponse(kind=event_pb2.WATCH_KIND_SYNCED)
        while True:
            yield await self.told.get()

    def handlers(self) -> grpc.GenericRpcHandler:
        """Serve the methods that are called."""
        watching = grpc.unary_stream_rpc_method_handler(
            self.watch,
            request_deserializer=cluster_pb2.WatchClustersRequest.FromString,
            response_serializer=cluster_pb2.WatchClustersResponse.SerializeToString,
        )
        adding = grpc.unary_unary_rpc_method_handler(
            self.add,
            request_deserializer=cluster_pb2.AddClusterNodeRequest.FromString,
            response_serializer=cluster_pb2.Cluster.SerializeToString,
        )
        return grpc.method_handlers_generic_handler(
            "quantix.cluster.v1.ClusterService",
            {"WatchClusters": watching, "AddClusterNode": adding},
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


async def node(site: Site) -> Any:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    return await user.call("GetNode", node_pb2.GetNodeRequest(name="nodes/h1"))


async def condition(site: Site, kind: str) -> Any:
    found = (each for each in (await node(site)).conditions if each.type == kind)
    return next(found, None)


async def event_kinds(site: Site) -> list[str]:
    user = site.user(event_pb2_grpc.EventServiceStub)
    answer = await user.call("ListEvents", event_pb2.ListEventsRequest(page_size=1000))
    return [each.kind for each in answer.events]


async def test_jn_1_a_node_enters_the_cluster_of_its_token_and_says_why_it_is_not_there_yet(
    site: Site, clusters: Clusters, tmp_path: Path, eventually: Eventually
) -> None:
    token = await a_token(site, cluster="clusters/prod")
    assert token.cluster == "clusters/prod"
    await Host(site, tmp_path).join(token.secret)

    async def refused() -> bool:
        found = await condition(site, "ClusterPending")
        return found is not None and found.reason not in ("WAITING", "")

    await eventually(refused)
    assert clusters.asked[0] == ("clusters/prod", "h1")
    assert "clusters/prod" in (await condition(site, "ClusterPending")).message
    clusters.willing = True

    async def member() -> bool:
        return bool((await node(site)).cluster == "clusters/prod")

    await eventually(member, within=60)

    async def settled() -> bool:
        return await condition(site, "ClusterPending") is None

    await eventually(settled)
    assert await site.scalar("select joining_cluster from nodes") == ""


async def test_jn_1_a_token_gives_labels_taints_and_roles_and_each_use_is_told(
    site: Site, tmp_path: Path, eventually: Eventually
) -> None:
    token = await a_token(
        site,
        node_labels={"rack": "r1"},
        node_taints=[node_pb2.Taint(key="new", effect="EFFECT_NO_SCHEDULE")],
        node_roles=["ROLE_COMPUTE", "ROLE_GATEWAY"],
    )
    host = Host(site, tmp_path)

    async def joined() -> bool:
        return bool((await host.join(token.secret)).certificate_pem)

    await eventually(joined)
    made = await node(site)
    assert dict(made.labels) == {"rack": "r1"}
    assert [taint.key for taint in made.taints] == ["new"]
    assert len(made.roles) == 2
    await host.join(token.secret)
    assert (await event_kinds(site)).count("JoinTokenUsed") == 1


async def test_jn_1_a_token_is_good_from_its_addresses_alone(site: Site, tmp_path: Path) -> None:
    elsewhere = await a_token(site, allowed_range="203.0.113.0/24")
    with pytest.raises(RemoteRefusal) as refused:
        await Host(site, tmp_path).join(elsewhere.secret)
    assert (refused.value.code, refused.value.reason) == ("UNAUTHENTICATED", "TOKEN_INVALID")
    assert refused.value.facts["allowed_range"] == "203.0.113.0/24"
    assert refused.value.facts["address"] == "127.0.0.1"
    here = await a_token(site, allowed_range="127.0.0.0/8")
    assert (await Host(site, tmp_path, "h2").join(here.secret)).node == "nodes/h2"


async def test_jn_4_a_host_that_leaves_has_no_session_and_comes_back_as_itself(
    site: Site, tmp_path: Path, eventually: Eventually, etcd: EtcdServer
) -> None:
    host = Host(site, tmp_path)
    await host.join((await a_token(site)).secret)
    mine = site.host(session_pb2_grpc.SessionServiceStub, host.files)
    leaving = session_pb2.LeaveRequest(
        machine_uuid=host.uid, boot_id=host.boot_id, protected_machine_count=2
    )
    assert (await mine.call("Leave", leaving)).node == "nodes/h1"
    assert (await mine.call("Leave", leaving)).node == "nodes/h1"
    async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client:
        assert await client.get(session_key(host.uid)) is None

    async def offline() -> bool:
        found = await node(site)
        return (found.phase, found.phase_reason) == (node_pb2.Node.PHASE_OFFLINE, "LEFT")

    await eventually(offline, within=30)
    assert (await event_kinds(site)).count("NodeLeft") == 1
    other = Host(site, tmp_path, "h2")
    await other.join((await a_token(site)).secret)
    theirs = site.host(session_pb2_grpc.SessionServiceStub, other.files)
    with pytest.raises(RemoteRefusal) as refused:
        await theirs.call("Leave", leaving)
    assert refused.value.reason == "IDENTITY_MISMATCH"

    await host.join((await a_token(site)).secret)

    async def back() -> bool:
        await host.beat()
        return await condition(site, "HostLeft") is None

    await eventually(back)
    assert (await node(site)).uid == host.uid
