from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PlacementDemand(_message.Message):
    __slots__ = ("cluster", "vcpu_count", "memory_bytes", "disk_bytes", "storage_pool", "networks", "required_nodes", "excluded_nodes", "node_labels", "image")
    class NodeLabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    VCPU_COUNT_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    DISK_BYTES_FIELD_NUMBER: _ClassVar[int]
    STORAGE_POOL_FIELD_NUMBER: _ClassVar[int]
    NETWORKS_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_NODES_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_NODES_FIELD_NUMBER: _ClassVar[int]
    NODE_LABELS_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    cluster: str
    vcpu_count: int
    memory_bytes: int
    disk_bytes: int
    storage_pool: str
    networks: _containers.RepeatedScalarFieldContainer[str]
    required_nodes: _containers.RepeatedScalarFieldContainer[str]
    excluded_nodes: _containers.RepeatedScalarFieldContainer[str]
    node_labels: _containers.ScalarMap[str, str]
    image: str
    def __init__(self, cluster: _Optional[str] = ..., vcpu_count: _Optional[int] = ..., memory_bytes: _Optional[int] = ..., disk_bytes: _Optional[int] = ..., storage_pool: _Optional[str] = ..., networks: _Optional[_Iterable[str]] = ..., required_nodes: _Optional[_Iterable[str]] = ..., excluded_nodes: _Optional[_Iterable[str]] = ..., node_labels: _Optional[_Mapping[str, str]] = ..., image: _Optional[str] = ...) -> None: ...

class PlanPlacementRequest(_message.Message):
    __slots__ = ("demand",)
    DEMAND_FIELD_NUMBER: _ClassVar[int]
    demand: PlacementDemand
    def __init__(self, demand: _Optional[_Union[PlacementDemand, _Mapping]] = ...) -> None: ...

class PlacementPlan(_message.Message):
    __slots__ = ("node", "node_uid", "verdicts", "projection_age_seconds", "stale")
    NODE_FIELD_NUMBER: _ClassVar[int]
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    PROJECTION_AGE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    STALE_FIELD_NUMBER: _ClassVar[int]
    node: str
    node_uid: str
    verdicts: _containers.RepeatedCompositeFieldContainer[HostVerdict]
    projection_age_seconds: int
    stale: bool
    def __init__(self, node: _Optional[str] = ..., node_uid: _Optional[str] = ..., verdicts: _Optional[_Iterable[_Union[HostVerdict, _Mapping]]] = ..., projection_age_seconds: _Optional[int] = ..., stale: _Optional[bool] = ...) -> None: ...

class HostVerdict(_message.Message):
    __slots__ = ("node", "node_uid", "fits", "score", "obstacles", "score_parts")
    class ScorePartsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    NODE_FIELD_NUMBER: _ClassVar[int]
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    FITS_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    OBSTACLES_FIELD_NUMBER: _ClassVar[int]
    SCORE_PARTS_FIELD_NUMBER: _ClassVar[int]
    node: str
    node_uid: str
    fits: bool
    score: float
    obstacles: _containers.RepeatedCompositeFieldContainer[Obstacle]
    score_parts: _containers.ScalarMap[str, float]
    def __init__(self, node: _Optional[str] = ..., node_uid: _Optional[str] = ..., fits: _Optional[bool] = ..., score: _Optional[float] = ..., obstacles: _Optional[_Iterable[_Union[Obstacle, _Mapping]]] = ..., score_parts: _Optional[_Mapping[str, float]] = ...) -> None: ...

class Obstacle(_message.Message):
    __slots__ = ("reason", "message", "needed", "available")
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    NEEDED_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    reason: str
    message: str
    needed: int
    available: int
    def __init__(self, reason: _Optional[str] = ..., message: _Optional[str] = ..., needed: _Optional[int] = ..., available: _Optional[int] = ...) -> None: ...
