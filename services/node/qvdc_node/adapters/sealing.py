"""The authority's keys at rest: sealed with a key that only the node service's copies hold."""

import base64
import binascii
import secrets
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from qvdc_core.errors import StoreUnavailable
from qvdc_node.adapters.certificates import Authority, certificate_pem

KEY_BYTES = 32
NONCE_BYTES = 12


class SealBroken(Exception):
    """The key file does not open what is sealed: it is another site's, or one was changed."""


class SealingKey:
    """AES-256-GCM under the key of a file; a name goes with each seal and must match."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def read(cls, path: Path) -> "SealingKey":
        """Read the key file.

        Raises:
            OSError: there is none.
            SealBroken: it holds no key.
        """
        try:
            key = base64.b64decode(path.read_bytes().strip(), validate=True)
        except binascii.Error as error:
            raise SealBroken(f"{path} holds no key") from error
        if len(key) != KEY_BYTES:
            raise SealBroken(f"{path} holds no key")
        return cls(key)

    def seal(self, plain: bytes, *, name: str) -> bytes:
        """Return `plain` sealed: nonce, then ciphertext."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, name.encode())

    def open(self, sealed: bytes, *, name: str) -> bytes:
        """Return what was sealed under `name`.

        Raises:
            SealBroken: another key or name sealed it, or it was changed.
        """
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBroken(f"the key file does not open the key of {name}") from error


class SecretSeal:
    """Seals secrets of intent under the key file, which is read at each use."""

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file

    def __call__(self, plain: str, name: str, /) -> str:
        """Return `plain` sealed under `name`, base64.

        Raises:
            StoreUnavailable: the key file cannot be read.
        """
        try:
            key = SealingKey.read(self._key_file)
        except (OSError, SealBroken) as error:
            raise StoreUnavailable("sealing key") from error
        return base64.b64encode(key.seal(plain.encode(), name=name)).decode()


def new_key_text() -> str:
    """Return the content of a new key file."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n"


def sealed_authority(name: str, authority: Authority, key: SealingKey) -> tuple[str, bytes]:
    """Return an authority as it is stored: certificate PEM and sealed key."""
    plain = authority.key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return certificate_pem(authority.certificate), key.seal(plain, name=name)


def opened_authority(name: str, pem: str, sealed: bytes, key: SealingKey) -> Authority:
    """Return a stored authority.

    Raises:
        SealBroken: the key file is not the one that sealed it.
    """
    private = serialization.load_der_private_key(key.open(sealed, name=name), password=None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise SealBroken(f"the key of {name} is of another kind")
    return Authority(x509.load_pem_x509_certificate(pem.encode()), private)
