"""Hosts that pair: called once, over TLS, with the certificate that a person confirmed."""

import asyncio
import socket
import ssl
from datetime import timedelta
from hashlib import sha256
from typing import Any

import grpc

from quantix.agent.v1 import pairing_pb2, pairing_pb2_grpc
from qvdc_core.errors import InvalidField, Refusal
from qvdc_node.domain.node import NodeUid
from qvdc_node.domain.pairing import (
    DiscoveredHost,
    Invitation,
    NoAnswer,
    NotAnAgent,
    Spot,
    TlsUntrusted,
    Unreachable,
)
from qvdc_rpc.dial import call
from qvdc_rpc.status import RemoteRefusal

NAME = "pairing.quantix.internal"
CONNECT_WITHIN = timedelta(seconds=5)
ANSWER_WITHIN = timedelta(seconds=8)
_STRANGE = frozenset({"UNIMPLEMENTED", "UNKNOWN", "INTERNAL"})


class PairingHosts:
    """Calls hosts that are not of this site yet."""

    async def describe(self, spot: Spot) -> DiscoveredHost:
        """Ask a host who it is.

        Raises:
            Unreachable, NoAnswer, NotAnAgent, TlsUntrusted: nothing was told to it.
            Refusal: what the host says of the code.
        """
        async with await self._channel(spot) as channel:
            stub = pairing_pb2_grpc.PairingServiceStub(channel)
            answer = await self._call(
                stub.Describe, pairing_pb2.DescribeRequest(code=spot.code), spot
            )
        return DiscoveredHost(
            uid=NodeUid(answer.machine_uuid),
            hostname=answer.hostname,
            node=answer.node,
            protocol_lowest=answer.system.protocol_lowest,
            protocol_highest=answer.system.protocol_highest,
            description=answer.SerializeToString(),
        )

    async def configure(self, spot: Spot, invitation: Invitation) -> NodeUid:
        """Give a host its configuration; return who it is.

        Raises:
            Unreachable, NoAnswer, NotAnAgent, TlsUntrusted: whether it took it is not known.
            Refusal: the host did not take it.
        """
        request = pairing_pb2.ConfigureRequest(
            code=spot.code,
            servers=invitation.servers,
            ca_pem=invitation.root_pem,
            join_token=invitation.secret,
            node_id=invitation.node_id,
        )
        async with await self._channel(spot) as channel:
            stub = pairing_pb2_grpc.PairingServiceStub(channel)
            answer = await self._call(stub.Configure, request, spot)
        return NodeUid(answer.machine_uuid)

    async def _channel(self, spot: Spot) -> grpc.aio.Channel:
        certificate = await _presented(spot.address)
        fingerprint = sha256(certificate).hexdigest()
        if fingerprint != spot.fingerprint:
            raise TlsUntrusted(spot.address, fingerprint)
        # Nothing but the confirmed certificate is trusted, whoever answers the second time.
        pinned = grpc.ssl_channel_credentials(ssl.DER_cert_to_PEM_cert(certificate).encode())
        options = [("grpc.ssl_target_name_override", NAME), ("grpc.default_authority", NAME)]
        return grpc.aio.secure_channel(spot.address, pinned, options=options)

    async def _call(self, method: Any, request: object, spot: Spot) -> Any:
        try:
            return await call(method, request, timeout=ANSWER_WITHIN)
        except RemoteRefusal as refusal:
            raise _translated(refusal, spot.address) from refusal


def _translated(refusal: RemoteRefusal, address: str) -> Refusal:
    if refusal.reason in _STRANGE:
        return NotAnAgent(address)
    if refusal.reason == "DEADLINE_EXCEEDED":
        return NoAnswer(address)
    if refusal.reason == "UNAVAILABLE":
        return Unreachable(address, "it hung up")
    return refusal


async def _presented(address: str) -> bytes:
    """Return the certificate that is presented at `address`, in DER; nothing is trusted yet."""
    try:
        async with asyncio.timeout(CONNECT_WITHIN.total_seconds() * 2):
            return await asyncio.to_thread(_fetch, address)
    except (ssl.SSLError, ConnectionResetError, EOFError) as error:
        raise NotAnAgent(address) from error
    except TimeoutError as error:
        raise NoAnswer(address) from error
    except OSError as error:
        raise Unreachable(address, error.strerror or str(error)) from error
    except (ValueError, OverflowError) as error:  # no port, or a name that no resolver takes
        raise InvalidField("address", "must be a host and a port, host:port") from error


def _fetch(address: str) -> bytes:
    host, _, port = address.rpartition(":")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    seconds = CONNECT_WITHIN.total_seconds()
    with (
        socket.create_connection((host.strip("[]"), int(port)), timeout=seconds) as plain,
        context.wrap_socket(plain, server_hostname=NAME) as secured,
    ):
        return secured.getpeercert(binary_form=True) or b""
