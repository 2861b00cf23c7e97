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
        local_only: honoured only from the networks that settings name, by default loopback.
    """

    key_id: str
    name: str
    secret_hash: bytes
    permissions: frozenset[str]
    local_only: bool
    create_time: datetime

    def fits(self, presented: PlainKey) -> bool:
        """Whether `presented` is this key, compared in constant time."""
        same = hmac.compare_digest(self.secret_hash, presented.secret_hash)
        return same and presented.key_id == self.key_id

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
