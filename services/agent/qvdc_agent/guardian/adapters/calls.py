"""Calls that end in an answer, a refusal or silence."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2

from qvdc_agent.guardian.errors import Refused, Unanswered

_UNANSWERED = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNKNOWN,
}


async def call(method: Callable[..., Any], request: Message, within: timedelta) -> Any:
    """Call and return the answer.

    Raises:
        Unanswered: nobody answered within the time, or the server could not.
        Refused: the server decided against it.
    """
    try:
        return await method(request, timeout=within.total_seconds())
    except grpc.aio.AioRpcError as error:
        info, message, retry_after = _details(error)
        if error.code() in _UNANSWERED:
            raise Unanswered(message, retry_after) from error
        reason = info.reason or error.code().name
        raise Refused(reason, message, retry_after, dict(info.metadata)) from error


def _details(
    error: grpc.aio.AioRpcError,
) -> tuple[error_details_pb2.ErrorInfo, str, timedelta | None]:
    """Reason and facts, message and asked-for wait of an error."""
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    status, delay = status_pb2.Status(), None
    found = dict(error.trailing_metadata() or ())
    raw = found.get("grpc-status-details-bin", b"")
    try:
        status.ParseFromString(raw if isinstance(raw, bytes) else raw.encode())
    except DecodeError:
        status.Clear()
    for detail in status.details:
        detail.Unpack(info)
        if detail.Unpack(retry):
            delay = retry.retry_delay.ToTimedelta()
    return info, status.message or error.details() or "", delay
