"""A throwaway certificate authority, in the layout that installation makes.

A root, two intermediates (services, nodes), leaves with SPIFFE ids, and the door's signing key
for assertions.
"""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

TRUST_DOMAIN = "quantix"
ASSERTION_KEY_ID = "test"
ASSERTION_LIFE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Identity:
    """The three files a process is given."""

    spiffe_id: str
    cert_file: Path
    key_file: Path
    ca_file: Path


@dataclass(frozen=True, slots=True)
class _Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


class Pki:
    """Issues identities into sub-folders of `folder`; the same name twice gives a new leaf."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca_file = folder / "ca.pem"
        self._root = _authority("Quantix test root", None)
        self._services = _authority("Quantix test services", self._root)
        self._nodes = _authority("Quantix test nodes", self._root)
        self.ca_file.write_bytes(_pem(self._root.certificate))
        self._assertion_key = ed25519.Ed25519PrivateKey.generate()
        self.assertion_key_file = folder / "assertion-key.pem"
        self.assertion_key_file.write_bytes(_private_pem(self._assertion_key))
        self.assertion_jwks_file = folder / "assertion-jwks.json"
        self.assertion_jwks_file.write_text(json.dumps({"keys": [self._public_jwk()]}))

    def service(self, name: str, *, life: timedelta = timedelta(days=1)) -> Identity:
        """Issue the certificate of service `name`: `spiffe://quantix/service/<name>`."""
        return self._issue(
            self._services, f"service/{name}", f"{name}.quantix.internal", f"service-{name}", life
        )

    def node(self, uid: str, *, life: timedelta = timedelta(days=1)) -> Identity:
        """Issue the certificate of host `uid`: `spiffe://quantix/node/<uid>`."""
        return self._issue(
            self._nodes, f"node/{uid}", f"{uid}.node.quantix.internal", f"node-{uid}", life
        )

    def assertion(
        self,
        *,
        audience: str,
        subject: str = "users/tester",
        permissions: tuple[str, ...] = ("*",),
        now: datetime | None = None,
    ) -> str:
        """Return the door's signed word that `subject` calls service `audience`; 60 s long."""
        issued = now or datetime.now(UTC)
        claims = {
            "sub": subject,
            "aud": audience,
            "perms": list(permissions),
            "iat": issued,
            "exp": issued + ASSERTION_LIFE,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(
            claims, self._assertion_key, algorithm="EdDSA", headers={"kid": ASSERTION_KEY_ID}
        )

    def _public_jwk(self) -> dict[str, str]:
        algorithm = jwt.get_algorithm_by_name("EdDSA")
        jwk = json.loads(algorithm.to_jwk(self._assertion_key.public_key()))
        return {**jwk, "kid": ASSERTION_KEY_ID, "alg": "EdDSA", "use": "sig"}

    def _issue(
        self, issuer: _Authority, path: str, dns: str, folder: str, life: timedelta
    ) -> Identity:
        key = ec.generate_private_key(ec.SECP256R1())
        spiffe_id = f"spiffe://{TRUST_DOMAIN}/{path}"
        alternatives = x509.SubjectAlternativeName(
            [
                x509.UniformResourceIdentifier(spiffe_id),
                x509.DNSName(dns),
                x509.DNSName("localhost"),
            ]
        )
        usage = x509.ExtendedKeyUsage(
            [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        )
        leaf = (
            _draft(dns, issuer.certificate.subject, key, life)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(alternatives, critical=False)
            .add_extension(usage, critical=False)
            .sign(issuer.key, hashes.SHA256())
        )
        place = self.folder / folder
        place.mkdir(exist_ok=True)
        (place / "cert.pem").write_bytes(_pem(leaf) + _pem(issuer.certificate))
        (place / "key.pem").write_bytes(_private_pem(key))
        (place / "ca.pem").write_bytes(_pem(self._root.certificate))
        return Identity(spiffe_id, place / "cert.pem", place / "key.pem", place / "ca.pem")


def _authority(name: str, issuer: _Authority | None) -> _Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    parent = issuer.certificate.subject if issuer else _named(name)
    certificate = (
        _draft(name, parent, key, timedelta(days=30))
        .add_extension(
            x509.BasicConstraints(ca=True, path_length=0 if issuer else 1), critical=True
        )
        .add_extension(_signs_certificates(), critical=True)
        .sign(issuer.key if issuer else key, hashes.SHA256())
    )
    return _Authority(certificate, key)


def _draft(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, life: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + life)
    )


def _signs_certificates() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private_pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
