"""Connections that TLS refused before any code of ours: their reasons, as published."""

from enum import Enum

from qvdc_obs.native import NativeLine

_SOURCE = "ssl_transport_security.cc"
_FAILED = "Handshake failed"


class TlsRefusal(Enum):
    """Why a connection was refused; the value is the published reason."""

    EXPIRED = "CERTIFICATE_EXPIRED"
    FOREIGN = "CERTIFICATE_FOREIGN"
    MISSING = "CERTIFICATE_MISSING"
    PLAIN = "PLAIN_TEXT"
    OTHER = "HANDSHAKE_FAILED"


_SIGNS = (
    (TlsRefusal.EXPIRED, ("certificate has expired", "not yet valid")),
    (TlsRefusal.MISSING, ("PEER_DID_NOT_RETURN_A_CERTIFICATE",)),
    (TlsRefusal.PLAIN, ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST")),
    (
        TlsRefusal.FOREIGN,
        ("BAD_SIGNATURE", "CERTIFICATE_VERIFY_FAILED", "issuer certificate", "self-signed"),
    ),
)


def refused_handshake(line: NativeLine) -> TlsRefusal | None:
    """Return why a connection was refused, as grpc's core says; None for other lines."""
    if line.source != _SOURCE or not line.message.startswith(_FAILED):
        return None
    return next(
        (refusal for refusal, signs in _SIGNS if any(sign in line.message for sign in signs)),
        TlsRefusal.OTHER,
    )
