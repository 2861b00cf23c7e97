from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from quantix.cluster.v1 import cluster_pb2 as _cluster_pb2
from quantix.event.v1 import event_pb2 as _event_pb2
from quantix.image.v1 import image_pb2 as _image_pb2
from quantix.network.v1 import network_pb2 as _network_pb2
from quantix.network.v1 import port_pb2 as _port_pb2
from quantix.node.v1 import node_pb2 as _node_pb2
from quantix.node.v1 import storage_pool_pb2 as _storage_pool_pb2
from quantix.vm.v1 import virtual_machine_pb2 as _virtual_machine_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class WatchAllRequest(_message.Message):
    __slots__ = ("nouns", "resume_token", "snapshot_page_size")
    NOUNS_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    nouns: _containers.RepeatedScalarFieldContainer[str]
    resume_token: str
    snapshot_page_size: int
    def __init__(self, nouns: _Optional[_Iterable[str]] = ..., resume_token: _Optional[str] = ..., snapshot_page_size: _Optional[int] = ...) -> None: ...

class WatchAllResponse(_message.Message):
    __slots__ = ("kind", "noun", "begins", "resume_token", "cluster", "node", "image", "network", "port", "virtual_machine", "event", "storage_pool", "more")
    KIND_FIELD_NUMBER: _ClassVar[int]
    NOUN_FIELD_NUMBER: _ClassVar[int]
    BEGINS_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_MACHINE_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    STORAGE_POOL_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    kind: _event_pb2.WatchKind
    noun: str
    begins: bool
    resume_token: str
    cluster: _cluster_pb2.Cluster
    node: _node_pb2.Node
    image: _image_pb2.Image
    network: _network_pb2.Network
    port: _port_pb2.Port
    virtual_machine: _virtual_machine_pb2.VirtualMachine
    event: _event_pb2.Event
    storage_pool: _storage_pool_pb2.StoragePool
    more: _containers.RepeatedCompositeFieldContainer[WatchAllResponse]
    def __init__(self, kind: _Optional[_Union[_event_pb2.WatchKind, str]] = ..., noun: _Optional[str] = ..., begins: _Optional[bool] = ..., resume_token: _Optional[str] = ..., cluster: _Optional[_Union[_cluster_pb2.Cluster, _Mapping]] = ..., node: _Optional[_Union[_node_pb2.Node, _Mapping]] = ..., image: _Optional[_Union[_image_pb2.Image, _Mapping]] = ..., network: _Optional[_Union[_network_pb2.Network, _Mapping]] = ..., port: _Optional[_Union[_port_pb2.Port, _Mapping]] = ..., virtual_machine: _Optional[_Union[_virtual_machine_pb2.VirtualMachine, _Mapping]] = ..., event: _Optional[_Union[_event_pb2.Event, _Mapping]] = ..., storage_pool: _Optional[_Union[_storage_pool_pb2.StoragePool, _Mapping]] = ..., more: _Optional[_Iterable[_Union[WatchAllResponse, _Mapping]]] = ...) -> None: ...
