"""Bearer tokens as JSON Web Tokens, signed by a key that follows from the door's own.

The door's key signs assertions and nothing else; this one is derived from it, so that every copy
has it and it changes with it.
"""

import uuid
from datetime import datetime

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from qvdc_core.clock import Clock

AUDIENCE = "quantix-door"


class SignedTokens:
    """Signs and reads bearer tokens; they say what they stand for and until when, no more.

    Args:
        key_pem: PKCS#8 PEM of the door's Ed25519 key.
    """

    def __init__(self, key_pem: bytes, clock: Clock) -> None:
        key = serialization.load_pem_private_key(key_pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("the assertion key must be Ed25519")
        derive = HKDF(hashes.SHA256(), 32, salt=None, info=b"quantix bearer tokens")
        self._key = Ed25519PrivateKey.from_private_bytes(derive.derive(key.private_bytes_raw()))
        self._public = self._key.public_key()
        self._clock = clock

    def sign(self, reference: str, *, until: datetime) -> str:
        claims = {
            "aud": AUDIENCE,
            "sub": reference,
            "iat": self._clock.now(),
            "exp": until,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, self._key, algorithm="EdDSA")

    def read(self, token: str) -> str | None:
        try:
            claims = jwt.decode(
                token,
                self._public,
                algorithms=["EdDSA"],
                audience=AUDIENCE,
                options={"require": ["exp", "iat", "aud", "sub"]},
            )
        except jwt.PyJWTError:
            return None
        return str(claims["sub"])
