"""The reasons of signing in, users, roles and keys."""

from collections.abc import Mapping

from qvdc_cli.reason import Reason
from qvdc_cli.reason import reason as _reason

_PRECONDITION, _EXHAUSTED = "FAILED_PRECONDITION", "RESOURCE_EXHAUSTED"
_INVALID = "INVALID_ARGUMENT"
_UNAUTHENTICATED, _DENIED = "UNAUTHENTICATED", "PERMISSION_DENIED"

SIGN_IN_REASONS: Mapping[str, Reason] = {
    "SIGN_IN_REFUSED": _reason(
        _UNAUTHENTICATED,
        "User or password is wrong, or the user is disabled.",
        "Check both; an administrator can set another password.",
    ),
    "SIGN_IN_LOCKED": _reason(
        _EXHAUSTED,
        "Too many wrong passwords under this name.",
        "Wait as long as the answer says, or ask for `qvdc user unlock NAME`.",
        "lock_expire_time",
    ),
    "SESSION_ENDED": _reason(
        _UNAUTHENTICATED,
        "The session was signed out, idle for 30 min, or 12 h old.",
        "Sign in again.",
    ),
    "ACCESS_TOKEN_INVALID": _reason(
        _UNAUTHENTICATED,
        "The bearer token is forged or expired, or its session or key has ended.",
        "Get another: `qvdc auth token`.",
    ),
    "CSRF_TOKEN_INVALID": _reason(
        _DENIED,
        "A browser's call came without the token of its session.",
        "Reload the page; programs use a key or a bearer token, no cookie.",
    ),
    "ORIGIN_REFUSED": _reason(
        _DENIED,
        "A browser's call came from another site's page.",
        "Behind a proxy, name its address in QVDC_CONSOLE_ORIGINS.",
        "origin",
    ),
    "PASSWORD_CHANGE_REQUIRED": _reason(
        _DENIED,
        "The password was set by somebody else.",
        "Change it: on the sign-in page, or by `qvdc login`.",
    ),
    "PASSWORD_WEAK": _reason(
        _INVALID, "The password is short or easy to guess.", "Choose another, of 12 or more."
    ),
    "GRANT_EXCEEDS_CALLER": _reason(
        _DENIED,
        "This would give, or take over, more than you may do yourself.",
        "Ask somebody who has these permissions.",
        "permissions",
    ),
    "LAST_ADMINISTRATOR": _reason(
        _PRECONDITION, "Nobody would be left who may do everything.", "Make another one first."
    ),
    "BUILT_IN": _reason(
        _PRECONDITION, "It comes with the product.", "Make a role of your own.", "name"
    ),
    "NO_PASSWORD": _reason(
        _PRECONDITION, "The caller is a key and has no password.", "Sign in as a user."
    ),
    "HEADERS_TOO_LONG": _reason(
        _EXHAUSTED, "The request's headers are too large.", "Send less; clear the cookies."
    ),
}
