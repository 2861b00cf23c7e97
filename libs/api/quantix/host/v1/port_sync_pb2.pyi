import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from quantix.host.v1 import sync_pb2 as _sync_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReportPortsRequest(_message.Message):
    __slots__ = ("node_uid", "chassis", "ports", "error", "unchanged", "state_hash", "change_count", "observe_time")
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    CHASSIS_FIELD_NUMBER: _ClassVar[int]
    PORTS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    UNCHANGED_FIELD_NUMBER: _ClassVar[int]
    STATE_HASH_FIELD_NUMBER: _ClassVar[int]
    CHANGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    OBSERVE_TIME_FIELD_NUMBER: _ClassVar[int]
    node_uid: str
    chassis: str
    ports: _containers.RepeatedCompositeFieldContainer[PluggedPort]
    error: str
    unchanged: bool
    state_hash: str
    change_count: int
    observe_time: _timestamp_pb2.Timestamp
    def __init__(self, node_uid: _Optional[str] = ..., chassis: _Optional[str] = ..., ports: _Optional[_Iterable[_Union[PluggedPort, _Mapping]]] = ..., error: _Optional[str] = ..., unchanged: _Optional[bool] = ..., state_hash: _Optional[str] = ..., change_count: _Optional[int] = ..., observe_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PluggedPort(_message.Message):
    __slots__ = ("port_uid", "interface", "link_up", "change_count")
    PORT_UID_FIELD_NUMBER: _ClassVar[int]
    INTERFACE_FIELD_NUMBER: _ClassVar[int]
    LINK_UP_FIELD_NUMBER: _ClassVar[int]
    CHANGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    port_uid: str
    interface: str
    link_up: bool
    change_count: int
    def __init__(self, port_uid: _Optional[str] = ..., interface: _Optional[str] = ..., link_up: _Optional[bool] = ..., change_count: _Optional[int] = ...) -> None: ...

class ReportPortsResponse(_message.Message):
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
