"""What the API answers instead of a result, as exceptions with code, reason and facts."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from connectrpc.code import Code
from connectrpc.errors import ConnectError
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field of a request that broke a rule; `field` is its path in proto spelling."""

    field: str
    description: str


class ApiError(Exception):
    """A refused or failed call.

    Attributes:
        code: the status code's name, such as FAILED_PRECONDITION.
        reason: stable and machine readable, such as IN_USE; the code's name when none was given.
        message: for people.
        facts: what the message says, as data.
        fields: the request's fields at fault.
        retry_after: how long to wait where waiting helps.
    """

    def __init__(
        self,
        code: str,
        reason: str,
        message: str,
        *,
        facts: Mapping[str, str] | None = None,
        fields: Iterable[FieldProblem] = (),
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(f"{reason}: {message}")
        self.code = code
        self.reason = reason
        self.message = message
        self.facts = dict(facts or {})
        self.fields = tuple(fields)
        self.retry_after = retry_after


class InvalidRequest(ApiError):
    """Fix the request: INVALID_ARGUMENT, OUT_OF_RANGE."""


class NotFound(ApiError):
    """There is no such resource, or the caller may not know of it."""


class Conflict(ApiError):
    """Change the system's state, or reread and retry: ALREADY_EXISTS, ABORTED,
    FAILED_PRECONDITION."""


class Denied(ApiError):
    """Ask for permission, or say who you are: PERMISSION_DENIED, UNAUTHENTICATED."""


class Exhausted(ApiError):
    """Ask for quota or capacity: RESOURCE_EXHAUSTED."""


class Unavailable(ApiError):
    """Wait and retry: UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED."""


class Failed(ApiError):
    """A bug on the other side, or something that this client does not know."""


class OperationFailed(ApiError):
    """Long work ended badly; `operation` names it."""

    operation: str = ""


_CLASSES: Mapping[str, type[ApiError]] = {
    "INVALID_ARGUMENT": InvalidRequest,
    "OUT_OF_RANGE": InvalidRequest,
    "NOT_FOUND": NotFound,
    "ALREADY_EXISTS": Conflict,
    "ABORTED": Conflict,
    "FAILED_PRECONDITION": Conflict,
    "PERMISSION_DENIED": Denied,
    "UNAUTHENTICATED": Denied,
    "RESOURCE_EXHAUSTED": Exhausted,
    "UNAVAILABLE": Unavailable,
    "DEADLINE_EXCEEDED": Unavailable,
    "CANCELLED": Unavailable,
}
_CODE_OF_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    410: "FAILED_PRECONDITION",
    413: "INVALID_ARGUMENT",
    423: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    460: "INVALID_ARGUMENT",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def class_of(code: str) -> type[ApiError]:
    """The exception class of a status code's name."""
    return _CLASSES.get(code, Failed)


def make(
    code: str,
    reason: str,
    message: str,
    *,
    facts: Mapping[str, str] | None = None,
    fields: Iterable[FieldProblem] = (),
    retry_after: timedelta | None = None,
) -> ApiError:
    """The exception of the class that `code` asks for."""
    return class_of(code)(
        code, reason or code, message, facts=facts, fields=fields, retry_after=retry_after
    )


def from_connect_error(error: ConnectError) -> ApiError:
    """Read what the Connect runtime raised, with its details."""
    code = "CANCELLED" if error.code is Code.CANCELED else error.code.name
    info = error_details_pb2.ErrorInfo()
    bad = error_details_pb2.BadRequest()
    retry = error_details_pb2.RetryInfo()
    known = {message.DESCRIPTOR.full_name: message for message in (info, bad, retry)}
    for detail in error.details:
        if (message := known.get(detail.type_name)) is not None:
            try:
                message.ParseFromString(detail.message_bytes)
            except DecodeError:
                continue
    waits = retry.HasField("retry_delay")
    return make(
        code,
        info.reason,
        error.message,
        facts=dict(info.metadata),
        fields=[FieldProblem(each.field, each.description) for each in bad.field_violations],
        retry_after=retry.retry_delay.ToTimedelta() if waits else None,
    )


def from_http(status: int, body: bytes) -> ApiError:
    """Read what an HTTP path of the API answered."""
    code = _CODE_OF_STATUS.get(status, "UNKNOWN")
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        text = body[:300].decode("utf-8", "replace").strip()
        return make(code, code, text or f"The server answered {status}.")
    code = str(told.get("code") or code)
    return make(
        code if code.isupper() else code.upper(),
        str(told.get("reason") or ""),
        str(told.get("message") or f"The server answered {status}."),
        facts={str(k): str(v) for k, v in dict(told.get("facts") or {}).items()},
        fields=[
            FieldProblem(str(each.get("field")), str(each.get("description")))
            for each in told.get("fields") or []
            if isinstance(each, dict)
        ],
    )
