"""Joining hosts from the console (JN-2): errors by their names, a host that comes by itself."""

import asyncio
import socket
import ssl
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from quantix.agent.v1 import pairing_pb2, pairing_pb2_grpc
from quantix.node.v1 import (
    join_token_pb2,
    join_token_pb2_grpc,
    node_join_pb2,
    node_join_pb2_grpc,
    node_pb2,
)
from quantix.operation.v1 import operation_pb2, operation_pb2_grpc
from qvdc_rpc.status import RemoteRefusal
from tests.node_testing.host import Host
from tests.node_testing.site import Site

Eventually = Callable[..., Awaitable[None]]
CODE = "ABCD-EFGH"


class Strange(pairing_pb2_grpc.PairingServiceServicer):
    """A host that pairs, as the agent does it."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.address = ""
        self.joined_as = ""
        self.protocol = 1
        self.silent = False
        self.configured: list[pairing_pb2.ConfigureRequest] = []

    async def Describe(  # noqa: N802 - the contract's name
        self, request: pairing_pb2.DescribeRequest, context: Any
    ) -> pairing_pb2.DescribeResponse:
        """Tell who it is."""
        if self.silent:
            await asyncio.sleep(60)
        if request.code != CODE:
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, "wrong code")
        system = node_pb2.NodeSystem(protocol_lowest=self.protocol, protocol_highest=self.protocol)
        return pairing_pb2.DescribeResponse(
            machine_uuid=self.host.uid,
            hostname=self.host.hostname,
            node=self.joined_as,
            system=system,
            inventory=self.host.registration().inventory,
            machines=[pairing_pb2.DescribeResponse.FoundMachine(name="old-web")],
        )

    async def Configure(  # noqa: N802 - the contract's name
        self, request: pairing_pb2.ConfigureRequest, _context: Any
    ) -> pairing_pb2.ConfigureResponse:
        """Take the configuration."""
        self.configured.append(request)
        return pairing_pb2.ConfigureResponse(machine_uuid=self.host.uid)


def self_made(name: str) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private, made.public_bytes(serialization.Encoding.PEM)


async def serving(servicer: Strange | None) -> tuple[grpc.aio.Server, int]:
    server = grpc.aio.server()
    if servicer is not None:
        pairing_pb2_grpc.add_PairingServiceServicer_to_server(servicer, server)
    credentials = grpc.ssl_server_credentials([self_made("pairing.quantix.internal")])
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    return server, port


@pytest.fixture
async def strange(site: Site, tmp_path: Path) -> AsyncIterator[Strange]:
    """A host that pairs."""
    made = Strange(Host(site, tmp_path))
    server, port = await serving(made)
    made.address = f"127.0.0.1:{port}"
    yield made
    await server.stop(None)


class Console:
    """An admin at the console."""

    def __init__(self, site: Site) -> None:
        self._user = site.user(node_join_pb2_grpc.NodeJoinServiceStub)

    async def discover(self, address: str, **fields: Any) -> Any:
        request = node_join_pb2.DiscoverNodeRequest(address=address, **fields)
        return await self._user.call("DiscoverNode", request)

    async def join(self, address: str, **fields: Any) -> Any:
        request = node_join_pb2.JoinNodeRequest(address=address, **fields)
        return await self._user.call("JoinNode", request)

    async def refused(self, address: str, **fields: Any) -> RemoteRefusal:
        with pytest.raises(RemoteRefusal) as told:
            await self.discover(address, **fields)
        return told.value

    async def fingerprint(self, address: str) -> str:
        return (await self.refused(address, code=CODE)).facts["fingerprint"]


async def test_jn_2_the_fingerprint_is_confirmed_before_the_code_is_sent(
    site: Site, strange: Strange
) -> None:
    console = Console(site)
    first = await console.refused(strange.address, code=CODE)
    assert (first.code, first.reason) == ("FAILED_PRECONDITION", "TLS_UNTRUSTED")
    shown = first.facts["fingerprint"]
    certificate = await asyncio.to_thread(
        ssl.get_server_certificate, ("127.0.0.1", int(strange.address.rpartition(":")[2]))
    )
    parsed = x509.load_pem_x509_certificate(certificate.encode())
    assert shown == parsed.fingerprint(hashes.SHA256()).hex()
    another = await console.refused(strange.address, code=CODE, fingerprint="0" * 64)
    assert (another.reason, another.facts["fingerprint"]) == ("TLS_UNTRUSTED", shown)
    found = await console.discover(strange.address, code=CODE, fingerprint=shown.upper())
    assert (found.machine_uuid, found.hostname) == (strange.host.uid, "h1")
    assert (list(found.machines), found.inventory.cpu.model) == (["old-web"], "EPYC")


async def test_jn_2_each_error_has_its_name(site: Site, strange: Strange) -> None:
    console = Console(site)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{closed.getsockname()[1]}"
        assert (await console.refused(nobody, code=CODE)).reason == "UNREACHABLE"
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        address = f"127.0.0.1:{deaf.getsockname()[1]}"
        timeout = await console.refused(address, code=CODE)
        assert (timeout.code, timeout.reason) == ("DEADLINE_EXCEEDED", "TIMEOUT")
    other, port = await serving(None)
    elsewhere = f"127.0.0.1:{port}"
    shown = await console.fingerprint(elsewhere)
    unknown = await console.refused(elsewhere, code=CODE, fingerprint=shown)
    assert unknown.reason == "NOT_AN_AGENT"
    await other.stop(None)
    shown = await console.fingerprint(strange.address)
    strange.protocol = 9
    old = await console.refused(strange.address, code=CODE, fingerprint=shown)
    assert (old.reason, old.facts["offered"]) == ("VERSION_UNSUPPORTED", "9-9")
    strange.protocol, strange.joined_as = 1, "nodes/elsewhere"
    joined = await console.refused(strange.address, code=CODE, fingerprint=shown)
    assert (joined.reason, joined.facts["node"]) == ("ALREADY_JOINED", "nodes/elsewhere")


async def test_jn_2_a_host_that_was_invited_registers_by_itself_and_the_operation_ends(
    site: Site, strange: Strange, eventually: Eventually
) -> None:
    console = Console(site)
    shown = await console.fingerprint(strange.address)
    asked = {"code": CODE, "fingerprint": shown, "node_id": "blade-7"}
    asked["request_id"] = str(uuid.uuid4())
    operation = await console.join(strange.address, **asked)
    assert (await console.join(strange.address, **asked)).name == operation.name
    (invitation,) = strange.configured
    assert operation.target == "nodes/blade-7"
    assert "BEGIN CERTIFICATE" in invitation.ca_pem
    assert invitation.servers[0].startswith("127.0.0.1:")
    tokens = site.user(join_token_pb2_grpc.JoinTokenServiceStub)
    listed = await tokens.call("ListJoinTokens", join_token_pb2.ListJoinTokensRequest())
    assert [(each.node, each.max_uses) for each in listed.join_tokens] == [("nodes/blade-7", 1)]
    welcome = await strange.host.join(invitation.join_token, node_id=invitation.node_id)
    assert welcome.node == "nodes/blade-7"
    operations = site.user(operation_pb2_grpc.OperationServiceStub)

    async def succeeded() -> bool:
        request = operation_pb2.GetOperationRequest(name=operation.name)
        now = await operations.call("GetOperation", request)
        return bool(now.state == operation_pb2.Operation.STATE_SUCCEEDED)

    await eventually(succeeded, within=30)


async def test_jn_2_a_host_that_takes_no_configuration_leaves_no_token_behind(
    site: Site, strange: Strange
) -> None:
    console = Console(site)
    shown = await console.fingerprint(strange.address)

    async def says_no(_request: Any, context: Any) -> None:
        await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "changed its mind")

    strange.Configure = says_no  # type: ignore[method-assign,assignment]
    server, port = await serving(strange)
    address = f"127.0.0.1:{port}"
    shown = await console.fingerprint(address)
    with pytest.raises(RemoteRefusal, match="changed its mind"):
        await console.join(address, code=CODE, fingerprint=shown)
    await server.stop(None)
    assert await site.scalar("select count(*) from join_tokens") == 0
    assert await site.scalar("select count(*) from pairings") == 0
    assert await site.scalar("select count(*) from operations where state = 'FAILED'") == 1
