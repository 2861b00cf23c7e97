"""API keys: how they look, and what is kept of them.

Of a key only the SHA-256 of its secret is kept. A slow password hash guards guessable secrets; this
one has 256 random bits, so there is nothing to guess, and every call can afford the check.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_address

from qvdc_core.errors import EtagMismatch

Network = IPv4Network | IPv6Network

PREFIX = "qvdc"
ID_BYTES = 6
SECRET_BYTES = 32

_KEY = re.compile(rf"{PREFIX}_([0-9a-f]{{{ID_BYTES * 2}}})_([0-9a-f]{{{SECRET_BYTES * 2}}})")


@dataclass(frozen=True, slots=True)
class PlainKey:
    """A key as its holder has it; shown once, never stored."""

    key_id: str
    secret: str

    @classmethod
    def parse(cls, text: str) -> "PlainKey | None":
        """Read a key; None when it is not shaped like one."""
        match = _KEY.fullmatch(text.strip())
        return cls(match[1], match[2]) if match else None

    @property
    def secret_hash(self) -> bytes:
        """What is stored of the secret."""
        return hashlib.sha256(self.secret.encode()).digest()

    @property
    def text(self) -> str:
        """The key as people paste it."""
        return f"{PREFIX}_{self.key_id}_{self.secret}"


def new_key(random: bytes) -> PlainKey:
    """Make a key of `ID_BYTES + SECRET_BYTES` bytes of cryptographic randomness."""
    if len(random) != ID_BYTES + SECRET_BYTES:
        raise ValueError(f"a key takes {ID_BYTES + SECRET_BYTES} random bytes")
    return PlainKey(random[:ID_BYTES].hex(), random[ID_BYTES:].hex())


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is stored.

    Args:
        name: what it is for, unique; bootstrap is the one made at first start.
        permissions: of a key of the site: what it may; of a user's key: unused.
        local_only: honoured only from the networks that settings name, by default loopback.
        owner_uid: the user whose key it is; None for a key of the site.
        owner: that user's id.
        role: id of the role that narrows a user's key; None: all that the user may.
        revoke_time: since when it is not honoured.
    """

    key_id: str
    name: str
    secret_hash: bytes
    permissions: frozenset[str]
    local_only: bool
    create_time: datetime
    uid: str = ""
    owner_uid: str | None = None
    owner: str = ""
    role: str | None = None
    display_name: str | None = None
    description: str | None = None
    expire_time: datetime | None = None
    revoke_time: datetime | None = None
    last_use_time: datetime | None = None
    last_use_address: str = ""

    def fits(self, presented: PlainKey) -> bool:
        """Whether `presented` is this key, compared in constant time."""
        same = hmac.compare_digest(self.secret_hash, presented.secret_hash)
        return same and presented.key_id == self.key_id

    def ended(self, now: datetime) -> bool:
        """Whether it is revoked or expired."""
        return self.revoke_time is not None or (
            self.expire_time is not None and now >= self.expire_time
        )

    @property
    def etag(self) -> str:
        """Tells re-creations apart."""
        return self.key_id

    @property
    def resource_name(self) -> str:
        """`api-keys/<id>`."""
        return f"api-keys/{self.name}"

    def require(self, etag: str) -> None:
        """Return if `etag` is empty or current.

        Raises:
            EtagMismatch: the key was made anew.
        """
        if etag and etag != self.etag:
            raise EtagMismatch(self.resource_name)

    @property
    def subject(self) -> str:
        """How audit records name the holder."""
        return f"apikey:{self.name}"


def is_within(address: str, networks: Iterable[Network]) -> bool:
    """Whether an IP address lies in one of `networks`; IPv4 in IPv6 clothes counts as IPv4."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    return any(mapped in network for network in networks)
