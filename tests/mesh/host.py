"""A host that joins and says nothing more: enough for tests that need a node to exist."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any, cast

import grpc
import grpc.aio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.mesh.door import Door

from quantix.host.v1.session_pb2 import RegisterRequest, RegisterResponse
from quantix.host.v1.session_pb2_grpc import SessionServiceStub


def join(door: Door, *, enrol_address: str, ca_pem: bytes, hostname: str) -> str:
    """Let a new host join with a token of its own; return the name of its node."""
    token = door.must("/quantix.node.v1.JoinTokenService/CreateJoinToken", {"joinToken": {}})
    request = RegisterRequest(
        machine_uuid=str(uuid.uuid4()),
        boot_id=str(uuid.uuid4()),
        instance=1,
        hostname=hostname,
        system={"agent_version": "0.1.0", "protocol_lowest": 1, "protocol_highest": 1},
        join_token=token["secret"],
        signing_request_pem=_signing_request(),
    )
    return asyncio.run(_register(request, enrol_address, ca_pem)).node


async def _register(request: RegisterRequest, address: str, ca_pem: bytes) -> RegisterResponse:
    credentials = grpc.ssl_channel_credentials(ca_pem)
    options = (("grpc.ssl_target_name_override", "node.quantix.internal"),)
    async with grpc.aio.secure_channel(address, credentials, options) as channel:
        stub = cast(Any, SessionServiceStub(channel))
        return cast(RegisterResponse, await stub.Register(request, timeout=20))


def _signing_request() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "host")])
    signed = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()
