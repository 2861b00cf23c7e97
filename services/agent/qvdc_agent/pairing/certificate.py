"""The certificate that a host makes for one pairing; people compare its fingerprint."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from qvdc_agent.guardian.files import write_whole

NAME = "pairing.quantix.internal"
LIFE = timedelta(days=1)
SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class PairingCertificate:
    """Where it lies; `fingerprint` is the SHA-256 of its DER, lower-case hex."""

    certificate: Path
    key: Path
    fingerprint: str


def make_certificate(folder: Path, now: datetime) -> PairingCertificate:
    """Make a key and a certificate signed by itself in `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "pairing.pem", folder / "pairing.key"
    write_whole(files[0], made.public_bytes(serialization.Encoding.PEM), durable=False)
    write_whole(
        files[1],
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        durable=False,
    )
    digest = sha256(made.public_bytes(serialization.Encoding.DER)).hexdigest()
    return PairingCertificate(*files, digest)


def colons(fingerprint: str) -> str:
    """A fingerprint as people compare it."""
    return ":".join(fingerprint[i : i + 2] for i in range(0, len(fingerprint), 2)).upper()
