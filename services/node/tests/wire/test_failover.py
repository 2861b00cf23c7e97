"""What a failover and a fenced host meet on the wire (PROTOCOLS 2 to 5)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from quantix.claim.v1 import failover_pb2, failover_pb2_grpc
from quantix.node.v1 import node_pb2, node_pb2_grpc
from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.keys import fenced_key, session_key
from qvdc_rpc.status import RemoteRefusal
from qvdc_testing.etcd import EtcdServer
from tests.node_testing.host import Host, a_token
from tests.node_testing.neighbour import CONFESSIONS, VmDouble, announced, machines
from tests.node_testing.site import Site

Eventually = Callable[..., Awaitable[None]]
INCIDENT = "incidents/i1"
GUARDIAN = node_pb2.NodeAddress(ip="10.0.0.7", port=7444, purpose="PURPOSE_GUARDIAN")
KEPT, MOVED = "33333333-0000-4000-8000-000000000000", "44444444-0000-4000-8000-000000000000"


@pytest.fixture
async def host(site: Site, tmp_path: Path, eventually: Eventually) -> Host:
    """A host that has joined."""
    made = Host(site, tmp_path)
    secret = (await a_token(site)).secret

    async def joined() -> bool:
        return bool((await made.join(secret, addresses=[GUARDIAN])).certificate_pem)

    await eventually(joined)
    return made


async def fence(etcd: EtcdServer, host: Host) -> None:
    """Fence a host whose session has ended."""
    async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client:
        await client.delete(session_key(host.uid))
        await client.put(fenced_key(host.uid), INCIDENT.encode())


def promising(host: Host, incident: str = INCIDENT) -> failover_pb2.PromiseSilenceRequest:
    return failover_pb2.PromiseSilenceRequest(node_uid=host.uid, incident=incident)


async def test_a_copy_promises_only_what_etcd_shows_and_tells_its_last_acknowledgement(
    site: Site, host: Host, etcd: EtcdServer
) -> None:
    failover = site.service(failover_pb2_grpc.FailoverServiceStub, "cluster")
    await host.beat()
    with pytest.raises(RemoteRefusal) as refused:
        await failover.call("PromiseSilence", promising(host))
    assert (refused.value.code, refused.value.reason) == ("FAILED_PRECONDITION", "NOT_FENCED")
    await fence(etcd, host)
    with pytest.raises(RemoteRefusal) as refused:
        await failover.call("PromiseSilence", promising(host, "incidents/other"))
    assert refused.value.reason == "NOT_FENCED"
    promised = await failover.call("PromiseSilence", promising(host))
    assert 0 < promised.last_acknowledgement_age.ToTimedelta().total_seconds() < 10
    assert promised.instance == "node-1"
    for stranger in ("vm", "image"):
        asking = site.service(failover_pb2_grpc.FailoverServiceStub, stranger)
        with pytest.raises(RemoteRefusal) as refused:
            await asking.call("PromiseSilence", promising(host))
        assert refused.value.code == "PERMISSION_DENIED"


@pytest.fixture
async def vm(site: Site, etcd: EtcdServer) -> AsyncIterator[VmDouble]:
    """A running vm service."""
    double = VmDouble()
    async with announced(site, etcd.endpoint, "vm", (CONFESSIONS, double)):
        yield double


async def _refused(attempt: Awaitable[Any]) -> RemoteRefusal:
    with pytest.raises(RemoteRefusal) as refused:
        await attempt
    return refused.value


async def _keys(etcd: EtcdServer, host: Host) -> tuple[bool, bool]:
    """Whether etcd holds a session and a fence of the host."""
    async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client:
        session, fenced = (
            await client.get(session_key(host.uid)),
            await client.get(fenced_key(host.uid)),
        )
    return session is not None, fenced is not None


async def test_a_fenced_host_confesses_and_its_session_and_fence_change_places(
    site: Site, host: Host, etcd: EtcdServer, vm: VmDouble
) -> None:
    await host.beat()
    await fence(etcd, host)
    failover = site.service(failover_pb2_grpc.FailoverServiceStub, "cluster")
    await failover.call("PromiseSilence", promising(host))
    refused = await _refused(host.beat())
    assert (refused.reason, refused.facts["incident"]) == ("NODE_FENCED", INCIDENT)
    vm.epochs = {KEPT: 4}

    answer = await host.register(protected_machines=machines({KEPT: 4}))
    assert answer.was_fenced
    assert [(e.vm_uid, e.keep, e.run_epoch) for e in answer.confessed] == [(KEPT, True, 5)]
    assert (vm.heard[-1].node_uid, vm.heard[-1].incident) == (host.uid, INCIDENT)
    assert await _keys(etcd, host) == (True, False)
    assert (await host.beat()).session_epoch == answer.session_epoch
    assert not (await host.register(protected_machines=machines({KEPT: 5}))).was_fenced


async def test_a_fence_stands_while_a_machine_lives_that_may_run_elsewhere(
    host: Host, etcd: EtcdServer, vm: VmDouble
) -> None:
    """The refusal names it, so that it dies first, whatever becomes of the answer."""
    await host.beat()
    await fence(etcd, host)
    vm.epochs = {KEPT: 4, MOVED: 9}
    for _ in range(2):
        refused = await _refused(host.register(protected_machines=machines({KEPT: 4, MOVED: 8})))
        assert (refused.reason, refused.facts["kill"]) == ("NODE_FENCED", MOVED)
        assert await _keys(etcd, host) == (False, True)
        assert (await _refused(host.beat())).reason == "NODE_FENCED"

    answer = await host.register(protected_machines=machines({KEPT: 4}))
    assert [each.vm_uid for each in answer.confessed] == [KEPT]


async def test_nobody_comes_back_unconfessed(host: Host, etcd: EtcdServer) -> None:
    """Not even without living machines: what died there must not pass for a current start."""
    await host.beat()
    await fence(etcd, host)
    refused = await _refused(host.register())
    assert refused.code == "UNAVAILABLE"
    assert await _keys(etcd, host) == (False, True)


async def test_an_intended_fence_stands_in_the_next_life_of_etcd(
    site: Site, host: Host, etcd: EtcdServer, vm: VmDouble, eventually: Eventually
) -> None:
    """Also where the old one was lost before the node's row said FENCED, or before the fence."""
    failover = site.service(failover_pb2_grpc.FailoverServiceStub, "cluster")
    intended = failover_pb2.IntendFenceRequest(node_uid=host.uid, incident=INCIDENT)
    for _ in range(2):
        await failover.call("IntendFence", intended)
    other = failover_pb2.IntendFenceRequest(node_uid=host.uid, incident="incidents/other")
    refused = await _refused(failover.call("IntendFence", other))
    assert (refused.reason, refused.facts["incident"]) == ("ANOTHER_INCIDENT", INCIDENT)
    await host.beat()
    await asyncio.to_thread(etcd.empty)
    await asyncio.to_thread(etcd.start)

    async def fenced() -> bool:
        return (await _keys(etcd, host)) == (False, True)

    await eventually(fenced, within=60)
    assert (await _refused(host.beat())).reason == "NODE_FENCED"

    async def back() -> bool:
        return bool((await host.register()).was_fenced)

    await eventually(back, within=60)
    assert await site.scalar("select count(*) from fence_intents") == 0
    assert await _keys(etcd, host) == (True, False)


async def test_an_intent_is_taken_back(site: Site, host: Host) -> None:
    failover = site.service(failover_pb2_grpc.FailoverServiceStub, "cluster")
    for incident in (INCIDENT, "incidents/other"):
        about = {"node_uid": host.uid, "incident": incident}
        await failover.call("IntendFence", failover_pb2.IntendFenceRequest(**about))
        for named in ("incidents/unheard-of", incident):
            assert await site.scalar("select count(*) from fence_intents") == 1
            about["incident"] = named
            await failover.call("WithdrawFence", failover_pb2.WithdrawFenceRequest(**about))
    assert await site.scalar("select count(*) from fence_intents") == 0


async def test_fences_outlive_a_life_of_etcd(
    site: Site, host: Host, etcd: EtcdServer, eventually: Eventually
) -> None:
    await host.beat()
    await fence(etcd, host)

    async def fenced() -> bool:
        user = site.user(node_pb2_grpc.NodeServiceStub)
        node = await user.call("GetNode", node_pb2.GetNodeRequest(name="nodes/h1"))
        return bool(node.phase == node_pb2.Node.PHASE_FENCED)

    await eventually(fenced)
    await asyncio.to_thread(etcd.empty)
    await asyncio.to_thread(etcd.start)

    async def still_fenced() -> bool:
        try:
            await host.beat()
        except RemoteRefusal as refusal:
            return refusal.reason == "NODE_FENCED"
        raise AssertionError("a fenced host was acknowledged")

    await eventually(still_fenced, within=30)


async def test_beats_bring_the_member_set_until_it_is_kept_and_the_open_incidents(
    site: Site, host: Host, etcd: EtcdServer, tmp_path: Path, eventually: Eventually
) -> None:
    other = Host(site, tmp_path, "h2")
    await other.join((await a_token(site)).secret, addresses=[GUARDIAN])
    await site.execute("update nodes set cluster = 'clusters/a'")
    told: Any = None

    async def both() -> bool:
        nonlocal told
        told = await host.beat()
        return {each.uid for each in told.member_set.members} == {host.uid, other.uid}

    await eventually(both)
    kept = {
        "member_set_site_term": told.member_set.site_term,
        "member_set_version": told.member_set.version,
    }
    assert not (await host.beat(**kept)).HasField("member_set")
    failover = site.service(failover_pb2_grpc.FailoverServiceStub, "cluster")
    asking = failover_pb2.ListMemberSetsRequest(node_uid=host.uid)

    async def held() -> list[int]:
        found = await failover.call("ListMemberSets", asking)
        return [each.version for each in found.member_sets]

    async def noted() -> bool:
        return await held() == [told.member_set.version]

    await eventually(noted)
    user = site.user(node_pb2_grpc.NodeServiceStub)
    await user.call("EnterMaintenance", node_pb2.EnterMaintenanceRequest(name="nodes/h2"))

    async def alone() -> bool:
        answer = await host.beat(**kept)
        return [each.uid for each in answer.member_set.members] == [host.uid]

    await eventually(alone)
    # It has not said that it keeps the new set: it may hold either.
    assert len(await held()) == 2

    await fence(etcd, other)

    async def listed() -> bool:
        found = (await host.beat(**kept)).open_incidents
        assert found.revision > 0
        return [(each.incident, each.node_uid) for each in found.incidents] == [
            (INCIDENT, other.uid)
        ]

    await eventually(listed)
