"""The whole service, in process, by its own certificate and ports."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from quantix.event.v1 import event_pb2
from quantix.host.v1 import port_sync_pb2, port_sync_pb2_grpc
from quantix.network.v1 import network_pb2, network_pb2_grpc, port_pb2, port_pb2_grpc
from quantix.operation.v1 import operation_pb2
from qvdc_core.errors import Kind
from qvdc_network.app import build
from qvdc_network.settings import Settings
from qvdc_rpc.access import list_rpcs
from qvdc_rpc.process import Process
from qvdc_rpc.status import RemoteRefusal
from qvdc_testing.etcd import EtcdServer
from qvdc_testing.pki import Pki
from qvdc_testing.postgresql import TestDatabase
from qvdc_testing.wire import Callers, Client, local_wire
from tests.network_testing.ovn import OvnCentral

NODE = "00000000-0000-4000-a000-000000000001"
REQUEST = "11111111-1111-4111-8111-111111111111"
Network = network_pb2.Network
Port = port_pb2.Port


@dataclass
class Wired:
    """A running service and who may call it."""

    networks: Client
    ports: Client
    vm: Client
    host: Client
    callers: Callers
    pki: Pki
    central: OvnCentral


@pytest.fixture
async def wired(
    postgresql: TestDatabase, etcd: EtcdServer, central: OvnCentral, pki: Pki
) -> AsyncIterator[Wired]:
    """The service with its stores."""
    own = pki.service("network")
    settings = Settings(
        database_url=postgresql.url("qvdc_network"),
        database_admin_url=postgresql.admin_url,
        etcd_endpoints=etcd.endpoint,
        cert_file=own.cert_file,
        key_file=own.key_file,
        ca_file=own.ca_file,
        assertion_jwks=pki.assertion_jwks_file,
        ovn_northbound=central.nb,
        ovn_southbound=central.sb,
    )
    process = build(settings, local_wire(pki, "network"))
    async with process.running():
        callers = Callers(process, pki)
        wired = Wired(
            callers.user(network_pb2_grpc.NetworkServiceStub),
            callers.user(port_pb2_grpc.PortServiceStub),
            callers.service(port_pb2_grpc.PortServiceStub, "vm"),
            callers.node(port_sync_pb2_grpc.PortSyncServiceStub, NODE),
            callers,
            pki,
            central,
        )
        await until_ready(process)
        yield wired
        await callers.close()


async def until_ready(process: Process) -> None:
    """Wait until the stores are there and the schema is current."""
    for _ in range(300):
        verdict = await process.readiness.check()
        if verdict.ready:
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"never ready: {verdict.away}")


def a_network(**values: Any) -> Network:
    """An overlay network as a client asks for it."""
    asked: dict[str, Any] = {
        "type": Network.TYPE_OVERLAY,
        "ipv4": network_pb2.Subnet(cidr="10.20.0.0/24"),
    }
    return Network(**(asked | values))


async def create(wired: Wired, network_id: str = "blue", **values: Any) -> Network:
    """Create a network; fields of the request by name, the rest are the network's."""
    request = {name: values.pop(name) for name in ("validate_only", "request_id") if name in values}
    asked = network_pb2.CreateNetworkRequest(
        network_id=network_id, network=a_network(**values), **request
    )
    made: Network = await wired.networks.call("CreateNetwork", asked)
    return made


async def refused(client: Client, method: str, request: object) -> RemoteRefusal:
    """The refusal of a call."""
    with pytest.raises(RemoteRefusal) as refusal:
        await client.call(method, request)
    return refusal.value


async def until(stream: AsyncIterator[Any], is_so: Any) -> Any:
    """The first item of a stream that is so."""
    async for item in stream:
        if is_so(item):
            return item
    pytest.fail("the stream ended")


async def test_a_network_and_its_ports_from_plan_to_removal(wired: Wired) -> None:
    planned = await create(wired, validate_only=True)
    assert planned.plan.summary.startswith("Makes networks/blue, an OVERLAY network")
    assert [row.table for row in planned.plan.rows] == ["Logical_Switch", "DHCP_Options"]
    assert "router=10.20.0.1" in planned.plan.rows[1].columns["options"]

    made = await create(wired)
    assert (made.phase, made.mtu, made.ipv4.gateway) == (Network.PHASE_PENDING, 1442, "10.20.0.1")
    assert made.dhcp.enabled
    watch = wired.networks.stream("WatchNetworks", network_pb2.WatchNetworksRequest())
    ready = await until(watch, lambda item: item.network.phase == Network.PHASE_READY)
    assert ready.network.HasField("observe_time")

    asked = port_pb2.CreatePortRequest(
        port_id="web-1-nic0",
        port=Port(network="networks/blue", owner="vms/web-1", owner_uid="u", hostname="web-1"),
    )
    port = await wired.vm.call("CreatePort", asked)
    assert list(port.fixed_ips) == ["10.20.0.2"]
    assert (await wired.vm.call("CreatePort", asked)).uid == port.uid
    ports = wired.vm.stream("WatchPorts", port_pb2.WatchPortsRequest())
    await until(ports, lambda item: item.port.status == Port.STATUS_BUILD)
    wired.central.sbctl("chassis-add", "c1", "geneve", "127.0.0.1")
    wired.central.sbctl("lsp-bind", port.uid, "c1")
    await wired.host.call(
        "ReportPorts",
        port_sync_pb2.ReportPortsRequest(
            node_uid=NODE,
            chassis="c1",
            ports=[port_sync_pb2.PluggedPort(port_uid=port.uid, interface="vnet0", link_up=True)],
        ),
    )
    active = await until(ports, lambda item: item.port.status == Port.STATUS_ACTIVE)
    assert (active.port.node_uid, active.port.bound) == (NODE, True)

    seen = await wired.networks.call("GetNetwork", name_of(network_pb2.GetNetworkRequest))
    counts = seen.addresses
    assert (counts.total_count, counts.used_count) == (254, 1)
    assert (counts.reserved_count, counts.free_count, seen.port_count) == (1, 252, 1)
    addresses = await wired.networks.call(
        "ListNetworkAddresses", name_of(network_pb2.ListNetworkAddressesRequest)
    )
    assert [(each.address, each.owner) for each in addresses.addresses] == [
        ("10.20.0.2", "vms/web-1")
    ]
    gone = name_of(network_pb2.DeleteNetworkRequest)
    assert (await refused(wired.networks, "DeleteNetwork", gone)).reason == "IN_USE"
    await wired.vm.call("DeletePort", port_pb2.DeletePortRequest(name="ports/web-1-nic0"))
    await wired.networks.call("DeleteNetwork", gone)
    await until(watch, lambda item: item.kind == event_pb2.WATCH_KIND_DELETED)
    assert wired.central.nbctl("ls-list") == ""


def name_of(request: Any) -> Any:
    """A request about blue."""
    return request(name="networks/blue")


async def test_updates_follow_masks_and_etags(wired: Wired) -> None:
    made = await create(wired, description="x", labels={"a": "b"})

    async def update(network: Network, *paths: str, **values: Any) -> Network:
        network.name = "networks/blue"
        mask = FieldMask(paths=paths) if paths else None
        changed: Network = await wired.networks.call(
            "UpdateNetwork",
            network_pb2.UpdateNetworkRequest(network=network, update_mask=mask, **values),
        )
        return changed

    changed = await update(Network(mtu=1300, etag=made.etag))
    assert (changed.mtu, changed.description, changed.generation) == (1300, "x", 2)
    cleared = await update(Network(), "labels", "description", "dhcp.domain", "mtu")
    assert (cleared.mtu, cleared.description, dict(cleared.labels)) == (1442, "", {})
    planned = await update(Network(mtu=1200), "mtu", validate_only=True)
    assert planned.plan.summary.startswith("Changes networks/blue on OVN")
    for network, paths, reason in (
        (Network(mtu=1, etag=made.etag), ["mtu"], "INVALID_ARGUMENT"),
        (Network(mtu=1200, etag=made.etag), ["mtu"], "ETAG_MISMATCH"),
        (Network(), ["no_such"], "UNKNOWN_FIELD"),
        (Network(type=Network.TYPE_ISOLATED), ["type"], "INVALID_ARGUMENT"),
    ):
        with pytest.raises(RemoteRefusal) as refusal:
            await update(network, *paths)
        assert refusal.value.reason == reason


async def test_wrong_requests_are_refused_with_reason_and_field(wired: Wired) -> None:
    await create(wired, request_id=REQUEST)
    assert (await create(wired, request_id=REQUEST)).name == "networks/blue"
    cases: list[tuple[dict[str, Any], Kind, str]] = [
        ({"mtu": 1300, "request_id": REQUEST}, Kind.INVALID, "IDEMPOTENCY_KEY_REUSED"),
        ({}, Kind.EXISTS, "NAME_TAKEN"),
        ({"type": Network.TYPE_UNSPECIFIED}, Kind.INVALID, "INVALID_ARGUMENT"),
        (
            {"type": Network.TYPE_VLAN, "vlan_id": 7, "switch": "switches/a"},
            Kind.PRECONDITION,
            "DRIVER_UNSUPPORTED",
        ),
        ({"ipv4": network_pb2.Subnet(cidr="10.0.0.1/8")}, Kind.INVALID, "INVALID_ARGUMENT"),
    ]
    for values, kind, reason in cases:
        with pytest.raises(RemoteRefusal) as refusal:
            await create(wired, **values)
        assert (refusal.value.kind, refusal.value.reason) == (kind, reason)
    assert [each.field for each in refusal.value.fields] == ["network.ipv4.cidr"]
    missing = network_pb2.GetNetworkRequest(name="networks/none")
    assert (await refused(wired.networks, "GetNetwork", missing)).kind is Kind.NOT_FOUND


async def test_only_those_who_may_are_answered(wired: Wired) -> None:
    await create(wired)
    reader = wired.callers.user(network_pb2_grpc.NetworkServiceStub, permissions=("network.read",))
    assert await reader.call("GetNetwork", name_of(network_pb2.GetNetworkRequest))
    gone = name_of(network_pb2.DeleteNetworkRequest)
    assert (await refused(reader, "DeleteNetwork", gone)).kind is Kind.DENIED
    service = wired.callers.service(network_pb2_grpc.NetworkServiceStub, "vm")
    assert await service.call("ListNetworks", network_pb2.ListNetworksRequest())
    assert (await refused(service, "DeleteNetwork", gone)).kind is Kind.DENIED
    other = port_sync_pb2.ReportPortsRequest(
        node_uid="00000000-0000-4000-a000-000000000002", chassis="c"
    )
    assert (await refused(wired.host, "ReportPorts", other)).kind is Kind.DENIED


async def test_json_gets_the_same_answer_and_unknown_fields_are_refused(wired: Wired) -> None:
    await create(wired)
    assertion = wired.pki.assertion(audience="network", permissions=("network.read",))
    path = "/quantix.network.v1.NetworkService/GetNetwork"
    answer = await wired.callers.post_json(path, {"name": "networks/blue"}, assertion=assertion)
    assert answer.json()["ipv4"] == {"cidr": "10.20.0.0/24", "gateway": "10.20.0.1"}
    wrong = await wired.callers.post_json(
        path, {"name": "networks/blue", "colour": 1}, assertion=assertion
    )
    assert wrong.status_code == 400
    assert wrong.json()["message"] == "Unknown field: colour."


async def test_every_declared_method_is_served_and_has_an_access_rule(wired: Wired) -> None:
    files = (network_pb2, port_pb2, port_sync_pb2, operation_pb2, event_pb2)
    for rpc in (rpc for file in files for rpc in list_rpcs(file.DESCRIPTOR)):
        assert rpc.access is not None, rpc

    def generic(channel: grpc.aio.Channel) -> Any:
        return _AnyStub(channel)

    client = wired.callers.user(generic)
    unary = [
        f"/{rpc.descriptor.containing_service.full_name}/{rpc.descriptor.name}"
        for file in files
        for rpc in list_rpcs(file.DESCRIPTOR)
        if not rpc.descriptor.server_streaming
    ]
    unserved = [path for path in unary if await kind_of(client, path) is Kind.UNIMPLEMENTED]
    assert (len(unary), unserved) == (16, [])


async def kind_of(client: Client, path: str) -> Kind | None:
    """How an empty request is refused; None for an answer."""
    try:
        await client.call(path, b"")
    except RemoteRefusal as refusal:
        return refusal.kind
    return None


class _AnyStub:
    """Calls any path with raw bytes."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel

    def __getattr__(self, path: str) -> Any:
        return self._channel.unary_unary(path)
