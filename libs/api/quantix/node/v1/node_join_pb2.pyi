from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from quantix.node.v1 import node_pb2 as _node_pb2
from quantix.operation.v1 import operation_pb2 as _operation_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DiscoverNodeRequest(_message.Message):
    __slots__ = ("address", "code", "fingerprint")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    address: str
    code: str
    fingerprint: str
    def __init__(self, address: _Optional[str] = ..., code: _Optional[str] = ..., fingerprint: _Optional[str] = ...) -> None: ...

class DiscoveredNode(_message.Message):
    __slots__ = ("address", "fingerprint", "machine_uuid", "hostname", "node", "system", "inventory", "machines")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    MACHINE_UUID_FIELD_NUMBER: _ClassVar[int]
    HOSTNAME_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    SYSTEM_FIELD_NUMBER: _ClassVar[int]
    INVENTORY_FIELD_NUMBER: _ClassVar[int]
    MACHINES_FIELD_NUMBER: _ClassVar[int]
    address: str
    fingerprint: str
    machine_uuid: str
    hostname: str
    node: str
    system: _node_pb2.NodeSystem
    inventory: _node_pb2.NodeInventory
    machines: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, address: _Optional[str] = ..., fingerprint: _Optional[str] = ..., machine_uuid: _Optional[str] = ..., hostname: _Optional[str] = ..., node: _Optional[str] = ..., system: _Optional[_Union[_node_pb2.NodeSystem, _Mapping]] = ..., inventory: _Optional[_Union[_node_pb2.NodeInventory, _Mapping]] = ..., machines: _Optional[_Iterable[str]] = ...) -> None: ...

class JoinNodeRequest(_message.Message):
    __slots__ = ("address", "code", "fingerprint", "node_id", "cluster", "request_id", "validate_only")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    address: str
    code: str
    fingerprint: str
    node_id: str
    cluster: str
    request_id: str
    validate_only: bool
    def __init__(self, address: _Optional[str] = ..., code: _Optional[str] = ..., fingerprint: _Optional[str] = ..., node_id: _Optional[str] = ..., cluster: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...
