"""Sessions: what a signed-in person holds, and when it ends.

The cookie carries an id and 256 random bits, of which a hash is kept. The CSRF token is made from
those bits, so it is bound to the session and is stored nowhere.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

COOKIE = "qvdc_session"
CSRF_HEADER = "x-quantix-csrf"
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
NOTED_EVERY = timedelta(minutes=1)
"""How exactly the last use of sessions and keys is kept."""

MAX_FAILURES = 5
MAX_ADDRESS_FAILURES = 30
"""Wrong passwords from one address under any names; many people may share an address."""
LOCKED_FOR = timedelta(minutes=15)
_NETWORK_BITS = 64
"""Of an IPv6 address: what one subscriber has to choose from counts as one."""

ID_BYTES = 16
SECRET_BYTES = 32

_SHAPE = re.compile(rf"([0-9a-f]{{{ID_BYTES * 2}}})\.([0-9a-f]{{{SECRET_BYTES * 2}}})")


@dataclass(frozen=True, slots=True)
class SessionSecret:
    """A session as its browser has it; never stored."""

    session_id: str
    secret: str

    @classmethod
    def parse(cls, text: str) -> "SessionSecret | None":
        """Read a cookie's value; None when it is not shaped like one."""
        match = _SHAPE.fullmatch(text)
        return cls(match[1], match[2]) if match else None

    @classmethod
    def made_of(cls, random: bytes) -> "SessionSecret":
        """Make one of `ID_BYTES + SECRET_BYTES` bytes of cryptographic randomness."""
        if len(random) != ID_BYTES + SECRET_BYTES:
            raise ValueError(f"a session takes {ID_BYTES + SECRET_BYTES} random bytes")
        return cls(random[:ID_BYTES].hex(), random[ID_BYTES:].hex())

    @property
    def text(self) -> str:
        """The cookie's value."""
        return f"{self.session_id}.{self.secret}"

    @property
    def secret_hash(self) -> bytes:
        """What is stored of it."""
        return hashlib.sha256(self.secret.encode()).digest()

    @property
    def csrf_token(self) -> str:
        """What the session's pages send with everything that changes something."""
        return hmac.new(self.secret.encode(), b"qvdc csrf", hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it is stored."""

    id: str
    secret_hash: bytes
    user_uid: str
    create_time: datetime
    last_use_time: datetime

    @property
    def expire_time(self) -> datetime:
        """When it ends whatever happens."""
        return self.create_time + LONGEST

    @property
    def idle_expire_time(self) -> datetime:
        """When it ends unless it is used."""
        return min(self.last_use_time + IDLE, self.expire_time)

    def fits(self, presented: SessionSecret) -> bool:
        """Whether `presented` is this session, compared in constant time."""
        return hmac.compare_digest(self.secret_hash, presented.secret_hash)

    def ended(self, now: datetime) -> bool:
        """Whether its time is over. The last use is kept to a minute, which is allowed for."""
        return now >= self.expire_time or now >= self.last_use_time + IDLE + NOTED_EVERY


@dataclass(frozen=True, slots=True)
class Failures:
    """Wrong passwords under one name or from one address, this attempt counted."""

    count: int
    last_time: datetime
    most: int = MAX_FAILURES

    @property
    def lock_expire_time(self) -> datetime | None:
        """Until when the name is locked; None if it is not."""
        return self.last_time + LOCKED_FOR if self.count > self.most else None


def failures_from(address: str) -> str:
    """Under what wrong passwords from an IP address are counted; "" for no address.

    No user's name looks so.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if parsed.version == 4:
        return f"@{parsed}"
    if parsed.ipv4_mapped is not None:
        return f"@{parsed.ipv4_mapped}"
    return f"@{ip_network((parsed, _NETWORK_BITS), strict=False)}"
