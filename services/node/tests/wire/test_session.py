"""Registration and heartbeats: a generated client, the real process, real stores."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from quantix.host.v1 import session_pb2_grpc
from quantix.node.v1 import node_pb2, node_pb2_grpc
from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.keys import session_key
from qvdc_rpc.status import RemoteRefusal
from qvdc_testing.etcd import EtcdServer
from qvdc_testing.postgresql import PostgresServer
from tests.node_testing.host import READY, Host, a_token
from tests.node_testing.site import Site, away, frozen

Eventually = Callable[..., Awaitable[None]]
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def host(site: Site, tmp_path: Path, eventually: Eventually) -> Host:
    """A host that has joined."""
    made = Host(site, tmp_path)
    token = await a_token(site, max_uses=5, node_labels={"rack": "r1"})

    async def joined() -> bool:
        return bool((await made.join(token.secret)).certificate_pem)

    await eventually(joined)
    return made


async def _node(site: Site, host: Host, at: str = "node-1") -> node_pb2.Node:
    user = site.user(node_pb2_grpc.NodeServiceStub, at=at)
    found: node_pb2.Node = await user.call(
        "GetNode", node_pb2.GetNodeRequest(name=f"nodes/{host.uid}")
    )
    return found


async def test_a_host_joins_beats_and_is_ready(
    site: Site, host: Host, eventually: Eventually
) -> None:
    before = await _node(site, host)
    assert before.phase == node_pb2.Node.PHASE_PENDING
    assert before.name == "nodes/h1"
    assert before.labels == {"rack": "r1"}
    assert before.inventory.cpu.cpu_count == 8
    assert before.addresses[0].port == 7444
    assert not before.HasField("last_heartbeat_time")

    answer = await host.beat()
    assert answer.next_interval.ToSeconds() == 3
    assert answer.session_epoch == host.epoch == 1

    async def ready() -> bool:
        return (await _node(site, host)).phase == node_pb2.Node.PHASE_READY

    await eventually(ready)
    node = await _node(site, host)
    assert not node.stale
    assert node.HasField("last_heartbeat_time")
    assert node.usage.cpu_percent == 12.5


async def test_any_number_of_registrations_leaves_one_node_and_one_epoch(
    site: Site, host: Host
) -> None:
    answers = await asyncio.gather(*(host.register() for _ in range(20)))
    assert {answer.session_epoch for answer in answers} == {1}
    assert {answer.node for answer in answers} == {"nodes/h1"}
    user = site.user(node_pb2_grpc.NodeServiceStub)
    assert len((await user.call("ListNodes", node_pb2.ListNodesRequest())).nodes) == 1


async def test_the_join_may_be_repeated_with_a_token_that_is_used_up(
    site: Site, tmp_path: Path
) -> None:
    token = await a_token(site)
    host, other = Host(site, tmp_path, "h1"), Host(site, tmp_path, "h2")
    first = await host.join(token.secret)
    again = await host.join(token.secret)
    assert (first.node, first.session_epoch) == (again.node, again.session_epoch)
    with pytest.raises(RemoteRefusal) as refused:
        await other.join(token.secret)
    assert refused.value.reason == "TOKEN_EXHAUSTED"


async def test_what_people_set_survives_registration_and_beats(site: Site, host: Host) -> None:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    await user.call("CordonNode", node_pb2.CordonNodeRequest(name="nodes/h1"))
    wanted = node_pb2.Node(name="nodes/h1", display_name="Left rack", labels={"rack": "r2"})
    await user.call("UpdateNode", node_pb2.UpdateNodeRequest(node=wanted))

    host.instance += 1
    answer = await host.register(hostname="renamed")
    assert answer.outcome == answer.OUTCOME_RECONNECTED_CHANGED
    assert list(answer.changed_fields) == ["hostname"]
    await host.beat()
    node = await _node(site, host)
    assert node.mode == node_pb2.Node.MODE_CORDONED
    assert node.display_name == "Left rack"
    assert node.labels == {"rack": "r2"}
    assert node.hostname == "renamed"
    assert node.name == "nodes/h1"


async def test_a_higher_instance_takes_over_and_the_lower_one_must_exit(
    site: Site, host: Host
) -> None:
    host.instance = 2
    assert (await host.register()).session_epoch == 2
    host.instance = 1
    for stale in (host.register(), host.beat()):
        with pytest.raises(RemoteRefusal) as refused:
            await stale
        assert refused.value.reason == "STALE_INSTANCE"
    host.instance = 2
    assert (await host.register()).session_epoch == 2


async def test_a_beat_alone_takes_over_for_a_higher_instance(
    site: Site, host: Host, eventually: Eventually
) -> None:
    host.instance = 2
    assert (await host.beat()).session_epoch == 2

    async def stored() -> bool:
        node = await _node(site, host)
        return (node.instance, node.session_epoch) == (2, 2)

    await eventually(stored)
    assert (await host.register()).session_epoch == 2


async def test_a_rebooted_host_takes_over_and_a_clone_is_refused(site: Site, host: Host) -> None:
    old_boot = host.boot_id
    beating = asyncio.create_task(_beat_for_ever(host, old_boot))
    try:
        host.boot_id = str(uuid.uuid4())
        with pytest.raises(RemoteRefusal) as refused:
            await host.register()
        assert refused.value.reason == "NODE_CLONE_DETECTED"
    finally:
        beating.cancel()
        await asyncio.wait({beating})
    # The old boot beats no more: after an interval and a half it is taken for dead.
    answer = await host.register()
    assert answer.session_epoch == 2
    assert (await _node(site, host)).boot_id == host.boot_id


async def _beat_for_ever(host: Host, boot_id: str) -> None:
    while True:
        await host.beat(boot_id=boot_id)
        await asyncio.sleep(1)


async def test_other_hardware_needs_a_token_of_this_very_node(
    site: Site, host: Host, etcd: EtcdServer
) -> None:
    host.boot_id, host.fingerprint = str(uuid.uuid4()), "e" * 64
    bound = await a_token(site, node="nodes/h1")
    async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client:
        await client.delete(session_key(host.uid))
    with pytest.raises(RemoteRefusal) as refused:
        await host.register()
    assert refused.value.reason == "HARDWARE_UNRECOGNISED"
    loose = await a_token(site)
    with pytest.raises(RemoteRefusal) as refused:
        await host.register(join_token=loose.secret)
    assert refused.value.reason == "HARDWARE_UNRECOGNISED"
    assert (await host.register(join_token=bound.secret)).session_epoch == 2


async def test_one_host_never_speaks_for_another(site: Site, host: Host, tmp_path: Path) -> None:
    other = Host(site, tmp_path, "h2")
    await other.join((await a_token(site)).secret)
    mine = site.host(session_pb2_grpc.SessionServiceStub, host.files)
    for method, request in (
        ("Register", other.registration()),
        ("Register", other.registration(join_token="x", signing_request_pem="x")),
    ):
        with pytest.raises(RemoteRefusal) as refused:
            await mine.call(method, request)
        assert refused.value.reason == "IDENTITY_MISMATCH"
    with pytest.raises(RemoteRefusal) as refused:
        await host.beat(machine_uuid=other.uid, boot_id=other.boot_id)
    assert refused.value.reason == "IDENTITY_MISMATCH"


async def test_a_known_host_without_its_key_is_refused(site: Site, host: Host) -> None:
    token = await a_token(site)
    newcomer = site.newcomer(session_pb2_grpc.SessionServiceStub)
    thief = Host(site, host.folder, "thief")
    thief.uid = host.uid
    for request in (
        thief.registration(),
        thief.registration(join_token=token.secret, signing_request_pem=thief.signing_request()),
    ):
        with pytest.raises(RemoteRefusal) as refused:
            await newcomer.call("Register", request)
        assert refused.value.reason == "IDENTITY_MISMATCH"


async def test_a_stranger_needs_a_token(site: Site, tmp_path: Path) -> None:
    stranger = Host(site, tmp_path)
    newcomer = site.newcomer(session_pb2_grpc.SessionServiceStub)
    for request in (
        stranger.registration(),
        stranger.registration(
            join_token="qj1_wrong", signing_request_pem=stranger.signing_request()
        ),
    ):
        with pytest.raises(RemoteRefusal) as refused:
            await newcomer.call("Register", request)
        assert (refused.value.code, refused.value.reason) == ("UNAUTHENTICATED", "TOKEN_INVALID")
    with pytest.raises(RemoteRefusal) as refused:
        await newcomer.call(
            "Register",
            stranger.registration(
                system=node_pb2.NodeSystem(protocol_lowest=7, protocol_highest=9)
            ),
        )
    assert refused.value.reason == "VERSION_UNSUPPORTED"


async def test_enrolment_answers_nothing_but_registration(site: Site, host: Host) -> None:
    nodes = site.newcomer(node_pb2_grpc.NodeServiceStub)
    with pytest.raises(RemoteRefusal) as refused:
        await nodes.call("ListNodes", node_pb2.ListNodesRequest())
    assert refused.value.code in {"PERMISSION_DENIED", "UNAUTHENTICATED"}


async def test_the_certificate_is_bound_to_the_uuid(site: Site, host: Host) -> None:
    from cryptography import x509

    leaf = x509.load_pem_x509_certificates((host.folder / "cert.pem").read_bytes())[0]
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(name.value) for name in names} == {
        f"spiffe://quantix/node/{host.uid}",
        f"{host.uid}.node.quantix.internal",
    }
    assert 29 <= (leaf.not_valid_after_utc - leaf.not_valid_before_utc).days <= 30


async def test_beats_go_on_while_postgresql_is_away(
    site: Site, host: Host, postgresql_server: PostgresServer, etcd: EtcdServer
) -> None:
    await host.beat()
    with away(postgresql_server):
        for _ in range(3):
            assert (await host.beat()).session_epoch == 1
        host.instance = 2
        assert (await host.beat()).session_epoch == 2
        # The session may even be lost: the host is remembered.
        async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client:
            await client.delete(session_key(host.uid))
        assert (await host.beat()).session_epoch >= 2
        with pytest.raises(RemoteRefusal) as refused:
            await host.register()
        assert refused.value.code == "UNAVAILABLE"


async def test_a_beat_is_not_acknowledged_while_etcd_is_silent(
    site: Site, host: Host, etcd: EtcdServer
) -> None:
    await host.beat()
    with frozen(etcd.pid):
        started = asyncio.get_running_loop().time()
        with pytest.raises(RemoteRefusal) as refused:
            await host.beat()
        assert refused.value.code == "UNAVAILABLE"
        assert asyncio.get_running_loop().time() - started < 1.0


async def test_any_copy_answers_and_a_beat_that_changes_nothing_writes_nothing(
    site: Site, host: Host, eventually: Eventually
) -> None:
    async with site.copy("node-2"):
        assert (await host.beat()).session_epoch == 1

        async def ready() -> bool:
            await host.beat(at="node-2")
            return (await _node(site, host, at="node-2")).phase == node_pb2.Node.PHASE_READY

        await eventually(ready)
        revision = "select sum(revision) from nodes"

        async def settled() -> bool:
            before = await site.scalar(revision)
            for at in ("node-1", "node-2", "node-1"):
                await host.beat(at=at)
            # Longer than the loop takes to write down what changed.
            await asyncio.sleep(1.5)
            return bool(await site.scalar(revision) == before)

        await eventually(settled)


async def test_a_silent_host_goes_offline_and_comes_back_by_a_beat(
    site: Site, host: Host, eventually: Eventually
) -> None:
    await host.beat()

    async def offline() -> bool:
        return (await _node(site, host)).phase == node_pb2.Node.PHASE_OFFLINE

    await eventually(offline, within=30)
    node = await _node(site, host)
    assert node.phase_reason == "SESSION_LOST"
    await host.beat()

    async def ready() -> bool:
        return (await _node(site, host)).phase == node_pb2.Node.PHASE_READY

    await eventually(ready)


async def test_an_emptied_etcd_gives_sessions_back_by_beats(
    site: Site, host: Host, etcd: EtcdServer, eventually: Eventually
) -> None:
    await host.beat()
    await asyncio.to_thread(etcd.empty)
    await asyncio.to_thread(etcd.start)

    async def acknowledged() -> bool:
        answer = await host.beat()
        return bool(answer.session_epoch == 1)

    await eventually(acknowledged, within=30)


async def test_a_needed_condition_decides_readiness(
    site: Site, host: Host, eventually: Eventually
) -> None:
    broken = node_pb2.NodeCondition(
        type="HypervisorReady", status="STATUS_FALSE", reason="LIBVIRT_AWAY"
    )
    await host.beat(conditions=[broken, *READY[1:]])

    async def not_ready() -> bool:
        node = await _node(site, host)
        return node.phase == node_pb2.Node.PHASE_NOT_READY

    await eventually(not_ready)
    assert (await _node(site, host)).phase_reason == "HypervisorReady"
