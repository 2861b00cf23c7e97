"""Nodes and join tokens on the wire."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from quantix.event.v1 import event_pb2, event_pb2_grpc
from quantix.node.v1 import join_token_pb2, join_token_pb2_grpc, node_pb2, node_pb2_grpc
from qvdc_rpc.status import RemoteRefusal
from qvdc_testing.etcd import EtcdServer
from qvdc_testing.postgresql import PostgresServer
from tests.node_testing.host import Host, a_token
from tests.node_testing.site import Site, away

Eventually = Callable[..., Awaitable[None]]


@pytest.fixture
async def host(site: Site, tmp_path: Path, eventually: Eventually) -> Host:
    """A host that has joined."""
    made = Host(site, tmp_path)
    token = await a_token(site)

    async def joined() -> bool:
        return bool((await made.join(token.secret)).certificate_pem)

    await eventually(joined)
    return made


async def test_cordon_is_idempotent_and_guarded_by_the_etag(site: Site, host: Host) -> None:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    node = await user.call("GetNode", node_pb2.GetNodeRequest(name="nodes/h1"))
    cordoned = await user.call(
        "CordonNode", node_pb2.CordonNodeRequest(name=node.name, etag=node.etag)
    )
    assert cordoned.mode == node_pb2.Node.MODE_CORDONED
    assert cordoned.generation == node.generation + 1
    again = await user.call("CordonNode", node_pb2.CordonNodeRequest(name=node.name))
    assert again.etag == cordoned.etag
    with pytest.raises(RemoteRefusal) as refused:
        await user.call(
            "UncordonNode", node_pb2.UncordonNodeRequest(name=node.name, etag=node.etag)
        )
    assert (refused.value.code, refused.value.reason) == ("ABORTED", "ETAG_MISMATCH")
    active = await user.call("UncordonNode", node_pb2.UncordonNodeRequest(name=node.name))
    assert active.mode == node_pb2.Node.MODE_ACTIVE


async def test_validate_only_changes_nothing(site: Site, host: Host) -> None:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    shown = await user.call(
        "CordonNode", node_pb2.CordonNodeRequest(name="nodes/h1", validate_only=True)
    )
    assert shown.mode == node_pb2.Node.MODE_CORDONED
    stored = await user.call("GetNode", node_pb2.GetNodeRequest(name="nodes/h1"))
    assert stored.mode == node_pb2.Node.MODE_ACTIVE


async def test_a_request_id_gives_the_first_answer_again(site: Site, host: Host) -> None:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    request = node_pb2.CordonNodeRequest(name="nodes/h1", request_id=str(uuid.uuid4()))
    first = await user.call("CordonNode", request)
    await user.call("UncordonNode", node_pb2.UncordonNodeRequest(name="nodes/h1"))
    again = await user.call("CordonNode", request)
    assert (again.etag, again.mode) == (first.etag, first.mode)
    request.etag = "other"
    with pytest.raises(RemoteRefusal) as refused:
        await user.call("CordonNode", request)
    assert refused.value.reason == "IDEMPOTENCY_KEY_REUSED"


async def test_an_update_changes_masked_intent_alone(site: Site, host: Host) -> None:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    wanted = node_pb2.Node(
        name="nodes/h1", display_name="One", description="Two", hostname="never", cluster="never"
    )
    request = node_pb2.UpdateNodeRequest(node=wanted)
    request.update_mask.paths.extend(["display_name", "hostname"])
    updated = await user.call("UpdateNode", request)
    assert updated.display_name == "One"
    assert not updated.HasField("description")
    assert updated.hostname == "h1"
    assert updated.cluster == ""
    request.update_mask.paths[:] = ["no_such_field"]
    with pytest.raises(RemoteRefusal) as refused:
        await user.call("UpdateNode", request)
    assert refused.value.reason == "UNKNOWN_FIELD"


async def test_a_removed_host_stays_out(site: Site, host: Host, eventually: Eventually) -> None:
    await host.beat()
    user = site.user(node_pb2_grpc.NodeServiceStub)
    await user.call("DeleteNode", node_pb2.DeleteNodeRequest(name="nodes/h1"))
    with pytest.raises(RemoteRefusal) as refused:
        await user.call("GetNode", node_pb2.GetNodeRequest(name="nodes/h1"))
    assert refused.value.reason == "NOT_FOUND"

    async def refused_for_good() -> bool:
        try:
            await host.beat()
        except RemoteRefusal as refusal:
            return refusal.reason == "NODE_REMOVED"
        return False

    await eventually(refused_for_good)
    with pytest.raises(RemoteRefusal) as refused:
        await host.register()
    assert refused.value.reason == "NODE_REMOVED"
    token = await a_token(site)
    with pytest.raises(RemoteRefusal) as refused:
        await host.join(token.secret)
    assert refused.value.reason == "NODE_REMOVED"


async def test_a_node_with_machines_stays(site: Site, host: Host, eventually: Eventually) -> None:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    await host.beat(usage=node_pb2.NodeUsage(machine_count=2))

    async def in_use() -> bool:
        request = node_pb2.DeleteNodeRequest(name="nodes/h1", validate_only=True)
        try:
            await user.call("DeleteNode", request)
        except RemoteRefusal as refusal:
            return refusal.reason == "IN_USE"
        return False

    await eventually(in_use)


async def test_lists_are_filtered_and_paged(site: Site, tmp_path: Path) -> None:
    token = await a_token(site, max_uses=10)
    for number in range(5):
        await Host(site, tmp_path, f"h{number}").join(token.secret)
    user = site.user(node_pb2_grpc.NodeServiceStub)
    first = await user.call("ListNodes", node_pb2.ListNodesRequest(page_size=3))
    rest = await user.call(
        "ListNodes", node_pb2.ListNodesRequest(page_size=3, page_token=first.next_page_token)
    )
    names = [node.name for node in (*first.nodes, *rest.nodes)]
    assert names == [f"nodes/h{number}" for number in range(5)]
    assert rest.next_page_token == ""
    with pytest.raises(RemoteRefusal) as refused:
        await user.call(
            "ListNodes",
            node_pb2.ListNodesRequest(page_token=first.next_page_token, name_prefix="h"),
        )
    assert refused.value.code == "INVALID_ARGUMENT"
    pending = node_pb2.ListNodesRequest(phases=[node_pb2.Node.PHASE_PENDING], query="H2")
    assert [n.name for n in (await user.call("ListNodes", pending)).nodes] == ["nodes/h2"]


async def test_two_hosts_of_one_name_are_two_nodes(site: Site, tmp_path: Path) -> None:
    token = await a_token(site, max_uses=2)
    one, two = Host(site, tmp_path, "same"), Host(site, tmp_path, "same")
    assert (await one.join(token.secret)).node == "nodes/same"
    assert (await two.join(token.secret)).node == f"nodes/same-{two.uid[:8]}"


async def test_watch_goes_on_from_its_token(site: Site, host: Host) -> None:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    service = site.service(node_pb2_grpc.NodeServiceStub, "cluster")
    token = ""
    async for item in service.stream("WatchNodes", node_pb2.WatchNodesRequest()):
        if item.kind == event_pb2.WATCH_KIND_SYNCED:
            token = item.resume_token
            break
    await user.call("CordonNode", node_pb2.CordonNodeRequest(name="nodes/h1"))
    async with asyncio.timeout(10):
        request = node_pb2.WatchNodesRequest(resume_token=token)
        async for item in service.stream("WatchNodes", request):
            if item.kind == event_pb2.WATCH_KIND_CHANGED:
                assert item.node.mode == node_pb2.Node.MODE_CORDONED
                break
    old = node_pb2.WatchNodesRequest(resume_token="99.1.1")
    with pytest.raises(RemoteRefusal) as refused:
        await anext(service.stream("WatchNodes", old))
    assert refused.value.reason == "RESUME_EXPIRED"


async def test_events_tell_the_story(site: Site, host: Host, eventually: Eventually) -> None:
    await host.beat()
    events = site.user(event_pb2_grpc.EventServiceStub)

    async def told() -> bool:
        request = event_pb2.ListEventsRequest(subject="nodes/h1")
        page = await events.call("ListEvents", request)
        return {"NodeJoined", "PhaseChanged"} <= {event.kind for event in page.events}

    await eventually(told)


async def test_permissions_are_asked_for(site: Site, host: Host) -> None:
    reader = site.user(node_pb2_grpc.NodeServiceStub, "node.read")
    await reader.call("GetNode", node_pb2.GetNodeRequest(name="nodes/h1"))
    with pytest.raises(RemoteRefusal) as refused:
        await reader.call("CordonNode", node_pb2.CordonNodeRequest(name="nodes/h1"))
    assert refused.value.code == "PERMISSION_DENIED"
    itself = site.host(node_pb2_grpc.NodeServiceStub, host.files)
    with pytest.raises(RemoteRefusal) as refused:
        await itself.call("GetNode", node_pb2.GetNodeRequest(name="nodes/h1"))
    assert refused.value.code == "PERMISSION_DENIED"


async def test_a_token_is_shown_once(site: Site) -> None:
    user = site.user(join_token_pb2_grpc.JoinTokenServiceStub)
    request = join_token_pb2.CreateJoinTokenRequest(
        join_token_id="first",
        join_token=join_token_pb2.JoinToken(display_name="For rack 1", max_uses=3),
        request_id=str(uuid.uuid4()),
    )
    made = await user.call("CreateJoinToken", request)
    assert made.secret.startswith("qj1_")
    assert len(made.ca_hash) == 64
    assert list(made.enrol_addresses) == [f"127.0.0.1:{site.enrol_port}"]
    again = await user.call("CreateJoinToken", request)
    assert (again.uid, again.secret) == (made.uid, "")
    read = await user.call(
        "GetJoinToken", join_token_pb2.GetJoinTokenRequest(name="join-tokens/first")
    )
    assert read.secret == ""
    assert (read.max_uses, read.use_count, read.display_name) == (3, 0, "For rack 1")
    listed = await user.call("ListJoinTokens", join_token_pb2.ListJoinTokensRequest())
    assert [token.secret for token in listed.join_tokens] == [""]
    taken = join_token_pb2.CreateJoinTokenRequest(
        join_token_id="first", join_token=join_token_pb2.JoinToken()
    )
    with pytest.raises(RemoteRefusal) as refused:
        await user.call("CreateJoinToken", taken)
    assert refused.value.code == "ALREADY_EXISTS"


async def test_a_revoked_token_admits_nobody(site: Site, tmp_path: Path) -> None:
    user = site.user(join_token_pb2_grpc.JoinTokenServiceStub)
    token = await a_token(site)
    await user.call("DeleteJoinToken", join_token_pb2.DeleteJoinTokenRequest(name=token.name))
    with pytest.raises(RemoteRefusal) as refused:
        await Host(site, tmp_path).join(token.secret)
    assert refused.value.reason == "TOKEN_INVALID"


async def test_a_copy_started_while_its_stores_are_away_waits_and_recovers(
    site: Site, etcd: EtcdServer, postgresql_server: PostgresServer, eventually: Eventually
) -> None:
    with away(postgresql_server), away(etcd):
        copy = site.copy("node-2")
        process = await copy.__aenter__()
        verdict = await process.readiness.check()
        assert set(verdict.away) == {"etcd", "postgresql"}
    try:

        async def ready() -> bool:
            return (await process.readiness.check()).ready

        await eventually(ready, within=30)
        user = site.user(node_pb2_grpc.NodeServiceStub, at="node-2")
        await user.call("ListNodes", node_pb2.ListNodesRequest())
    finally:
        await copy.__aexit__(None, None, None)


async def test_a_board_controllers_secret_is_kept_sealed_and_told_to_nobody(
    site: Site, host: Host
) -> None:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    bmc = node_pb2.BoardController(
        address="10.9.0.7", user="root", kind="KIND_REDFISH", secret="calvin"
    )
    wish = node_pb2.Node(
        name="nodes/h1",
        bmc=bmc,
        overcommit=node_pb2.NodeOvercommit(cpu_ratio=2.0),
        failure_domain=node_pb2.FailureDomain(room="a", rack="7"),
    )
    asked = node_pb2.UpdateNodeRequest(node=wish, request_id=str(uuid.uuid4()))
    changed = await user.call("UpdateNode", asked)
    again = await user.call("UpdateNode", asked)
    elsewhere = node_pb2.BoardController(address="10.9.0.8", user="root", kind="KIND_IPMI")
    moved = node_pb2.UpdateNodeRequest(node=node_pb2.Node(name="nodes/h1", bmc=elsewhere))
    other = await user.call("UpdateNode", moved)

    shown = (changed.bmc.address, changed.bmc.user, changed.bmc.secret, changed.bmc.secret_set)
    assert shown == ("10.9.0.7", "root", "", True)
    assert (again.bmc, again.etag) == (changed.bmc, changed.etag)
    assert (changed.overcommit.cpu_ratio, changed.failure_domain.rack) == (2.0, "7")
    assert (other.bmc.address, other.bmc.secret_set) == ("10.9.0.8", False)
    assert other.overcommit == changed.overcommit


async def test_metrics_are_those_of_the_last_beat_with_their_age(site: Site, host: Host) -> None:
    await host.register()
    await host.beat(usage=node_pb2.NodeUsage(cpu_percent=12.5, load_1=0.5))
    reader = site.user(node_pb2_grpc.NodeServiceStub, "node.read")
    asked = node_pb2.GetNodeMetricsRequest(name="nodes/h1")
    told = await reader.call("GetNodeMetrics", asked)

    assert (told.usage.cpu_percent, told.usage.load_1) == (12.5, 0.5)
    assert not told.usage.HasField("memory_used_bytes"), "unknown stays unset"
    assert (told.cpu_count, told.stale, told.HasField("observe_time")) == (8, False, True)
    with pytest.raises(RemoteRefusal) as missing:
        await reader.call("GetNodeMetrics", node_pb2.GetNodeMetricsRequest(name="nodes/h7"))
    nobody = site.user(node_pb2_grpc.NodeServiceStub, "vm.read")
    with pytest.raises(RemoteRefusal) as denied:
        await nobody.call("GetNodeMetrics", asked)
    assert (missing.value.code, denied.value.code) == ("NOT_FOUND", "PERMISSION_DENIED")


async def test_nd_4_the_service_says_what_it_knows_of_certificate_and_version(
    site: Site, host: Host
) -> None:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    node = await user.call("GetNode", node_pb2.GetNodeRequest(name="nodes/h1"))
    status = {each.type: each.status for each in node.conditions}

    assert status["CertificateValid"] == node_pb2.NodeCondition.STATUS_TRUE
    assert status["VersionSupported"] == node_pb2.NodeCondition.STATUS_TRUE
