"""Connections that prove nothing: refused before any code of ours, or by name and with an event."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from quantix.host.v1 import session_pb2_grpc
from quantix.node.v1 import node_pb2, node_pb2_grpc
from qvdc_core.clock import ManualClock
from qvdc_db.database import Database
from qvdc_node.adapters.authority import NodeAuthority
from qvdc_node.store.authority import AuthorityRows
from qvdc_rpc.dial import call
from qvdc_rpc.status import RemoteRefusal
from qvdc_rpc.tls import TlsFiles
from qvdc_testing.pki import Pki
from tests.node_testing.host import Host, a_token
from tests.node_testing.site import WITHIN, Site

Eventually = Callable[..., Awaitable[None]]
REFUSED_BY_TLS = {"UNAVAILABLE"}


@pytest.fixture
async def host(site: Site, tmp_path: Path, eventually: Eventually) -> Host:
    """A host that has joined."""
    made = Host(site, tmp_path)
    secret = (await a_token(site)).secret

    async def joined() -> bool:
        return bool((await made.join(secret)).certificate_pem)

    await eventually(joined)
    return made


async def refused(attempt: Awaitable[Any]) -> RemoteRefusal:
    with pytest.raises(RemoteRefusal) as told:
        await attempt
    return told.value


async def test_an_expired_certificate_opens_nothing(site: Site, host: Host) -> None:
    settings = site.settings("test")
    database = Database(settings.database_url, schema="node")
    long_ago = ManualClock(datetime.now(UTC) - timedelta(days=40))
    authority = NodeAuthority(AuthorityRows(database), settings.sealing_key_file, long_ago)
    valid = (host.folder / "cert.pem").read_text()
    expired = await authority.sign_host(host.uid, host.signing_request())
    await database.close()
    (host.folder / "cert.pem").write_text(expired.pem)
    assert (await refused(host.beat())).code in REFUSED_BY_TLS
    (host.folder / "cert.pem").write_text(valid)
    assert (await host.beat()).session_epoch == 1


async def test_a_certificate_of_another_authority_opens_nothing(
    site: Site, host: Host, tmp_path: Path
) -> None:
    (tmp_path / "foreign").mkdir()
    foreign = Pki(tmp_path / "foreign").node(host.uid)
    files = TlsFiles(foreign.cert_file, foreign.key_file, host.files.ca)
    stranger = site.host(session_pb2_grpc.SessionServiceStub, files)
    assert (await refused(stranger.call("Register", host.registration()))).code in REFUSED_BY_TLS


async def test_a_connection_without_tls_is_refused(site: Site, host: Host) -> None:
    address = f"127.0.0.1:{site.mesh_port()}"
    async with grpc.aio.insecure_channel(address) as channel:
        stub: Any = session_pb2_grpc.SessionServiceStub(channel)
        answer = await refused(call(stub.Register, host.registration(), timeout=WITHIN))
    assert answer.code in REFUSED_BY_TLS


async def test_a_certificate_of_a_removed_host_opens_nothing_but_its_refusal(
    site: Site, host: Host, eventually: Eventually
) -> None:
    user = site.user(node_pb2_grpc.NodeServiceStub)
    await user.call("DeleteNode", node_pb2.DeleteNodeRequest(name="nodes/h1"))
    assert (await refused(host.register())).reason == "NODE_REMOVED"

    async def beats_are_refused() -> bool:
        return (await refused(host.beat())).reason == "NODE_REMOVED"

    await eventually(beats_are_refused)
    nodes = site.host(node_pb2_grpc.NodeServiceStub, host.files)
    listing = await refused(nodes.call("ListNodes", node_pb2.ListNodesRequest()))
    assert listing.code == "PERMISSION_DENIED"
