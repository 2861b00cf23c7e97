"""Finds the control plane's root by its hash, before anything secret is sent."""

import socket
import ssl
from datetime import timedelta
from hashlib import sha256

from qvdc_agent.guardian.errors import Untrusted

DEADLINE = timedelta(seconds=5)


def fetch_root(server: str, ca_hash: str) -> bytes:
    """Return, in PEM, the certificate with `ca_hash` in the chain that `server` presents.

    Nothing is trusted by this but the hash: the chain itself is verified against the root by
    every later call.

    Args:
        server: host:port.
        ca_hash: SHA-256 of the root certificate, lower-case hex.

    Raises:
        OSError: the server does not answer.
        Untrusted: it presents no certificate with this hash.
    """
    host, _, port = server.rpartition(":")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    address = (host.strip("[]"), int(port))
    with (
        socket.create_connection(address, timeout=DEADLINE.total_seconds()) as plain,
        context.wrap_socket(plain) as secured,
    ):
        presented = _chain(secured)
    for certificate in presented:
        if sha256(certificate).hexdigest() == ca_hash.lower():
            return ssl.DER_cert_to_PEM_cert(certificate).encode()
    raise Untrusted(server, [sha256(each).hexdigest() for each in presented])


def _chain(secured: ssl.SSLSocket) -> list[bytes]:
    inner = secured._sslobj  # type: ignore[attr-defined]  # noqa: SLF001 - public from 3.13 on
    chain = inner.get_unverified_chain() or []
    return [ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in chain]
