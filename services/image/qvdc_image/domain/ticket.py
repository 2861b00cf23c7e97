"""Tickets: the right of a host to fetch the bytes of one digest for a while."""

import hashlib
import hmac
from datetime import UTC, datetime

from qvdc_image.domain.refusals import TicketRefused

_VERSION = "v1"


def issue(key: bytes, digest: str, expire_time: datetime) -> str:
    """A ticket for `digest` that ends at `expire_time` (whole seconds)."""
    expires = int(expire_time.timestamp())
    return f"{_VERSION}.{expires}.{_sign(key, digest, expires)}"


def check(key: bytes, ticket: str, digest: str, now: datetime) -> datetime:
    """Return when `ticket` ends, if it opens `digest` now.

    Raises:
        TicketRefused: it is none, of another digest, or has ended.
    """
    version, _, rest = ticket.partition(".")
    expires, _, signature = rest.partition(".")
    if version != _VERSION or not expires.isascii() or not expires.isdecimal():
        raise TicketRefused("it is no ticket")
    if len(expires) > 12 or not hmac.compare_digest(
        _sign(key, digest, int(expires)).encode(), signature.encode()
    ):
        raise TicketRefused("it was not issued for these bytes")
    ends = datetime.fromtimestamp(int(expires), UTC)
    if now >= ends:
        raise TicketRefused("it has ended")
    return ends


def _sign(key: bytes, digest: str, expires: int) -> str:
    message = f"{_VERSION}|{digest}|{expires}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()
