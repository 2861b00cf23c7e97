from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from quantix.node.v1 import node_pb2 as _node_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DescribeRequest(_message.Message):
    __slots__ = ("code",)
    CODE_FIELD_NUMBER: _ClassVar[int]
    code: str
    def __init__(self, code: _Optional[str] = ...) -> None: ...

class DescribeResponse(_message.Message):
    __slots__ = ("machine_uuid", "hostname", "node", "system", "inventory", "machines")
    class FoundMachine(_message.Message):
        __slots__ = ("name",)
        NAME_FIELD_NUMBER: _ClassVar[int]
        name: str
        def __init__(self, name: _Optional[str] = ...) -> None: ...
    MACHINE_UUID_FIELD_NUMBER: _ClassVar[int]
    HOSTNAME_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    SYSTEM_FIELD_NUMBER: _ClassVar[int]
    INVENTORY_FIELD_NUMBER: _ClassVar[int]
    MACHINES_FIELD_NUMBER: _ClassVar[int]
    machine_uuid: str
    hostname: str
    node: str
    system: _node_pb2.NodeSystem
    inventory: _node_pb2.NodeInventory
    machines: _containers.RepeatedCompositeFieldContainer[DescribeResponse.FoundMachine]
    def __init__(self, machine_uuid: _Optional[str] = ..., hostname: _Optional[str] = ..., node: _Optional[str] = ..., system: _Optional[_Union[_node_pb2.NodeSystem, _Mapping]] = ..., inventory: _Optional[_Union[_node_pb2.NodeInventory, _Mapping]] = ..., machines: _Optional[_Iterable[_Union[DescribeResponse.FoundMachine, _Mapping]]] = ...) -> None: ...

class ConfigureRequest(_message.Message):
    __slots__ = ("code", "servers", "ca_pem", "join_token", "node_id")
    CODE_FIELD_NUMBER: _ClassVar[int]
    SERVERS_FIELD_NUMBER: _ClassVar[int]
    CA_PEM_FIELD_NUMBER: _ClassVar[int]
    JOIN_TOKEN_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    code: str
    servers: _containers.RepeatedScalarFieldContainer[str]
    ca_pem: str
    join_token: str
    node_id: str
    def __init__(self, code: _Optional[str] = ..., servers: _Optional[_Iterable[str]] = ..., ca_pem: _Optional[str] = ..., join_token: _Optional[str] = ..., node_id: _Optional[str] = ...) -> None: ...

class ConfigureResponse(_message.Message):
    __slots__ = ("machine_uuid",)
    MACHINE_UUID_FIELD_NUMBER: _ClassVar[int]
    machine_uuid: str
    def __init__(self, machine_uuid: _Optional[str] = ...) -> None: ...
