"""Work with keys and certificates, in a short-lived process of its own.

The library for it is larger than the whole guardian may be, and is needed once a month:
`python -m qvdc_agent.guardian.signing request KEY_FILE COMMON_NAME` makes the key when there is
none and prints a signing request in PEM; `... validity CERTIFICATE_FILE` prints from when until
when, in ISO 8601.
"""

import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from qvdc_agent.guardian.files import write_whole


def signing_request(key_file: Path, common_name: str) -> str:
    """A signing request for the key, made when there is none; the signer decides on names."""
    if not key_file.exists():
        _make_key(key_file)
    key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the host's key is not an elliptic curve key")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    signed = request.sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def validity(certificate_file: Path) -> tuple[str, str]:
    """From when until when the first certificate of the file is valid."""
    found = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    return found.not_valid_before_utc.isoformat(), found.not_valid_after_utc.isoformat()


def _make_key(key_file: Path) -> None:
    content = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_whole(key_file, content)


def main(verb: str, file: str, *rest: str) -> None:
    """Do what the arguments say."""
    if verb == "request":
        sys.stdout.write(signing_request(Path(file), *rest))
    else:
        sys.stdout.write("\n".join(validity(Path(file))))


if __name__ == "__main__":
    main(*sys.argv[1:])
