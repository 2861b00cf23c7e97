"""X.509: the root, the two intermediates and what they sign."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from qvdc_core.errors import InvalidField
from qvdc_node.domain.registration import (
    Certificate,
    CertificateExpired,
    CertificateForeign,
    IdentityMismatch,
)

TRUST_DOMAIN = "quantix"
ROOT_LIFE = timedelta(days=3650)
INTERMEDIATE_LIFE = timedelta(days=1825)
SERVICE_LIFE = timedelta(days=365)
HOST_LIFE = timedelta(days=30)
CLOCK_SKEW = timedelta(minutes=5)
SIGNING_REQUEST = "signing_request_pem"


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate that signs others, with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def make_root(now: datetime) -> Authority:
    """Make the root, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _named("Quantix root")
    draft = _authority_draft(name, name, key, now, life=ROOT_LIFE, path_length=1)
    return Authority(draft.sign(key, hashes.SHA256()), key)


def make_intermediate(name: str, root: Authority, now: datetime) -> Authority:
    """Make an intermediate that signs leaves alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = root.certificate.subject
    draft = _authority_draft(
        _named(name), issuer, key, now, life=INTERMEDIATE_LIFE, path_length=0
    ).add_extension(_issued_by(root), critical=False)
    return Authority(draft.sign(root.key, hashes.SHA256()), key)


def issue_service(
    authority: Authority, *, service: str, names: Sequence[str], now: datetime
) -> tuple[str, str]:
    """Make a key and a certificate for `service`; return chain and key, PEM.

    Args:
        names: further DNS names and IP addresses by which it is reached.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    alternatives = [
        x509.UniformResourceIdentifier(f"spiffe://{TRUST_DOMAIN}/service/{service}"),
        x509.DNSName(f"{service}.quantix.internal"),
        *(_general_name(name) for name in names),
    ]
    leaf = _leaf(
        authority,
        subject=f"{service}.quantix.internal",
        alternatives=alternatives,
        key=key.public_key(),
        now=now,
        life=SERVICE_LIFE,
    )
    return chain_pem(leaf, authority), private_pem(key)


def issue_server(authority: Authority, *, names: Sequence[str], now: datetime) -> tuple[str, str]:
    """Make a key and a certificate for a public port, which speaks for no service in the mesh.

    Returns chain and key, PEM. `names` are the DNS names and addresses that people type.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = _leaf(
        authority,
        subject=names[0],
        alternatives=[_general_name(name) for name in names],
        key=key.public_key(),
        now=now,
        life=SERVICE_LIFE,
    )
    return chain_pem(leaf, authority), private_pem(key)


def issue_host(
    authority: Authority, *, uid: str, signing_request_pem: str, now: datetime
) -> Certificate:
    """Sign the key of a request for the host `uid`; nothing else of the request is believed.

    Raises:
        InvalidField: the request is no valid one, or its key too weak.
    """
    request = _read_request(signing_request_pem)
    alternatives = [
        x509.UniformResourceIdentifier(f"spiffe://{TRUST_DOMAIN}/node/{uid}"),
        x509.DNSName(f"{uid}.node.quantix.internal"),
    ]
    leaf = _leaf(
        authority,
        subject=uid,
        alternatives=alternatives,
        key=request.public_key(),
        now=now,
        life=HOST_LIFE,
    )
    return Certificate(
        pem=chain_pem(leaf, authority),
        expire_time=leaf.not_valid_after_utc,
        key_fingerprint=request_fingerprint(signing_request_pem),
    )


def request_fingerprint(signing_request_pem: str) -> str:
    """Return the SHA-256 of the public key of a request, lower-case hex.

    Raises:
        InvalidField: the request is no valid one, or its key too weak.
    """
    key = _read_request(signing_request_pem).public_key()
    spki = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    digest = hashes.Hash(hashes.SHA256())
    digest.update(spki)
    return digest.finalize().hex()


def certificate_hash(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate, lower-case hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def certificate_pem(certificate: x509.Certificate) -> str:
    """Return a certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def chain_pem(leaf: x509.Certificate, issuer: Authority) -> str:
    """Return a leaf followed by its intermediate, PEM."""
    return certificate_pem(leaf) + certificate_pem(issuer.certificate)


def private_pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> str:
    """Return a private key as PEM, unencrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def still_good(
    chain: str, *, service: str | None, names: Sequence[str], issuer: Authority, now: datetime
) -> bool:
    """Return whether an issued service certificate may stay: its issuer, names and time are."""
    try:
        leaf = x509.load_pem_x509_certificates(chain.encode())[0]
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        leaf.verify_directly_issued_by(issuer.certificate)
    except (ValueError, TypeError, IndexError, InvalidSignature, x509.ExtensionNotFound):
        return False
    present = {str(name.value) for name in found}
    wanted = set(names)
    if service is not None:
        wanted.add(f"spiffe://{TRUST_DOMAIN}/service/{service}")
    return wanted <= present and leaf.not_valid_after_utc - now > SERVICE_LIFE / 3


def check_shown(pem: str, *, uid: str, issuer: x509.Certificate, now: datetime) -> None:
    """Return if the certificate in `pem` is a good one of the host `uid`.

    Raises:
        CertificateForeign: it is none, or `issuer` has not signed it.
        IdentityMismatch: it names another.
        CertificateExpired: it has ended.
    """
    try:
        leaf = x509.load_pem_x509_certificates(pem.encode())[0]
        leaf.verify_directly_issued_by(issuer)
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, TypeError, IndexError, InvalidSignature, x509.ExtensionNotFound) as error:
        raise CertificateForeign(uid) from error
    names = found.get_values_for_type(x509.UniformResourceIdentifier)
    if f"spiffe://{TRUST_DOMAIN}/node/{uid}" not in names:
        raise IdentityMismatch(uid)
    if now > leaf.not_valid_after_utc:
        raise CertificateExpired(uid, leaf.not_valid_after_utc)


def _read_request(pem: str) -> x509.CertificateSigningRequest:
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        signed = request.is_signature_valid
        key = request.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidField(SIGNING_REQUEST, "is no PEM signing request") from error
    if not signed:
        raise InvalidField(SIGNING_REQUEST, "is not signed by its own key")
    strong = (
        isinstance(key, ed25519.Ed25519PublicKey)
        or (isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size >= 256)
        or (isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048)
    )
    if not strong:
        raise InvalidField(SIGNING_REQUEST, "has a key that is too weak")
    return request


def _leaf(
    authority: Authority,
    *,
    subject: str,
    alternatives: Sequence[x509.GeneralName],
    key: object,
    now: datetime,
    life: timedelta,
) -> x509.Certificate:
    usage = x509.ExtendedKeyUsage(
        [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    )
    return (
        x509.CertificateBuilder()
        .subject_name(_named(subject))
        .issuer_name(authority.certificate.subject)
        .public_key(key)  # type: ignore[arg-type]  # any of the three kinds that are accepted
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(min(now + life, authority.certificate.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(usage, critical=False)
        .add_extension(_issued_by(authority), critical=False)
        .sign(authority.key, hashes.SHA256())
    )


def _authority_draft(
    name: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    *,
    life: timedelta,
    path_length: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + life)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_SIGNS_CERTIFICATES, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _issued_by(authority: Authority) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


_SIGNS_CERTIFICATES = x509.KeyUsage(
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
