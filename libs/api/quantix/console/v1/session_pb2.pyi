import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_SIGN_IN_REFUSED: _ClassVar[ErrorReason]
    ERROR_REASON_SIGN_IN_LOCKED: _ClassVar[ErrorReason]
    ERROR_REASON_SESSION_ENDED: _ClassVar[ErrorReason]
    ERROR_REASON_ACCESS_TOKEN_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_CSRF_TOKEN_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_ORIGIN_REFUSED: _ClassVar[ErrorReason]
    ERROR_REASON_PASSWORD_CHANGE_REQUIRED: _ClassVar[ErrorReason]
    ERROR_REASON_PASSWORD_WEAK: _ClassVar[ErrorReason]
    ERROR_REASON_GRANT_EXCEEDS_CALLER: _ClassVar[ErrorReason]
    ERROR_REASON_LAST_ADMINISTRATOR: _ClassVar[ErrorReason]
    ERROR_REASON_BUILT_IN: _ClassVar[ErrorReason]
    ERROR_REASON_NO_PASSWORD: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_SIGN_IN_REFUSED: ErrorReason
ERROR_REASON_SIGN_IN_LOCKED: ErrorReason
ERROR_REASON_SESSION_ENDED: ErrorReason
ERROR_REASON_ACCESS_TOKEN_INVALID: ErrorReason
ERROR_REASON_CSRF_TOKEN_INVALID: ErrorReason
ERROR_REASON_ORIGIN_REFUSED: ErrorReason
ERROR_REASON_PASSWORD_CHANGE_REQUIRED: ErrorReason
ERROR_REASON_PASSWORD_WEAK: ErrorReason
ERROR_REASON_GRANT_EXCEEDS_CALLER: ErrorReason
ERROR_REASON_LAST_ADMINISTRATOR: ErrorReason
ERROR_REASON_BUILT_IN: ErrorReason
ERROR_REASON_NO_PASSWORD: ErrorReason

class SignInRequest(_message.Message):
    __slots__ = ("user", "password", "request_id")
    USER_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user: str
    password: str
    request_id: str
    def __init__(self, user: _Optional[str] = ..., password: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class SignInResponse(_message.Message):
    __slots__ = ("session", "token")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    session: Session
    token: AccessToken
    def __init__(self, session: _Optional[_Union[Session, _Mapping]] = ..., token: _Optional[_Union[AccessToken, _Mapping]] = ...) -> None: ...

class Session(_message.Message):
    __slots__ = ("user", "display_name", "subject", "permissions", "password_change_required", "csrf_token", "idle_expire_time", "expire_time")
    USER_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    PERMISSIONS_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_CHANGE_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    CSRF_TOKEN_FIELD_NUMBER: _ClassVar[int]
    IDLE_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    user: str
    display_name: str
    subject: str
    permissions: _containers.RepeatedScalarFieldContainer[str]
    password_change_required: bool
    csrf_token: str
    idle_expire_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, user: _Optional[str] = ..., display_name: _Optional[str] = ..., subject: _Optional[str] = ..., permissions: _Optional[_Iterable[str]] = ..., password_change_required: _Optional[bool] = ..., csrf_token: _Optional[str] = ..., idle_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SignOutRequest(_message.Message):
    __slots__ = ("request_id",)
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    def __init__(self, request_id: _Optional[str] = ...) -> None: ...

class GetSessionRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ChangePasswordRequest(_message.Message):
    __slots__ = ("old_password", "new_password", "request_id")
    OLD_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    NEW_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    old_password: str
    new_password: str
    request_id: str
    def __init__(self, old_password: _Optional[str] = ..., new_password: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateAccessTokenRequest(_message.Message):
    __slots__ = ("request_id",)
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    def __init__(self, request_id: _Optional[str] = ...) -> None: ...

class AccessToken(_message.Message):
    __slots__ = ("token", "expire_time")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    token: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, token: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
