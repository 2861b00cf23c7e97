from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReadHostLogRequest(_message.Message):
    __slots__ = ("process", "line_count", "contains")
    class Process(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        PROCESS_UNSPECIFIED: _ClassVar[ReadHostLogRequest.Process]
        PROCESS_AGENT: _ClassVar[ReadHostLogRequest.Process]
        PROCESS_GUARDIAN: _ClassVar[ReadHostLogRequest.Process]
    PROCESS_UNSPECIFIED: ReadHostLogRequest.Process
    PROCESS_AGENT: ReadHostLogRequest.Process
    PROCESS_GUARDIAN: ReadHostLogRequest.Process
    PROCESS_FIELD_NUMBER: _ClassVar[int]
    LINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    CONTAINS_FIELD_NUMBER: _ClassVar[int]
    process: ReadHostLogRequest.Process
    line_count: int
    contains: str
    def __init__(self, process: _Optional[_Union[ReadHostLogRequest.Process, str]] = ..., line_count: _Optional[int] = ..., contains: _Optional[str] = ...) -> None: ...

class ReadHostLogResponse(_message.Message):
    __slots__ = ("lines", "truncated")
    LINES_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    lines: _containers.RepeatedScalarFieldContainer[str]
    truncated: bool
    def __init__(self, lines: _Optional[_Iterable[str]] = ..., truncated: _Optional[bool] = ...) -> None: ...
