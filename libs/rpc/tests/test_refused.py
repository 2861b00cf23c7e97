"""Callers whose certificate opens nothing: revoked ones by name, others by what grpc says."""

import uuid
from typing import Any

import pytest

from qvdc_core.actor import ActorKind
from qvdc_obs.native import NativeLine
from qvdc_rpc.dial import call
from qvdc_rpc.handshakes import TlsRefusal, refused_handshake
from qvdc_rpc.identity import CertificateRevoked, Identity
from qvdc_rpc.status import RemoteRefusal

FAILED = "Handshake failed with error SSL_ERROR_SSL: error:1: x:OPENSSL_internal:"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("CERTIFICATE_VERIFY_FAILED: certificate has expired", TlsRefusal.EXPIRED),
        ("BAD_SIGNATURE: certificate signature failure", TlsRefusal.FOREIGN),
        ("CERTIFICATE_VERIFY_FAILED: unable to get local issuer", TlsRefusal.FOREIGN),
        ("PEER_DID_NOT_RETURN_A_CERTIFICATE: Invalid certificate", TlsRefusal.MISSING),
        ("WRONG_VERSION_NUMBER: Invalid certificate", TlsRefusal.PLAIN),
        ("HTTP_REQUEST: Invalid certificate", TlsRefusal.PLAIN),
        ("NO_SHARED_CIPHER: Invalid certificate", TlsRefusal.OTHER),
    ],
)
def test_a_failed_handshake_has_a_reason(said: str, reason: TlsRefusal) -> None:
    line = NativeLine("info", "ssl_transport_security.cc", FAILED + said)
    assert refused_handshake(line) is reason


def test_other_lines_are_no_refusals() -> None:
    assert refused_handshake(NativeLine("error", "log.cc", FAILED)) is None
    assert refused_handshake(NativeLine("info", "ssl_transport_security.cc", "ALPN")) is None


def test_a_revoked_host_is_refused_and_a_service_of_that_name_is_not() -> None:
    gone, here = str(uuid.uuid4()), str(uuid.uuid4())
    identity = Identity(None, revoked={gone: "NODE_REMOVED"}.get)
    assert identity.caller({}, f"spiffe://quantix/node/{here}").kind is ActorKind.NODE
    assert identity.caller({}, f"spiffe://quantix/service/{gone}").kind is ActorKind.SERVICE
    with pytest.raises(CertificateRevoked) as refused:
        identity.caller({}, f"spiffe://quantix/node/{gone}")
    assert (refused.value.reason, refused.value.facts["why"]) == (
        "CERTIFICATE_REVOKED",
        "NODE_REMOVED",
    )


async def test_a_process_asks_at_each_call_whether_a_host_is_revoked(served: Any, pki: Any) -> None:
    uid = str(uuid.uuid4())
    revoked: dict[str, str] = {}
    served.process.refuse_revoked(revoked.get)
    stub = served.stub(pki.node(uid))
    request = served.generated.pb2.EchoRequest(text="hello")
    with pytest.raises(RemoteRefusal) as before:
        await call(stub.Echo, request)
    revoked[uid] = "NODE_REMOVED"
    with pytest.raises(RemoteRefusal) as after:
        await call(stub.Echo, request)
    reasons = (before.value.reason, after.value.reason)
    assert reasons == ("CALLER_NOT_ALLOWED", "CERTIFICATE_REVOKED")
