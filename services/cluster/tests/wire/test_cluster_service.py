"""ClusterService on the wire: success, denied, missing, stale, and what comes of bad input."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from quantix.claim.v1 import placement_claim_pb2 as claim_pb
from quantix.claim.v1.placement_claim_pb2_grpc import PlacementClaimServiceStub
from quantix.cluster.v1 import cluster_pb2 as pb
from quantix.cluster.v1 import placement_pb2
from quantix.cluster.v1.cluster_pb2_grpc import ClusterServiceStub
from quantix.cluster.v1.placement_pb2_grpc import PlacementServiceStub
from quantix.event.v1 import event_pb2
from quantix.event.v1.event_pb2_grpc import EventServiceStub
from quantix.node.v1 import node_pb2
from quantix.operation.v1 import operation_pb2
from quantix.operation.v1.operation_pb2_grpc import OperationServiceStub
from qvdc_core.errors import Kind
from qvdc_rpc.access import list_rpcs
from qvdc_rpc.status import RemoteRefusal
from qvdc_testing.pki import Pki
from qvdc_testing.wire import Client
from tests.cluster_testing.owners import a_wire_node
from tests.cluster_testing.running import H1, H2, Running

GIB = 1 << 30


@pytest.fixture
def user(running: Running) -> Client:
    """Ann, who may do everything."""
    return running.callers.user(ClusterServiceStub)


async def _create(user: Client, cluster: str, **fields: Any) -> pb.Cluster:
    request = pb.CreateClusterRequest(cluster_id=cluster, cluster=pb.Cluster(**fields))
    created: pb.Cluster = await user.call("CreateCluster", request)
    return created


async def _add(user: Client, cluster: str, node: str) -> pb.Cluster:
    """Add a node, as soon as the service has heard of it."""
    request = pb.AddClusterNodeRequest(name=f"clusters/{cluster}", node=node)
    async with asyncio.timeout(30):
        while True:
            try:
                added: pb.Cluster = await user.call("AddClusterNode", request)
            except RemoteRefusal as refusal:
                if refusal.reason != "PROJECTION_EMPTY":
                    raise
                await asyncio.sleep(0.2)
            else:
                return added


async def test_a_cluster_lives_from_creation_to_deletion(user: Client) -> None:
    created = await _create(user, "prod", display_name="Production")
    updated = await user.call(
        "UpdateCluster",
        pb.UpdateClusterRequest(
            cluster=pb.Cluster(
                name="clusters/prod",
                etag=created.etag,
                ha=pb.HaSettings(enabled=True, storm_percent=50),
            )
        ),
    )
    read = await user.call("GetCluster", pb.GetClusterRequest(name="clusters/prod"))
    await user.call("DeleteCluster", pb.DeleteClusterRequest(name="clusters/prod", etag=read.etag))

    assert created.project == "default"
    assert created.status.state == pb.ClusterStatus.STATE_HEALTHY
    assert (updated.display_name, updated.ha.storm_percent) == ("Production", 50)
    assert updated.ha.host_monitoring
    assert updated.ha.detection_seconds == 9
    assert read == updated
    with pytest.raises(RemoteRefusal) as missing:
        await user.call("GetCluster", pb.GetClusterRequest(name="clusters/prod"))
    assert missing.value.kind is Kind.NOT_FOUND


async def test_a_stale_etag_a_reused_request_id_and_a_missing_permission_are_refused(
    running: Running, user: Client
) -> None:
    created = await _create(user, "prod")
    change = pb.UpdateClusterRequest(
        cluster=pb.Cluster(name="clusters/prod", etag=created.etag, description="x"),
        request_id=str(uuid.uuid4()),
    )
    first = await user.call("UpdateCluster", change)
    assert await user.call("UpdateCluster", change) == first

    change.cluster.description = "y"
    with pytest.raises(RemoteRefusal) as reused:
        await user.call("UpdateCluster", change)
    change.request_id = ""
    with pytest.raises(RemoteRefusal) as stale:
        await user.call("UpdateCluster", change)
    reader = running.callers.user(ClusterServiceStub, permissions=("cluster.read",))
    with pytest.raises(RemoteRefusal) as denied:
        await _create(reader, "other")

    assert reused.value.reason == "IDEMPOTENCY_KEY_REUSED"
    assert (stale.value.kind, stale.value.reason) == (Kind.ABORTED, "ETAG_MISMATCH")
    assert stale.value.facts["changed_by"] == "user:ann"
    assert denied.value.kind is Kind.DENIED


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"ha": {"storm_percent": 51}}, "cluster.ha.storm_percent"),
        ({"ha": {"detection_seconds": 5}}, "cluster.ha.detection_seconds"),
        ({"drs": {"interval_seconds": 59}}, "cluster.drs.interval_seconds"),
        ({"overcommit": {"cpu_ratio": 16.5}}, "cluster.overcommit.cpu_ratio"),
        ({"display_name": ""}, "cluster.display_name"),
    ],
)
async def test_what_is_out_of_range_is_refused_with_its_field(
    user: Client, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(RemoteRefusal) as refused:
        await _create(user, "prod", **fields)

    assert refused.value.kind is Kind.INVALID
    assert [violation.field for violation in refused.value.fields] == [field]


async def test_masks_change_what_they_name_and_unknown_paths_are_refused(user: Client) -> None:
    await _create(user, "prod", description="old", labels={"a": "b"})
    request = pb.UpdateClusterRequest(cluster=pb.Cluster(name="clusters/prod"))
    request.update_mask.paths.append("labels")
    cleared = await user.call("UpdateCluster", request)
    request.update_mask.paths.append("nonsense")
    with pytest.raises(RemoteRefusal) as refused:
        await user.call("UpdateCluster", request)

    assert (cleared.description, dict(cleared.labels)) == ("old", {})
    assert refused.value.reason == "UNKNOWN_FIELD"


async def test_json_on_the_http_port_gives_the_same_answer(
    running: Running, user: Client, pki: Pki
) -> None:
    await _create(user, "prod", display_name="Production")
    path = "/quantix.cluster.v1.ClusterService/GetCluster"
    word = pki.assertion(audience="cluster")

    found = await running.callers.post_json(path, {"name": "clusters/prod"}, assertion=word)
    missing = await running.callers.post_json(path, {"name": "clusters/none"}, assertion=word)

    assert found.json()["displayName"] == "Production"
    assert found.json()["ha"]["isolationResponse"] == "ISOLATION_RESPONSE_POWER_OFF"
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


async def test_gen_10_a_snapshot_comes_in_pages_for_who_asks(user: Client) -> None:
    for name in ("a-1", "a-2", "a-3"):
        await _create(user, name)
    watch = user.stream("WatchClusters", pb.WatchClustersRequest(snapshot_page_size=2))

    async with asyncio.timeout(30):
        first, second, synced = [await anext(watch) for _ in range(3)]

    assert [each.cluster.name for each in (first, *first.more)] == ["clusters/a-1", "clusters/a-2"]
    assert [each.cluster.name for each in (second, *second.more)] == ["clusters/a-3"]
    assert (synced.kind, list(synced.more)) == (event_pb2.WATCH_KIND_SYNCED, [])


async def test_nodes_that_the_node_service_tells_of_can_join_and_their_loss_shows(
    running: Running, user: Client
) -> None:
    await _create(user, "prod")
    await _add(user, "prod", "h1")
    joined = await _add(user, "prod", H2)
    assert joined.status.state == pb.ClusterStatus.STATE_HEALTHY
    watch = user.stream("WatchClusters", pb.WatchClustersRequest())
    await _until_synced(watch)

    lost = running.nodes
    for name, uid in (("h1", H1), ("h2", H2)):
        lost.changes.put_nowait(_changed(name, uid, "PHASE_OFFLINE"))
    async with asyncio.timeout(30):
        while (told := await anext(watch)).cluster.status.state != 3:
            assert told.cluster.name == "clusters/prod"
    usage = await user.call("GetClusterUsage", pb.GetClusterUsageRequest(name="clusters/prod"))

    assert [reason.reason for reason in told.cluster.status.reasons] == ["NODES_OFFLINE"]
    assert list(joined.nodes) == ["nodes/h1", "nodes/h2"]
    assert (usage.nodes.offline_count, usage.cpu_mhz.capacity) == (2, 16000)


async def test_vm_claims_capacity_and_others_may_not(running: Running, user: Client) -> None:
    await _create(user, "prod")
    await _add(user, "prod", "h1")
    demand = placement_pb2.PlacementDemand(
        cluster="clusters/prod", vcpu_count=2, memory_bytes=2 * GIB, networks=["networks/blue"]
    )
    request = claim_pb.ClaimPlacementRequest(vm_uid=str(uuid.uuid4()), vm="vms/web", demand=demand)
    request.fence.site_term, request.fence.loop, request.fence.revision = 1, "machines", 7
    vm = running.callers.service(PlacementClaimServiceStub, "vm")
    image = running.callers.service(PlacementClaimServiceStub, "image")

    claim = await vm.call("ClaimPlacement", request)
    again = await vm.call("ClaimPlacement", request)
    with pytest.raises(RemoteRefusal) as denied:
        await image.call("ClaimPlacement", request)
    request.vm_uid = str(uuid.uuid4())
    request.fence.revision = 6
    with pytest.raises(RemoteRefusal) as stale:
        await vm.call("ClaimPlacement", request)
    demand.memory_bytes = 64 * GIB
    planner = running.callers.user(PlacementServiceStub)
    plan = await planner.call("PlanPlacement", placement_pb2.PlanPlacementRequest(demand=demand))

    assert (claim.node, claim.node_uid) == ("nodes/h1", H1)
    assert again == claim
    assert denied.value.kind is Kind.DENIED
    assert stale.value.reason == "STALE_FENCE"
    assert plan.node == ""
    assert [obstacle.reason for obstacle in plan.verdicts[0].obstacles] == ["MEMORY"]


async def test_events_and_operations_are_served(running: Running, user: Client) -> None:
    await _create(user, "prod")
    events = running.callers.user(EventServiceStub)
    operations = running.callers.user(OperationServiceStub)

    told = await events.call("ListEvents", event_pb2.ListEventsRequest(subject="clusters/prod"))
    listed = await operations.call(
        "ListOperations", operation_pb2.ListOperationsRequest(states=["STATE_RUNNING"])
    )
    name = f"operations/cluster-{uuid.uuid4()}"
    with pytest.raises(RemoteRefusal) as missing:
        await operations.call("GetOperation", operation_pb2.GetOperationRequest(name=name))

    assert [(event.kind, event.actor) for event in told.events] == [("ClusterCreated", "user:ann")]
    assert told.events[0].severity == event_pb2.SEVERITY_INFO
    assert list(listed.operations) == []
    assert missing.value.reason == "NOT_FOUND"


def test_every_method_says_who_may_call_it() -> None:
    files = (pb.DESCRIPTOR, placement_pb2.DESCRIPTOR, claim_pb.DESCRIPTOR)

    for rpc in list_rpcs(*files):
        assert rpc.access.permission or rpc.access.callers, rpc.path


async def _until_synced(watch: AsyncIterator[Any]) -> None:
    async with asyncio.timeout(30):
        while (await anext(watch)).kind != event_pb2.WATCH_KIND_SYNCED:
            pass


def _changed(name: str, uid: str, phase: str) -> Any:
    return node_pb2.WatchNodesResponse(
        kind=event_pb2.WATCH_KIND_CHANGED,
        node=a_wire_node(name, uid, phase),
        resume_token="2",
    )
