"""Refusals as google.rpc.Status and back: the same on gRPC, Connect and in stored errors."""

from collections.abc import Iterable
from datetime import timedelta

import grpc
from connectrpc.code import Code
from connectrpc.errors import ConnectError, ErrorDetail
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import DecodeError, Message
from google.rpc import code_pb2, error_details_pb2, status_pb2
from protobuf.wkt import Any as ConnectAny

from qvdc_core.errors import FieldViolation, Kind, Refusal

ERROR_DOMAIN = "vdc.quantix.dev"
STATUS_DETAILS_KEY = "grpc-status-details-bin"

_TYPE_PREFIX = "type.googleapis.com/"
_KIND_OF_CODE = {kind.value: kind for kind in Kind}
_CONNECT_CODE = {code.name: code for code in Code} | {"CANCELLED": Code.CANCELED}
_CODE_OF_CONNECT = {code: name for name, code in _CONNECT_CODE.items()} | {
    Code.CANCELED: "CANCELLED"
}


class RemoteRefusal(Refusal):
    """What another process answered instead of a result.

    Attributes:
        code: the status code's name, such as FAILED_PRECONDITION; also UNKNOWN and the like.
        kind, reason, facts, fields, message, retry_after: as the remote gave them; without an
            ErrorInfo the reason is the code's name.
    """

    def __init__(
        self,
        code: str,
        reason: str,
        facts: dict[str, str],
        message: str,
        *,
        retry_after: timedelta | None = None,
        fields: Iterable[FieldViolation] = (),
    ) -> None:
        super().__init__(message, fields=fields, retry_after=retry_after)
        self.code = code
        self.kind = _KIND_OF_CODE.get(code, Kind.INTERNAL)
        self.reason = reason
        self.facts = facts

    @property
    def transient(self) -> bool:
        """Whether the same call may succeed later without any change."""
        return self.kind in (Kind.UNAVAILABLE, Kind.DEADLINE, Kind.CANCELLED)


def to_status(refusal: Refusal) -> status_pb2.Status:
    """Write `refusal` as a status with ErrorInfo, and BadRequest and RetryInfo where they apply."""
    status = status_pb2.Status(
        code=code_pb2.Code.Value(refusal.kind.value), message=refusal.message
    )
    info = error_details_pb2.ErrorInfo(
        reason=refusal.reason, domain=ERROR_DOMAIN, metadata=refusal.facts
    )
    _attach(status, info)
    if refusal.fields:
        bad = error_details_pb2.BadRequest()
        for violation in refusal.fields:
            bad.field_violations.add(
                field=violation.field, description=violation.description, reason=violation.reason
            )
        _attach(status, bad)
    if refusal.retry_after is not None:
        delay = duration_pb2.Duration()
        delay.FromTimedelta(refusal.retry_after)
        _attach(status, error_details_pb2.RetryInfo(retry_delay=delay))
    return status


def from_status(status: status_pb2.Status) -> RemoteRefusal:
    """Read a status that another process sent; details of unknown types are left out."""
    try:
        code = code_pb2.Code.Name(status.code)
    except ValueError:
        code = "UNKNOWN"
    info = error_details_pb2.ErrorInfo()
    bad = error_details_pb2.BadRequest()
    retry = error_details_pb2.RetryInfo()
    retry_after: timedelta | None = None
    for detail in status.details:
        if detail.Unpack(retry):
            retry_after = retry.retry_delay.ToTimedelta()
        elif not detail.Unpack(info):
            detail.Unpack(bad)
    return RemoteRefusal(
        code,
        info.reason or code,
        dict(info.metadata),
        status.message,
        retry_after=retry_after,
        fields=[
            FieldViolation(each.field, each.description, each.reason)
            for each in bad.field_violations
        ],
    )


def from_rpc_error(error: grpc.RpcError) -> RemoteRefusal:
    """Read what a grpc call raised, rich details included."""
    call = error if isinstance(error, grpc.aio.AioRpcError) else None
    if call is None:
        return RemoteRefusal("UNKNOWN", "UNKNOWN", {}, str(error))
    for key, value in call.trailing_metadata() or ():
        if key == STATUS_DETAILS_KEY and isinstance(value, bytes):
            try:
                return from_status(status_pb2.Status.FromString(value))
            except DecodeError:
                break
    code = call.code().name
    return RemoteRefusal(code, code, {}, call.details() or code)


def to_connect_error(status: status_pb2.Status) -> ConnectError:
    """Write a status as the Connect runtime's exception."""
    code = _CONNECT_CODE.get(code_pb2.Code.Name(status.code), Code.UNKNOWN)
    details = [
        ErrorDetail(ConnectAny(type_url=detail.type_url, value=detail.value))
        for detail in status.details
    ]
    return ConnectError(code, status.message, details=details)


def from_connect_error(error: ConnectError) -> RemoteRefusal:
    """Read what a Connect client raised, rich details included."""
    name = _CODE_OF_CONNECT.get(error.code, "UNKNOWN")
    status = status_pb2.Status(code=code_pb2.Code.Value(name), message=error.message)
    for detail in error.details:
        status.details.add(type_url=_TYPE_PREFIX + detail.type_name, value=detail.message_bytes)
    return from_status(status)


def grpc_code(status: status_pb2.Status) -> grpc.StatusCode:
    """The grpc enum's value of a status."""
    name = code_pb2.Code.Name(status.code)
    return grpc.StatusCode[name]


def _attach(status: status_pb2.Status, detail: Message) -> None:
    packed = any_pb2.Any()
    packed.Pack(detail)
    status.details.append(packed)
