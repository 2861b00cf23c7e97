from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReportPortsRequest(_message.Message):
    __slots__ = ("node_uid", "chassis", "ports", "error")
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    CHASSIS_FIELD_NUMBER: _ClassVar[int]
    PORTS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    node_uid: str
    chassis: str
    ports: _containers.RepeatedCompositeFieldContainer[PluggedPort]
    error: str
    def __init__(self, node_uid: _Optional[str] = ..., chassis: _Optional[str] = ..., ports: _Optional[_Iterable[_Union[PluggedPort, _Mapping]]] = ..., error: _Optional[str] = ...) -> None: ...

class PluggedPort(_message.Message):
    __slots__ = ("port_uid", "interface", "link_up")
    PORT_UID_FIELD_NUMBER: _ClassVar[int]
    INTERFACE_FIELD_NUMBER: _ClassVar[int]
    LINK_UP_FIELD_NUMBER: _ClassVar[int]
    port_uid: str
    interface: str
    link_up: bool
    def __init__(self, port_uid: _Optional[str] = ..., interface: _Optional[str] = ..., link_up: _Optional[bool] = ...) -> None: ...

class ReportPortsResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
