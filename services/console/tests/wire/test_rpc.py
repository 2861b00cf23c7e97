"""Connect, gRPC-Web and native gRPC through the door."""

import asyncio
from datetime import timedelta
from typing import Any

import grpc
import pytest
from connectrpc.errors import ConnectError
from connectrpc.protocol import ProtocolType
from google.protobuf.json_format import MessageToDict
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from quantix.cluster.v1 import cluster_connect, cluster_pb2, cluster_pb2_grpc
from quantix.operation.v1 import operation_pb2, operation_pb2_grpc
from quantix.vm.v1 import virtual_machine_pb2, virtual_machine_pb2_grpc
from qvdc_coord.discovery import Endpoints
from qvdc_rpc.dial import call
from qvdc_rpc.status import RemoteRefusal, from_connect_error, from_rpc_error

pytestmark = pytest.mark.asyncio(loop_scope="module")

WEB = pytest.mark.parametrize("protocol", [ProtocolType.CONNECT, ProtocolType.GRPC_WEB])


def connect(site: Any, protocol: ProtocolType) -> cluster_connect.ClusterServiceClient:
    return cluster_connect.ClusterServiceClient(site.url, protocol=protocol)


@WEB
async def test_connect_and_grpc_web_pass(site: Any, protocol: ProtocolType) -> None:
    client = connect(site, protocol)
    headers = {"authorization": f"Bearer {site.key}"}

    got = await client.get_cluster(
        cluster_pb2.GetClusterRequest(name="clusters/a"), headers=headers
    )
    watched = [
        each.resume_token
        async for each in client.watch_clusters(cluster_pb2.WatchClustersRequest(), headers=headers)
    ]

    assert got.name == "clusters/a"
    assert watched == ["t0", "t1", "t2"]


@WEB
async def test_refusals_pass_whole(site: Any, protocol: ProtocolType) -> None:
    client = connect(site, protocol)
    headers = {"authorization": f"Bearer {site.key}"}

    with pytest.raises(ConnectError) as caught:
        await client.get_cluster(
            cluster_pb2.GetClusterRequest(name="clusters/missing"), headers=headers
        )

    refusal = from_connect_error(caught.value)
    assert (refusal.code, refusal.facts["name"]) == ("NOT_FOUND", "clusters/missing")


@WEB
async def test_the_doors_own_refusals_speak_the_protocol(site: Any, protocol: ProtocolType) -> None:
    client = connect(site, protocol)

    with pytest.raises(ConnectError) as unary:
        await client.get_cluster(cluster_pb2.GetClusterRequest(name="clusters/a"))
    with pytest.raises(ConnectError) as streaming:
        async for _ in client.watch_clusters(cluster_pb2.WatchClustersRequest()):
            pass

    assert from_connect_error(unary.value).reason == "KEY_MISSING"
    assert from_connect_error(streaming.value).reason == "KEY_MISSING"


@pytest.mark.parametrize(
    "path",
    [
        "/quantix.host.v1.SessionService/Heartbeat",
        "/quantix.agent.v1.AgentService/Apply",
        "/quantix.claim.v1.ImageClaimService/ClaimImage",
        "/quantix.cluster.v1.ClusterService/Nope",
    ],
)
async def test_what_is_not_public_is_not_there(site: Any, path: str) -> None:
    async with site.http() as client:
        reply = await client.post(path, json={})

    assert reply.status_code == 404
    channel = site.channel()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await channel.unary_unary(path)(b"", metadata=site.metadata)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    await channel.close()


class TestNativeGrpc:
    async def test_unary_and_streams_pass_with_their_metadata(self, site: Any) -> None:
        channel = site.channel()
        stub = cluster_pb2_grpc.ClusterServiceStub(channel)

        running: Any = stub.GetCluster(
            cluster_pb2.GetClusterRequest(name="clusters/a"),
            metadata=(*site.metadata, ("x-own", "1"), ("x-request-id", "r7")),
        )
        got = await running
        watching: Any = stub.WatchClusters(
            cluster_pb2.WatchClustersRequest(), metadata=site.metadata
        )
        watched = [each.resume_token async for each in watching]

        assert got.name == "clusters/a"
        assert dict(await running.trailing_metadata())["x-request-id"] == "r7"
        assert watched == ["t0", "t1", "t2"]
        _, ctx = site.clusters.asked[-2]
        assert ctx.headers["x-own"] == "1"
        assert "authorization" not in ctx.headers
        await channel.close()

    async def test_refusals_pass_whole(self, site: Any) -> None:
        channel = site.channel()
        stub = cluster_pb2_grpc.ClusterServiceStub(channel)

        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.GetCluster(
                cluster_pb2.GetClusterRequest(name="clusters/missing"), metadata=site.metadata
            )

        assert from_rpc_error(caught.value).facts["name"] == "clusters/missing"
        await channel.close()

    async def test_without_a_key_nothing_passes(self, site: Any) -> None:
        channel = site.channel()
        stub = cluster_pb2_grpc.ClusterServiceStub(channel)

        with pytest.raises(RemoteRefusal) as caught:
            await call(stub.GetCluster, cluster_pb2.GetClusterRequest(name="clusters/a"))

        assert (caught.value.code, caught.value.reason) == ("UNAUTHENTICATED", "KEY_MISSING")
        await channel.close()

    async def test_an_owner_that_does_not_listen_is_unavailable(self, site: Any) -> None:
        channel = site.channel()
        stub = virtual_machine_pb2_grpc.VirtualMachineServiceStub(channel)
        request = virtual_machine_pb2.GetVirtualMachineRequest(name="vms/a")

        with pytest.raises(grpc.aio.AioRpcError) as unknown:
            await stub.GetVirtualMachine(request, metadata=site.metadata)
        site.known.copies["vm"] = (Endpoints("127.0.0.1:1", "127.0.0.1:1"),)
        with pytest.raises(grpc.aio.AioRpcError) as silent:
            await stub.GetVirtualMachine(request, metadata=site.metadata)
        del site.known.copies["vm"]

        assert from_rpc_error(unknown.value).reason == "SERVICE_UNAVAILABLE"
        assert silent.value.code() is grpc.StatusCode.UNAVAILABLE
        await channel.close()

    async def test_a_forged_assertion_is_not_handed_on(self, site: Any) -> None:
        channel = site.channel()
        stub = cluster_pb2_grpc.ClusterServiceStub(channel)
        forged = ("x-quantix-assertion", "a.b.c")

        got: Any = await stub.GetCluster(
            cluster_pb2.GetClusterRequest(name="clusters/a"), metadata=(*site.metadata, forged)
        )

        assert got.name == "clusters/a"
        await channel.close()

    async def test_the_deadline_goes_along(self, site: Any) -> None:
        channel = site.channel()
        stub = cluster_pb2_grpc.ClusterServiceStub(channel)
        site.clusters.cancelled.clear()

        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.GetCluster(
                cluster_pb2.GetClusterRequest(name="clusters/slow"),
                metadata=site.metadata,
                timeout=timedelta(seconds=0.5).total_seconds(),
            )

        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        await asyncio.wait_for(site.clusters.cancelled.wait(), 5)
        await channel.close()

    async def test_a_cancel_goes_along(self, site: Any) -> None:
        channel = site.channel()
        stub = cluster_pb2_grpc.ClusterServiceStub(channel)
        site.clusters.cancelled.clear()
        site.clusters.waiting.clear()

        running: Any = stub.GetCluster(
            cluster_pb2.GetClusterRequest(name="clusters/slow"), metadata=site.metadata
        )
        task = asyncio.ensure_future(_outcome(running))
        await asyncio.wait_for(site.clusters.waiting.wait(), 5)
        running.cancel()

        assert await task == "cancelled"
        await asyncio.wait_for(site.clusters.cancelled.wait(), 5)
        await channel.close()

    async def test_operations_find_their_owner(self, site: Any) -> None:
        channel = site.channel()
        stub = operation_pb2_grpc.OperationServiceStub(channel)
        name = "operations/cluster-0b6f3a52-5a5c-4c5d-9d0e-0a1b2c3d4e5f"

        got: Any = await stub.GetOperation(
            operation_pb2.GetOperationRequest(name=name), metadata=site.metadata
        )

        assert MessageToDict(got) == {"name": name, "requester": "apikey:bootstrap"}
        await channel.close()

    async def test_reflection_shows_the_public_contracts_to_those_with_a_key(
        self, site: Any
    ) -> None:
        channel = site.channel()
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        request = reflection_pb2.ServerReflectionRequest
        asked = [
            request(list_services=""),
            request(file_containing_symbol="quantix.cluster.v1.ClusterService"),
            request(file_containing_symbol="quantix.host.v1.SessionService"),
        ]

        replies = [
            each async for each in stub.ServerReflectionInfo(iter(asked), metadata=site.metadata)
        ]

        names = [each.name for each in replies[0].list_services_response.service]
        assert "quantix.vm.v1.VirtualMachineService" in names
        assert not [name for name in names if ".host." in name or ".agent." in name]
        assert replies[1].HasField("file_descriptor_response")
        assert replies[2].HasField("error_response")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            _ = [each async for each in stub.ServerReflectionInfo(iter(asked[:1]))]
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
        await channel.close()


async def _outcome(running: Any) -> str:
    try:
        await running
    except asyncio.CancelledError:
        return "cancelled"
    return "answered"


async def test_a_copy_that_does_not_listen_is_passed_over(site: Any) -> None:
    before = site.known.copies["cluster"]
    site.known.copies["cluster"] = (Endpoints("127.0.0.1:1", "127.0.0.1:1"), *before)

    async with site.http() as client:
        replies = [await client.get("/api/v1/clusters/a") for _ in range(8)]

    site.known.copies["cluster"] = before
    assert {each.status_code for each in replies} == {200}
