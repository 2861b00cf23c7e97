"""What the door tells itself about a caller, beside the assertion that every owner gets.

The headers are honoured because only the door presents assertions, and it drops these from what
callers send.
"""

from datetime import datetime

from qvdc_console.usecases.authentication import Visitor
from qvdc_console.usecases.caller import Caller
from qvdc_rpc.context import RequestContext

_PREFIX = "x-quantix-caller-"


def caller_headers(visitor: Visitor, *, secure: bool) -> list[tuple[str, str]]:
    """Write what is known of a caller."""
    expires = visitor.expire_time.isoformat() if visitor.expire_time else ""
    told = {
        "user-uid": visitor.user_uid,
        "user": visitor.user,
        "session": visitor.session_id,
        "key": visitor.key_id,
        "key-role": visitor.key_role,
        "csrf": visitor.csrf_token,
        "expires": expires,
        "secure": "1" if secure else "",
    }
    return [(f"{_PREFIX}{name}", value) for name, value in told.items() if value]


def caller_of(ctx: RequestContext) -> Caller:
    """Read who calls."""

    def told(name: str) -> str:
        return ctx.headers.get(f"{_PREFIX}{name}", "")

    return Caller(
        actor=ctx.caller,
        user_uid=told("user-uid"),
        user=told("user"),
        session_id=told("session"),
        key_id=told("key"),
        key_role=told("key-role"),
        csrf_token=told("csrf"),
        address=ctx.headers.get("x-forwarded-for", ""),
        secure=bool(told("secure")),
    )


def expiry_of(ctx: RequestContext) -> datetime | None:
    """When the caller's session or key ends at the latest; None for never."""
    text = ctx.headers.get(f"{_PREFIX}expires", "")
    return datetime.fromisoformat(text) if text else None
