"""Logs of hosts: passed on from the host's agent, with its refusals (ND-7)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

from quantix.agent.v1 import host_log_pb2, host_log_pb2_grpc
from quantix.node.v1 import node_log_pb2, node_log_pb2_grpc, node_pb2
from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.keys import session_key
from qvdc_rpc.status import RemoteRefusal
from qvdc_testing.etcd import EtcdServer
from tests.node_testing.host import Host, a_token
from tests.node_testing.site import Site

Eventually = Callable[..., Awaitable[None]]


class Agent(host_log_pb2_grpc.HostLogServiceServicer):
    """An agent with a log of three lines."""

    def __init__(self) -> None:
        self.asked: list[host_log_pb2.ReadHostLogRequest] = []

    async def ReadHostLog(  # noqa: N802 - the contract's name
        self, request: host_log_pb2.ReadHostLogRequest, _: Any
    ) -> host_log_pb2.ReadHostLogResponse:
        """Answer the same to everybody."""
        self.asked.append(request)
        return host_log_pb2.ReadHostLogResponse(lines=["one", "two"], truncated=True)


@pytest.fixture
async def host(site: Site, tmp_path: Path, eventually: Eventually) -> Host:
    """A host that has joined and beats."""
    made = Host(site, tmp_path)
    secret = (await a_token(site)).secret

    async def alive() -> bool:
        if not made.epoch:
            await made.join(secret)
        return bool((await made.beat()).session_epoch)

    await eventually(alive)
    return made


@pytest.fixture
async def agent(host: Host) -> AsyncIterator[Agent]:
    """The host's agent, registered where it serves."""
    made, server = Agent(), grpc.aio.server()
    host_log_pb2_grpc.add_HostLogServiceServicer_to_server(made, server)
    port = server.add_secure_port(
        "127.0.0.1:0",
        grpc.ssl_server_credentials(
            [(host.files.key.read_bytes(), host.files.cert.read_bytes())],
            root_certificates=host.files.ca.read_bytes(),
            require_client_auth=True,
        ),
    )
    await server.start()
    address = node_pb2.NodeAddress(ip="127.0.0.1", port=port, purpose="PURPOSE_AGENT")
    await host.register(addresses=[address])
    yield made
    await server.stop(None)


async def fetch(site: Site, *permissions: str, **fields: Any) -> Any:
    reader = site.user(node_log_pb2_grpc.NodeLogServiceStub, *(permissions or ("node.logs",)))
    request = node_log_pb2.GetNodeLogRequest(**{"name": "nodes/h1", **fields})
    return await reader.call("GetNodeLog", request)


async def test_nd_7_a_log_is_read_from_the_host(site: Site, agent: Agent) -> None:
    log = await fetch(site, process="PROCESS_GUARDIAN", line_count=2, contains="o")

    assert (list(log.lines), log.truncated, log.name) == (["one", "two"], True, "nodes/h1")
    asked = agent.asked[0]
    assert asked.process == host_log_pb2.ReadHostLogRequest.PROCESS_GUARDIAN
    assert (asked.line_count, asked.contains) == (2, "o")
    await fetch(site)
    assert agent.asked[1].line_count == 200


async def test_who_may_not_or_asks_for_nobody_is_refused(site: Site, host: Host) -> None:
    for permissions, name, code in (
        (("node.read",), "nodes/h1", "PERMISSION_DENIED"),
        (("node.logs",), "nodes/h7", "NOT_FOUND"),
    ):
        with pytest.raises(RemoteRefusal) as refused:
            await fetch(site, *permissions, name=name)
        assert refused.value.code == code


async def test_a_host_without_a_session_is_not_asked(
    site: Site, agent: Agent, host: Host, etcd: EtcdServer, eventually: Eventually
) -> None:
    async def silent() -> bool:
        try:
            await fetch(site)
        except RemoteRefusal as refused:
            return refused.reason == "NODE_SILENT"
        return False

    async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client:
        await client.delete(session_key(host.uid))
    await eventually(silent)
