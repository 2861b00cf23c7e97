"""What a failover and a fenced host meet on the wire (PROTOCOLS 2 to 5)."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from quantix.claim.v1 import failover_pb2, failover_pb2_grpc
from quantix.host.v1 import session_pb2
from quantix.node.v1 import node_pb2, node_pb2_grpc
from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.keys import fenced_key, session_key
from qvdc_rpc.status import RemoteRefusal
from qvdc_testing.etcd import EtcdServer
from tests.node_testing.host import Host, a_token
from tests.node_testing.site import Site

Eventually = Callable[..., Awaitable[None]]
INCIDENT = "incidents/i1"
GUARDIAN = node_pb2.NodeAddress(ip="10.0.0.7", port=7444, purpose="PURPOSE_GUARDIAN")
PROTECTED = session_pb2.ProtectedMachine(vm_uid="33333333-0000-0000-0000-000000000000", run_epoch=1)


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


async def test_a_fenced_host_comes_back_when_nothing_protected_lives_on_it(
    site: Site, host: Host, etcd: EtcdServer
) -> None:
    await host.beat()
    await fence(etcd, host)
    failover = site.service(failover_pb2_grpc.FailoverServiceStub, "cluster")
    await failover.call("PromiseSilence", promising(host))
    for attempt in (host.beat(), host.register(protected_machines=[PROTECTED])):
        with pytest.raises(RemoteRefusal) as refused:
            await attempt
        assert refused.value.reason == "NODE_FENCED"
        assert refused.value.facts["incident"] == INCIDENT

    answer = await host.register()
    assert answer.was_fenced
    assert not answer.confessed
    assert (await host.beat()).session_epoch == answer.session_epoch
    async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client:
        assert await client.get(fenced_key(host.uid)) is None
        assert await client.get(session_key(host.uid)) is not None
    assert not (await host.register()).was_fenced


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
