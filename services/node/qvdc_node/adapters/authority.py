"""Signing hosts' certificates with the intermediate that is sealed in PostgreSQL."""

from pathlib import Path
from typing import Protocol

from cryptography import x509

from qvdc_core.clock import Clock
from qvdc_core.errors import StoreUnavailable
from qvdc_node.adapters.certificates import (
    Authority,
    certificate_hash,
    certificate_pem,
    check_shown,
    issue_host,
    request_fingerprint,
)
from qvdc_node.adapters.sealing import SealBroken, SealingKey, opened_authority
from qvdc_node.domain.registration import Certificate
from qvdc_obs.logs import get_logger

log = get_logger(__name__)
ROOT = "root"
SERVICES = "services"
NODES = "nodes"


class StoredAuthorities(Protocol):
    """Where authorities are kept: name -> (certificate PEM, sealed key)."""

    async def load(self) -> dict[str, tuple[str, bytes]]:
        """Return all that were stored.

        Raises:
            StoreUnavailable: PostgreSQL is away.
        """
        ...


class NodeAuthority:
    """The intermediate for hosts, read when first needed and kept in memory."""

    def __init__(self, stored: StoredAuthorities, key_file: Path, clock: Clock) -> None:
        self._stored = stored
        self._key_file = key_file
        self._clock = clock
        self._nodes: Authority | None = None
        self._root: x509.Certificate | None = None

    async def sign_host(self, uid: str, signing_request_pem: str) -> Certificate:
        """Return a 30-day certificate for the key in the request, bound to `uid`."""
        authority, _ = await self._loaded()
        return issue_host(
            authority, uid=uid, signing_request_pem=signing_request_pem, now=self._clock.now()
        )

    async def check_shown(self, uid: str, certificate_pem: str) -> None:
        """Return if the certificate that is shown is a good one of the host."""
        authority, _ = await self._loaded()
        check_shown(certificate_pem, uid=uid, issuer=authority.certificate, now=self._clock.now())

    def fingerprint(self, signing_request_pem: str) -> str:
        """Return the fingerprint of the key in the request."""
        return request_fingerprint(signing_request_pem)

    async def root_pem(self) -> str:
        """Return the root certificate, PEM."""
        _, root = await self._loaded()
        return certificate_pem(root)

    async def root_hash(self) -> str:
        """Return the SHA-256 of the root certificate, lower-case hex."""
        _, root = await self._loaded()
        return certificate_hash(root)

    async def _loaded(self) -> tuple[Authority, x509.Certificate]:
        if self._nodes is None or self._root is None:
            stored = await self._stored.load()
            if NODES not in stored or ROOT not in stored:
                log.error("authority.missing", hint="run qvdc-install")
                raise StoreUnavailable("certificate authority")
            self._root = x509.load_pem_x509_certificate(stored[ROOT][0].encode())
            self._nodes = self._opened(*stored[NODES])
        return self._nodes, self._root

    def _opened(self, pem: str, sealed: bytes) -> Authority:
        try:
            return opened_authority(NODES, pem, sealed, SealingKey.read(self._key_file))
        except (OSError, SealBroken) as error:
            log.error("authority.sealed", why=str(error))
            raise StoreUnavailable("certificate authority") from error
