"""A hundred registrations of one host at once, over two copies of the node service (RG-2, S-A)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import grpc.aio
import pytest
from tests.mesh.crowd import REGISTER_WITHIN, CrowdHost
from tests.mesh.simulated import NODES, TOKENS
from tests.mesh.site import Copy, Site

from quantix.host.v1 import session_pb2
from quantix.host.v1.session_pb2_grpc import SessionServiceStub
from qvdc_lab.control_plane.services import secrets_folder
from qvdc_rpc.dial import call, dial
from qvdc_rpc.tls import service_name

AT_ONCE = 100
Answers = list[session_pb2.RegisterResponse]


@pytest.fixture
def copies(site: Site) -> Iterator[list[Copy]]:
    """Two copies of the node service; the second goes away again."""
    second = site.start("node", 2)
    try:
        site.wait_ready(second)
        yield [site.copies["node-1"], second]
    finally:
        site.stop(second)
        del site.copies[second.instance]


async def _joined(site: Site, host: CrowdHost, secret: str) -> Answers:
    """Let a host that has no certificate yet join, many times at once."""
    ca_pem = (secrets_folder(site.lab) / "node/ca.pem").read_bytes()
    credentials = grpc.ssl_channel_credentials(ca_pem)
    options = (("grpc.ssl_target_name_override", service_name("node")),)
    enrol = f"127.0.0.1:{site.enrol_port}"
    async with grpc.aio.secure_channel(enrol, credentials, options) as channel:
        stub: Any = SessionServiceStub(channel)
        asked = [
            call(stub.Register, host.first(secret), timeout=REGISTER_WITHIN) for _ in range(AT_ONCE)
        ]
        return list(await asyncio.gather(*asked))


async def _returned(host: CrowdHost, copies: list[Copy]) -> Answers:
    """Let a host that has its certificate register many times at once, at every copy."""
    async with AsyncExitStack() as stack:
        stubs: list[Any] = []
        for copy in copies:
            way = dial(f"127.0.0.1:{copy.mesh_port}", name=service_name("node"), tls=host.tls)
            stubs.append(SessionServiceStub(await stack.enter_async_context(way)))
        asked = [
            call(stubs[number % len(stubs)].Register, host.registration(), timeout=REGISTER_WITHIN)
            for number in range(AT_ONCE)
        ]
        return list(await asyncio.gather(*asked))


@pytest.mark.timeout(300)
def test_rg_2_a_hundred_registrations_at_once_are_one_row_and_one_session_epoch(
    site: Site, copies: list[Copy]
) -> None:
    token = site.door.must(TOKENS + "CreateJoinToken", {"joinToken": {"maxUses": 1}})
    host = CrowdHost.made(site.folder / "at-once")

    joined = asyncio.run(_joined(site, host, token["secret"]))
    host.keep(joined[-1])
    returned = asyncio.run(_returned(host, copies))

    answers = [*joined, *returned]
    created = [each for each in answers if each.outcome == _CREATED]
    listed = site.door.must(NODES + "ListNodes", {"pageSize": 1000})["nodes"]
    rows = [each for each in listed if each["machineUuid"] == host.uid]
    assert len(answers) == 2 * AT_ONCE
    assert len(created) == 1
    assert {each.node for each in answers} == {row["name"] for row in rows}
    assert len(rows) == 1
    assert {each.session_epoch for each in answers} == {1}
    sessions = [key for key in site.keys(f"/quantix/nodes/{host.uid}/") if "session" in key]
    assert len(sessions) == 1
    site.door.must(NODES + "CordonNode", {"name": rows[0]["name"]})


_CREATED = session_pb2.RegisterResponse.OUTCOME_CREATED
