"""Refusals on plain HTTP, in the shape that REST has at the door."""

import math
from datetime import timedelta

from starlette.responses import JSONResponse

from qvdc_core.errors import Kind, Refusal
from qvdc_image.domain.refusals import (
    ChunkMismatch,
    LengthRequired,
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
BUSY_RETRY = timedelta(seconds=1)
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
    if isinstance(refusal, LengthRequired):
        return 411
    if isinstance(refusal, UploadEnded):
        return 409 if refusal.facts.get("state") == UploadState.RECEIVED.value else 410
    return _STATUS[refusal.kind]


def error_response(refusal: Refusal) -> JSONResponse:
    """Write a refusal as JSON, as the door writes those of REST."""
    body: dict[str, object] = {
        "code": refusal.kind.value,
        "reason": refusal.reason,
        "message": refusal.message,
        "fields": [
            {"field": each.field, "description": each.description, "reason": each.reason}
            for each in refusal.fields
        ],
        "facts": refusal.facts,
    }
    wait = refusal.retry_after
    if wait is None and isinstance(refusal, UploadBusy):
        wait = BUSY_RETRY
    headers = {}
    if wait is not None:
        body["retryAfter"] = f"{wait.total_seconds():g}s"
        headers["Retry-After"] = str(math.ceil(wait.total_seconds()))
    return JSONResponse(body, status_of(refusal), headers=headers)
