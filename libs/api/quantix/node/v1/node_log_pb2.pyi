import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetNodeLogRequest(_message.Message):
    __slots__ = ("name", "process", "line_count", "contains")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PROCESS_FIELD_NUMBER: _ClassVar[int]
    LINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    CONTAINS_FIELD_NUMBER: _ClassVar[int]
    name: str
    process: NodeLog.Process
    line_count: int
    contains: str
    def __init__(self, name: _Optional[str] = ..., process: _Optional[_Union[NodeLog.Process, str]] = ..., line_count: _Optional[int] = ..., contains: _Optional[str] = ...) -> None: ...

class NodeLog(_message.Message):
    __slots__ = ("name", "process", "lines", "truncated", "read_time")
    class Process(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        PROCESS_UNSPECIFIED: _ClassVar[NodeLog.Process]
        PROCESS_AGENT: _ClassVar[NodeLog.Process]
        PROCESS_GUARDIAN: _ClassVar[NodeLog.Process]
    PROCESS_UNSPECIFIED: NodeLog.Process
    PROCESS_AGENT: NodeLog.Process
    PROCESS_GUARDIAN: NodeLog.Process
    NAME_FIELD_NUMBER: _ClassVar[int]
    PROCESS_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    READ_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    process: NodeLog.Process
    lines: _containers.RepeatedScalarFieldContainer[str]
    truncated: bool
    read_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., process: _Optional[_Union[NodeLog.Process, str]] = ..., lines: _Optional[_Iterable[str]] = ..., truncated: _Optional[bool] = ..., read_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
