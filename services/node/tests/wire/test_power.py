"""Restarting hosts and turning them off (ND-7): refused, done when seen, failed with a reason."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

from quantix.agent.v1 import host_power_pb2, host_power_pb2_grpc
from quantix.node.v1 import node_pb2, node_pb2_grpc, node_power_pb2, node_power_pb2_grpc
from quantix.operation.v1 import operation_pb2, operation_pb2_grpc
from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.keys import session_key
from qvdc_rpc.status import RemoteRefusal
from qvdc_testing.etcd import EtcdServer
from tests.node_testing.host import Host, a_token
from tests.node_testing.site import Site

Eventually = Callable[..., Awaitable[None]]
SUCCEEDED, FAILED = operation_pb2.Operation.STATE_SUCCEEDED, operation_pb2.Operation.STATE_FAILED


class Agent(host_power_pb2_grpc.HostPowerServiceServicer):
    """An agent that does as it is told, or says no."""

    def __init__(self) -> None:
        self.asked: list[host_power_pb2.ActOnPowerRequest] = []
        self.says_no = False

    async def ActOnPower(  # noqa: N802 - the contract's name
        self, request: host_power_pb2.ActOnPowerRequest, context: Any
    ) -> host_power_pb2.ActOnPowerResponse:
        """Note what was asked."""
        self.asked.append(request)
        if self.says_no:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "no such command")
        return host_power_pb2.ActOnPowerResponse(boot_id=request.boot_id)


@pytest.fixture
async def host(site: Site, tmp_path: Path, eventually: Eventually) -> Host:
    """A host that has joined and is READY."""
    made = Host(site, tmp_path)
    secret = (await a_token(site)).secret

    async def ready() -> bool:
        if not made.epoch:
            await made.join(secret)
        await made.beat()
        return bool((await node_of(site)).phase == node_pb2.Node.PHASE_READY)

    await eventually(ready)
    return made


@pytest.fixture
async def agent(site: Site, host: Host) -> AsyncIterator[Agent]:
    """The host's agent, registered where it serves."""
    made, server = Agent(), grpc.aio.server()
    host_power_pb2_grpc.add_HostPowerServiceServicer_to_server(made, server)
    port = server.add_secure_port(
        "127.0.0.1:0",
        grpc.ssl_server_credentials(
            [(host.files.key.read_bytes(), host.files.cert.read_bytes())],
            root_certificates=host.files.ca.read_bytes(),
            require_client_auth=True,
        ),
    )
    await server.start()
    await host.register(addresses=_at(port))
    yield made
    await server.stop(None)


def _at(port: int) -> list[node_pb2.NodeAddress]:
    return [node_pb2.NodeAddress(ip="127.0.0.1", port=port, purpose="PURPOSE_AGENT")]


async def node_of(site: Site) -> Any:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    return await user.call("GetNode", node_pb2.GetNodeRequest(name="nodes/h1"))


async def begin(site: Site, verb: str, **fields: Any) -> Any:
    user = site.user(node_power_pb2_grpc.NodePowerServiceStub)
    request = getattr(node_power_pb2, f"{verb}Request")(name="nodes/h1", **fields)
    return await user.call(verb, request)


async def operation(site: Site, name: str) -> Any:
    user = site.user(operation_pb2_grpc.OperationServiceStub)
    return await user.call("GetOperation", operation_pb2.GetOperationRequest(name=name))


def in_state(site: Site, name: str, state: int, host: Host | None = None) -> Any:
    async def reached() -> bool:
        if host is not None:
            await host.beat()
        return bool((await operation(site, name)).state == state)

    return reached


async def refused(attempt: Awaitable[Any]) -> RemoteRefusal:
    with pytest.raises(RemoteRefusal) as told:
        await attempt
    return told.value


async def test_nd_7_running_machines_refuse_it_unless_their_number_is_repeated(
    site: Site, host: Host, agent: Agent, eventually: Eventually
) -> None:
    await site.execute("insert into placements values ('vms/web-1', 'nodes/h1', 'RUNNING')")
    await site.execute("insert into placements values ('vms/old', 'nodes/h1', 'STOPPED')")
    for fields in ({}, {"force": True}, {"force": True, "machine_count": 2}):
        no = await refused(begin(site, "RebootNode", **fields))
        assert (no.code, no.reason) == ("FAILED_PRECONDITION", "NODE_HAS_RUNNING_VMS")
        assert (no.facts["count"], no.facts["machines"]) == ("1", "vms/web-1")
    started = await begin(site, "RebootNode", force=True, machine_count=1)

    async def asked() -> bool:
        await host.beat()
        return bool(agent.asked)

    await eventually(asked)
    assert agent.asked[0].machine_count == 1
    busy = await refused(begin(site, "ShutdownNode", force=True, machine_count=1))
    assert (busy.code, busy.reason, busy.facts["operation"]) == ("ABORTED", "BUSY", started.name)


async def test_nd_7_a_reboot_has_happened_when_a_new_boot_registered(
    site: Site, host: Host, agent: Agent, eventually: Eventually, etcd: EtcdServer
) -> None:
    before = host.boot_id
    started = await begin(site, "RebootNode")

    async def told() -> bool:
        await host.beat()
        return bool((await operation(site, started.name)).stage == "restarting")

    await eventually(told, within=30)
    asked = agent.asked[0]
    assert asked.action == host_power_pb2.ActOnPowerRequest.ACTION_REBOOT
    assert (asked.boot_id, asked.fence.loop) == (before, "node-power")

    async def not_ready() -> bool:
        node = await node_of(site)
        return bool(node.phase_reason == "HOST_POWER")

    await eventually(not_ready, within=30)
    async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client:
        await client.delete(session_key(host.uid))
    assert (await operation(site, started.name)).state != SUCCEEDED
    host.boot_id, host.instance, host.sequence = str(uuid.uuid4()), 1, 0
    await host.register()
    await eventually(in_state(site, started.name, SUCCEEDED, host), within=30)

    async def ready() -> bool:
        await host.beat()
        return bool((await node_of(site)).phase == node_pb2.Node.PHASE_READY)

    await eventually(ready, within=30)


async def test_nd_7_a_shutdown_has_happened_when_the_host_confirmed_and_is_silent(
    site: Site, host: Host, agent: Agent, eventually: Eventually
) -> None:
    started = await begin(site, "ShutdownNode")
    await eventually(in_state(site, started.name, SUCCEEDED), within=40)
    assert agent.asked[0].action == host_power_pb2.ActOnPowerRequest.ACTION_POWER_OFF
    node = await node_of(site)
    assert "HostPower" not in {each.type for each in node.conditions}


async def test_nd_7_a_host_that_says_no_fails_the_operation_and_one_that_is_silent_refuses_it(
    site: Site, host: Host, agent: Agent, eventually: Eventually
) -> None:
    agent.says_no = True
    started = await begin(site, "RebootNode")
    await eventually(in_state(site, started.name, FAILED, host), within=30)
    assert "no such command" in (await operation(site, started.name)).error.message

    async def silent() -> bool:
        return bool((await node_of(site)).phase == node_pb2.Node.PHASE_OFFLINE)

    await eventually(silent, within=40)
    no = await refused(begin(site, "RebootNode"))
    assert (no.code, no.reason) == ("FAILED_PRECONDITION", "NODE_SILENT")
