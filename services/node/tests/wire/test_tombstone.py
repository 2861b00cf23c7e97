"""Removed hosts: refused, let in again, forgotten; inventories asked for."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from quantix.node.v1 import node_pb2, node_pb2_grpc, tombstone_pb2, tombstone_pb2_grpc
from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.keys import session_key
from qvdc_rpc.status import RemoteRefusal
from qvdc_testing.etcd import EtcdServer
from tests.node_testing.host import Host, a_token
from tests.node_testing.site import Site

Eventually = Callable[..., Awaitable[None]]


@pytest.fixture
async def host(site: Site, tmp_path: Path, eventually: Eventually) -> Host:
    """A host that has joined."""
    made = Host(site, tmp_path)
    secret = (await a_token(site)).secret

    async def joined() -> bool:
        return bool((await made.join(secret)).certificate_pem)

    await eventually(joined)
    return made


async def decommission(site: Site, **fields: Any) -> None:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    request = node_pb2.DecommissionNodeRequest(name="nodes/h1", reason="worn out", **fields)
    await user.call("DecommissionNode", request)


async def refused(attempt: Awaitable[Any]) -> RemoteRefusal:
    with pytest.raises(RemoteRefusal) as told:
        await attempt
    return told.value


async def test_a_readmitted_host_is_its_old_node_again_without_a_token(
    site: Site, host: Host
) -> None:
    await decommission(site)
    refusal = await refused(host.register())
    assert refusal.reason == "NODE_REMOVED"
    assert refusal.retry_after is not None
    assert refusal.retry_after.total_seconds() == 600
    stones = site.user(tombstone_pb2_grpc.TombstoneServiceStub)
    listed = await stones.call("ListTombstones", tombstone_pb2.ListTombstonesRequest(query="h1"))
    (stone,) = listed.tombstones
    assert (stone.machine_uuid, stone.node_id) == (host.uid, "h1")
    assert (stone.reason, stone.removed_by, stone.readmitted) == ("worn out", "user:ann", False)

    readmitting = tombstone_pb2.ReadmitTombstoneRequest(name=stone.name)
    assert (await stones.call("ReadmitTombstone", readmitting)).readmitted
    assert (await stones.call("ReadmitTombstone", readmitting)).readmitted
    assert (await host.register(hostname="other")).node == "nodes/h1"
    gone = tombstone_pb2.GetTombstoneRequest(name=stone.name)
    assert (await refused(stones.call("GetTombstone", gone))).reason == "NOT_FOUND"


async def test_a_forgotten_host_is_a_stranger(site: Site, host: Host) -> None:
    await decommission(site)
    stones = site.user(tombstone_pb2_grpc.TombstoneServiceStub)
    name = f"tombstones/{host.uid}"
    reader = site.user(tombstone_pb2_grpc.TombstoneServiceStub, "node.read")
    deleting = tombstone_pb2.DeleteTombstoneRequest(name=name)
    assert (await refused(reader.call("DeleteTombstone", deleting))).code == "PERMISSION_DENIED"
    await stones.call("DeleteTombstone", deleting)
    assert (await refused(stones.call("DeleteTombstone", deleting))).reason == "NOT_FOUND"
    assert (await refused(host.register())).reason == "TOKEN_INVALID"
    assert (await host.join((await a_token(site)).secret)).node == "nodes/h1"


async def test_force_is_for_the_dead(
    site: Site, host: Host, etcd: EtcdServer, eventually: Eventually
) -> None:
    await host.beat()
    await site.execute("insert into placements values ('vms/a', 'nodes/h1', 'RUNNING')")
    refusal = await refused(decommission(site))
    assert (refusal.reason, refusal.facts["machines"]) == ("NODE_HAS_VMS", "vms/a")
    await site.execute("delete from placements")
    await site.execute("update nodes set cluster = 'clusters/a'")
    assert (await refused(decommission(site))).reason == "IN_USE"
    assert (await refused(decommission(site, force=True))).reason == "NODE_ALIVE"
    async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client:
        await client.delete(session_key(host.uid))
    await site.execute("update nodes set phase = 'OFFLINE', phase_reason = 'SESSION_LOST'")
    await decommission(site, force=True, validate_only=True)
    await decommission(site, force=True)
    assert (await refused(host.register())).reason == "NODE_REMOVED"


async def test_the_inventory_is_asked_for_until_it_comes(
    site: Site, host: Host, eventually: Eventually
) -> None:
    assert not (await host.beat()).request_full_sync
    user = site.user(node_pb2_grpc.NodeServiceStub)
    await user.call("RefreshInventory", node_pb2.RefreshInventoryRequest(name="nodes/h1"))

    async def asked() -> bool:
        return bool((await host.beat()).request_full_sync)

    await eventually(asked)
    await host.register()

    async def enough() -> bool:
        return not (await host.beat()).request_full_sync

    await eventually(enough)
