from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from quantix.host.v1 import session_pb2 as _session_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ConfessMachinesRequest(_message.Message):
    __slots__ = ("node_uid", "incident", "machines")
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    MACHINES_FIELD_NUMBER: _ClassVar[int]
    node_uid: str
    incident: str
    machines: _containers.RepeatedCompositeFieldContainer[_session_pb2.ProtectedMachine]
    def __init__(self, node_uid: _Optional[str] = ..., incident: _Optional[str] = ..., machines: _Optional[_Iterable[_Union[_session_pb2.ProtectedMachine, _Mapping]]] = ...) -> None: ...

class ConfessMachinesResponse(_message.Message):
    __slots__ = ("machines",)
    MACHINES_FIELD_NUMBER: _ClassVar[int]
    machines: _containers.RepeatedCompositeFieldContainer[_session_pb2.ConfessedMachine]
    def __init__(self, machines: _Optional[_Iterable[_Union[_session_pb2.ConfessedMachine, _Mapping]]] = ...) -> None: ...
