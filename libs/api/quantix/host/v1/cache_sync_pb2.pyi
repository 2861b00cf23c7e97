import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from quantix.host.v1 import sync_pb2 as _sync_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReportCacheRequest(_message.Message):
    __slots__ = ("node_uid", "images", "unchanged", "state_hash", "change_count", "observe_time")
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    UNCHANGED_FIELD_NUMBER: _ClassVar[int]
    STATE_HASH_FIELD_NUMBER: _ClassVar[int]
    CHANGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    OBSERVE_TIME_FIELD_NUMBER: _ClassVar[int]
    node_uid: str
    images: _containers.RepeatedCompositeFieldContainer[CachedImage]
    unchanged: bool
    state_hash: str
    change_count: int
    observe_time: _timestamp_pb2.Timestamp
    def __init__(self, node_uid: _Optional[str] = ..., images: _Optional[_Iterable[_Union[CachedImage, _Mapping]]] = ..., unchanged: _Optional[bool] = ..., state_hash: _Optional[str] = ..., change_count: _Optional[int] = ..., observe_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CachedImage(_message.Message):
    __slots__ = ("digest", "state", "size_bytes", "bytes_done", "pin_count", "error", "change_count")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[CachedImage.State]
        STATE_PULLING: _ClassVar[CachedImage.State]
        STATE_READY: _ClassVar[CachedImage.State]
        STATE_ERROR: _ClassVar[CachedImage.State]
    STATE_UNSPECIFIED: CachedImage.State
    STATE_PULLING: CachedImage.State
    STATE_READY: CachedImage.State
    STATE_ERROR: CachedImage.State
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    BYTES_DONE_FIELD_NUMBER: _ClassVar[int]
    PIN_COUNT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    CHANGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    digest: str
    state: CachedImage.State
    size_bytes: int
    bytes_done: int
    pin_count: int
    error: str
    change_count: int
    def __init__(self, digest: _Optional[str] = ..., state: _Optional[_Union[CachedImage.State, str]] = ..., size_bytes: _Optional[int] = ..., bytes_done: _Optional[int] = ..., pin_count: _Optional[int] = ..., error: _Optional[str] = ..., change_count: _Optional[int] = ...) -> None: ...

class ReportCacheResponse(_message.Message):
    __slots__ = ("state_hash", "request_full_sync", "conflicts", "outcome")
    STATE_HASH_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FULL_SYNC_FIELD_NUMBER: _ClassVar[int]
    CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    state_hash: str
    request_full_sync: bool
    conflicts: _containers.RepeatedCompositeFieldContainer[_sync_pb2.SyncConflict]
    outcome: _sync_pb2.SyncOutcome
    def __init__(self, state_hash: _Optional[str] = ..., request_full_sync: _Optional[bool] = ..., conflicts: _Optional[_Iterable[_Union[_sync_pb2.SyncConflict, _Mapping]]] = ..., outcome: _Optional[_Union[_sync_pb2.SyncOutcome, _Mapping]] = ...) -> None: ...
