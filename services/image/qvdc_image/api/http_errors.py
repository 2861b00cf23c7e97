"""Refusals on plain HTTP, in the shape that REST and Connect use for them."""

import math

from starlette.responses import JSONResponse

from qvdc_core.errors import Kind, Refusal
from qvdc_image.domain.refusals import (
    ChunkMismatch,
    UploadBusy,
    UploadEnded,
    UploadTooLong,
)
from qvdc_image.domain.upload import UploadState

_STATUS = {
    Kind.INVALID: 400,
    Kind.PRECONDITION: 409,
    Kind.ABORTED: 409,
    Kind.EXHAUSTED: 429,
    Kind.UNAVAILABLE: 503,
    Kind.NOT_FOUND: 404,
    Kind.DENIED: 403,
    Kind.UNAUTHENTICATED: 401,
    Kind.EXISTS: 409,
    Kind.DEADLINE: 504,
    Kind.CANCELLED: 499,
    Kind.UNIMPLEMENTED: 501,
    Kind.INTERNAL: 500,
}
CHECKSUM_STATUS = 460
"""What tus answers when a request's bytes have another checksum."""


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal; tus has a few of its own."""
    if isinstance(refusal, ChunkMismatch):
        return CHECKSUM_STATUS
    if isinstance(refusal, UploadBusy):
        return 423
    if isinstance(refusal, UploadTooLong):
        return 413
    if isinstance(refusal, UploadEnded):
        return 409 if refusal.facts.get("state") == UploadState.RECEIVED.value else 410
    return _STATUS[refusal.kind]


def error_response(refusal: Refusal) -> JSONResponse:
    """Write a refusal as JSON: code, message, and the reason with its facts."""
    details: list[dict[str, object]] = [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": refusal.reason,
            "domain": "vdc.quantix.dev",
            "metadata": refusal.facts,
        }
    ]
    if refusal.fields:
        violations = [
            {"field": each.field, "description": each.description, "reason": each.reason}
            for each in refusal.fields
        ]
        kind = "type.googleapis.com/google.rpc.BadRequest"
        details.append({"@type": kind, "fieldViolations": violations})
    code = refusal.kind.value.lower()
    response = JSONResponse(
        {"code": code, "message": refusal.message, "details": details}, status_of(refusal)
    )
    if refusal.retry_after is not None or isinstance(refusal, UploadBusy):
        wait = refusal.retry_after.total_seconds() if refusal.retry_after else 1
        response.headers["Retry-After"] = str(math.ceil(wait))
    return response
