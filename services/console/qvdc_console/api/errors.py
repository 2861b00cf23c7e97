"""Refusals at the door, in the form that each protocol expects."""

import base64
import json
from dataclasses import dataclass
from urllib.parse import quote

from google.rpc import code_pb2, status_pb2

from qvdc_core.errors import Kind, Refusal
from qvdc_rpc.status import STATUS_DETAILS_KEY, RemoteRefusal, from_status, to_status

HTTP_STATUS = {
    "INVALID_ARGUMENT": 400,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "FAILED_PRECONDITION": 409,
    "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499,
    "INTERNAL": 500,
    "UNKNOWN": 500,
    "DATA_LOSS": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}

END_OF_STREAM = 2
TRAILERS = 0x80


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def code_of(refusal: Refusal) -> str:
    """The name of a refusal's code on the wire."""
    return refusal.code if isinstance(refusal, RemoteRefusal) else refusal.kind.value


def rest_body(refusal: Refusal) -> dict[str, object]:
    """The body of a REST error: code, reason, message, and what else there is."""
    code = code_of(refusal)
    body: dict[str, object] = {
        "code": code,
        "reason": refusal.reason,
        "message": refusal.message,
        "fields": [
            {"field": each.field, "description": each.description, "reason": each.reason}
            for each in refusal.fields
        ],
        "facts": dict(refusal.facts),
    }
    if refusal.retry_after is not None:
        body["retryAfter"] = f"{refusal.retry_after.total_seconds():g}s"
    return body


def rest_answer(refusal: Refusal, status: int | None = None) -> Answer:
    """A REST error (GEN-12)."""
    body = rest_body(refusal)
    headers = [("content-type", "application/json")]
    if refusal.retry_after is not None:
        seconds = max(1, round(refusal.retry_after.total_seconds()))
        headers.append(("retry-after", str(seconds)))
    if refusal.kind is Kind.UNAUTHENTICATED:
        headers.append(("www-authenticate", "Bearer"))
    found = status or HTTP_STATUS.get(str(body["code"]), 500)
    return Answer(found, headers, json.dumps(body, ensure_ascii=False).encode())


def rpc_answer(refusal: Refusal, content_type: str) -> Answer:
    """An error in the protocol that a request of `content_type` speaks."""
    status = to_status(refusal)
    if content_type.startswith("application/grpc-web"):
        return _grpc_web(status, content_type)
    wire = _connect_error(status)
    if content_type.startswith("application/connect+"):
        return Answer(200, [("content-type", content_type)], stream_end(refusal, content_type))
    http_status = HTTP_STATUS[code_pb2.Code.Name(status.code)]
    if http_status == 409 and status.code == code_pb2.FAILED_PRECONDITION:
        http_status = 400  # as the Connect protocol has it
    headers = [("content-type", "application/json")]
    return Answer(http_status, headers, json.dumps(wire).encode())


def stream_end(refusal: Refusal, content_type: str) -> bytes:
    """The last envelope of a stream of `content_type` that ends with a refusal."""
    status = to_status(refusal)
    if content_type.startswith("application/grpc-web"):
        answer = _grpc_web(status, content_type)
        lines = [f"{key}: {value}\r\n" for key, value in answer.headers if key != "content-type"]
        data, flags = "".join(lines).encode("latin-1"), TRAILERS
    else:
        data, flags = json.dumps({"error": _connect_error(status)}).encode(), END_OF_STREAM
    return bytes([flags]) + len(data).to_bytes(4, "big") + data


def from_connect_json(body: bytes, status: int) -> RemoteRefusal:
    """Read an error that an owner answered over Connect."""
    try:
        error = json.loads(body)
        name = str(error.get("code", "")).upper().replace("CANCELED", "CANCELLED")
        found = status_pb2.Status(
            code=code_pb2.Code.Value(name), message=str(error.get("message", ""))
        )
        for detail in error.get("details", ()):
            value = base64.b64decode(str(detail["value"]) + "===")
            found.details.add(type_url=f"type.googleapis.com/{detail['type']}", value=value)
    except (ValueError, KeyError, TypeError, AttributeError):
        return RemoteRefusal("UNAVAILABLE", "BAD_GATEWAY", {}, f"The owner answered {status}.")
    return from_status(found)


def _connect_error(status: status_pb2.Status) -> dict[str, object]:
    name = code_pb2.Code.Name(status.code).lower()
    return {
        "code": "canceled" if name == "cancelled" else name,
        "message": status.message,
        "details": [
            {
                "type": detail.type_url.rpartition("/")[2],
                "value": base64.b64encode(detail.value).decode().rstrip("="),
            }
            for detail in status.details
        ],
    }


def _grpc_web(status: status_pb2.Status, content_type: str) -> Answer:
    details = base64.b64encode(status.SerializeToString()).decode().rstrip("=")
    headers = [
        ("content-type", content_type),
        ("grpc-status", str(status.code)),
        ("grpc-message", quote(status.message)),
        (STATUS_DETAILS_KEY, details),
    ]
    return Answer(200, headers, b"")
