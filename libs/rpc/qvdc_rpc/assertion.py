"""Assertions: the door's signed word on who a user is and what they may do."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from qvdc_core.actor import Actor, ActorKind
from qvdc_core.errors import Kind, Refusal

ASSERTION_KEY = "x-quantix-assertion"
LIFETIME = timedelta(seconds=60)
CLOCK_SKEW = timedelta(seconds=5)


class AssertionInvalid(Refusal):
    """The assertion is forged, expired, for somebody else, or cannot be judged."""

    kind = Kind.UNAUTHENTICATED
    reason = "ASSERTION_INVALID"


class AssertionSigner:
    """Signs assertions with the door's Ed25519 key.

    Args:
        key_pem: PKCS#8 PEM of the private key.
        lifetime: how long an assertion is good; the default is what owners expect at most.
    """

    def __init__(self, key_pem: bytes, *, lifetime: timedelta = LIFETIME) -> None:
        key = serialization.load_pem_private_key(key_pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("the assertion key must be Ed25519")
        self._key = key
        self._lifetime = lifetime
        self._key_id = _key_id(key)

    def sign(self, *, subject: str, audience: str, permissions: Iterable[str]) -> str:
        """Return a token saying that `subject` holds `permissions`, for the service `audience`."""
        now = datetime.now(UTC)
        claims = {
            "aud": audience,
            "sub": subject,
            "perms": sorted(permissions),
            "iat": now,
            "exp": now + self._lifetime,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": self._key_id})


class AssertionVerifier:
    """Verifies assertions with the door's published keys, read again when the file changes.

    Args:
        jwks: JSON Web Key Set of Ed25519 keys. While it is missing every assertion is refused.
        audience: this service's name.
    """

    def __init__(self, jwks: Path, *, audience: str) -> None:
        self._jwks = jwks
        self._audience = audience
        self._stamp: tuple[int, int] | None = None
        self._keys: dict[str, Any] = {}

    def verify(self, token: str) -> Actor:
        """Return the user that `token` speaks for.

        Raises:
            AssertionInvalid: forged, expired, of another audience, or no key to judge it by.
        """
        self._reread()
        claims = self._claims(token)
        permissions = claims.get("perms", [])
        if not isinstance(permissions, list):
            raise AssertionInvalid("The assertion is not valid.", why="perms")
        return Actor(str(claims["sub"]), ActorKind.USER, frozenset(map(str, permissions)))

    def _claims(self, token: str) -> dict[str, Any]:
        """Judge by the key that the token names, or by each when it names none of ours."""
        refused = AssertionInvalid("The assertion is not valid.", why="malformed")
        try:
            named = self._keys.get(jwt.get_unverified_header(token).get("kid", ""))
        except jwt.PyJWTError as error:
            raise refused from error
        for key in [named] if named is not None else self._keys.values():
            try:
                return jwt.decode(
                    token,
                    key,
                    algorithms=["EdDSA"],
                    audience=self._audience,
                    leeway=CLOCK_SKEW,
                    options={"require": ["exp", "iat", "aud", "sub"]},
                )
            except jwt.PyJWTError as error:
                refused = AssertionInvalid("The assertion is not valid.", why=_why(error))
        raise refused

    def _reread(self) -> None:
        try:
            found = self._jwks.stat()
            stamp = (found.st_mtime_ns, found.st_ino)
            if stamp == self._stamp:
                return
            keys = jwt.PyJWKSet.from_json(self._jwks.read_text()).keys
        except (OSError, jwt.PyJWTError, ValueError):
            if self._stamp is None:
                raise AssertionInvalid("Assertions cannot be judged yet.", why="no keys") from None
            return
        self._keys = {key.key_id or "": key.key for key in keys}
        self._stamp = stamp


@dataclass(frozen=True, slots=True)
class AssertionKeys:
    """A fresh key pair of the door, as its two files hold it."""

    key_pem: bytes
    jwks_json: str


def new_assertion_keys() -> AssertionKeys:
    """Make the door's key pair; the installer and tests write it to files."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = json.loads(OKPAlgorithm.to_jwk(key.public_key()))
    public |= {"kid": _key_id(key), "alg": "EdDSA", "use": "sig"}
    return AssertionKeys(pem, json.dumps({"keys": [public]}))


def _key_id(key: Ed25519PrivateKey) -> str:
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return uuid.uuid5(uuid.NAMESPACE_OID, raw.hex()).hex


def _why(error: jwt.PyJWTError) -> str:
    reasons: dict[type[jwt.PyJWTError], str] = {
        jwt.ExpiredSignatureError: "expired",
        jwt.InvalidAudienceError: "audience",
        jwt.InvalidSignatureError: "signature",
    }
    return reasons.get(type(error), "malformed")
