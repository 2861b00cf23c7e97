"""Error reasons that the door itself answers with, before any owner is asked."""

from collections.abc import Mapping

from qvdc_cli.reason import Reason, reason

_INVALID, _EXHAUSTED, _LATE = "INVALID_ARGUMENT", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED"

DOOR_REASONS: Mapping[str, Reason] = {
    "RATE_LIMITED": reason(
        _EXHAUSTED,
        "Too many calls from one caller, or without a login from one address.",
        "Wait as long as the answer says; watch instead of asking again and again.",
        "per_second",
    ),
    "PERMISSIONS_CHANGED": reason(
        "ABORTED",
        "What the caller of a stream may do has changed since it began.",
        "Open the stream again; what you may still read goes on.",
    ),
    "PATH_REFUSED": reason(
        _INVALID,
        "A path has dot segments, backslashes or encoded slashes.",
        "Spell the path out as the API describes it.",
    ),
    "BODY_TOO_SLOW": reason(
        _LATE, "The bytes of a request did not come in time.", "Look at the connection; try again."
    ),
    "HEADERS_TOO_SLOW": reason(
        _LATE, "The head of a request did not come in time.", "Look at the connection; try again."
    ),
    "HTTP_MALFORMED": reason(
        _INVALID,
        "The bytes are no HTTP/1.1 request, or one that two readers could read differently.",
        "Use an HTTP library; look at proxies in between.",
    ),
    "ENCODING_UNKNOWN": reason(
        _INVALID, "A body came in an encoding that is not read.", "Send it plain, or as gzip."
    ),
}
