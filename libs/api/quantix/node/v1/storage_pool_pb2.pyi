import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from quantix.event.v1 import event_pb2 as _event_pb2
from quantix.operation.v1 import operation_pb2 as _operation_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StoragePool(_message.Message):
    __slots__ = ("name", "uid", "display_name", "description", "labels", "etag", "generation", "create_time", "update_time", "type", "path", "content", "overprovision_ratio", "reserve_percent", "default_provisioning", "assigned_nodes", "phase", "phase_reason", "node_states", "capacity_bytes", "available_bytes", "claimed_bytes", "claim_count")
    class Type(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        TYPE_UNSPECIFIED: _ClassVar[StoragePool.Type]
        TYPE_LOCAL_DIR: _ClassVar[StoragePool.Type]
        TYPE_SHARED_DIR: _ClassVar[StoragePool.Type]
    TYPE_UNSPECIFIED: StoragePool.Type
    TYPE_LOCAL_DIR: StoragePool.Type
    TYPE_SHARED_DIR: StoragePool.Type
    class Content(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CONTENT_UNSPECIFIED: _ClassVar[StoragePool.Content]
        CONTENT_DISKS: _ClassVar[StoragePool.Content]
        CONTENT_IMAGES: _ClassVar[StoragePool.Content]
        CONTENT_ISO: _ClassVar[StoragePool.Content]
        CONTENT_BACKUP: _ClassVar[StoragePool.Content]
    CONTENT_UNSPECIFIED: StoragePool.Content
    CONTENT_DISKS: StoragePool.Content
    CONTENT_IMAGES: StoragePool.Content
    CONTENT_ISO: StoragePool.Content
    CONTENT_BACKUP: StoragePool.Content
    class Provisioning(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        PROVISIONING_UNSPECIFIED: _ClassVar[StoragePool.Provisioning]
        PROVISIONING_THIN: _ClassVar[StoragePool.Provisioning]
        PROVISIONING_THICK: _ClassVar[StoragePool.Provisioning]
    PROVISIONING_UNSPECIFIED: StoragePool.Provisioning
    PROVISIONING_THIN: StoragePool.Provisioning
    PROVISIONING_THICK: StoragePool.Provisioning
    class Phase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        PHASE_UNSPECIFIED: _ClassVar[StoragePool.Phase]
        PHASE_PENDING: _ClassVar[StoragePool.Phase]
        PHASE_READY: _ClassVar[StoragePool.Phase]
        PHASE_DEGRADED: _ClassVar[StoragePool.Phase]
        PHASE_ERROR: _ClassVar[StoragePool.Phase]
        PHASE_DELETING: _ClassVar[StoragePool.Phase]
    PHASE_UNSPECIFIED: StoragePool.Phase
    PHASE_PENDING: StoragePool.Phase
    PHASE_READY: StoragePool.Phase
    PHASE_DEGRADED: StoragePool.Phase
    PHASE_ERROR: StoragePool.Phase
    PHASE_DELETING: StoragePool.Phase
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    UID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    OVERPROVISION_RATIO_FIELD_NUMBER: _ClassVar[int]
    RESERVE_PERCENT_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_PROVISIONING_FIELD_NUMBER: _ClassVar[int]
    ASSIGNED_NODES_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    PHASE_REASON_FIELD_NUMBER: _ClassVar[int]
    NODE_STATES_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_BYTES_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_BYTES_FIELD_NUMBER: _ClassVar[int]
    CLAIMED_BYTES_FIELD_NUMBER: _ClassVar[int]
    CLAIM_COUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    uid: str
    display_name: str
    description: str
    labels: _containers.ScalarMap[str, str]
    etag: str
    generation: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    type: StoragePool.Type
    path: str
    content: _containers.RepeatedScalarFieldContainer[StoragePool.Content]
    overprovision_ratio: float
    reserve_percent: int
    default_provisioning: StoragePool.Provisioning
    assigned_nodes: _containers.RepeatedScalarFieldContainer[str]
    phase: StoragePool.Phase
    phase_reason: str
    node_states: _containers.RepeatedCompositeFieldContainer[PoolOnNode]
    capacity_bytes: int
    available_bytes: int
    claimed_bytes: int
    claim_count: int
    def __init__(self, name: _Optional[str] = ..., uid: _Optional[str] = ..., display_name: _Optional[str] = ..., description: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., etag: _Optional[str] = ..., generation: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., type: _Optional[_Union[StoragePool.Type, str]] = ..., path: _Optional[str] = ..., content: _Optional[_Iterable[_Union[StoragePool.Content, str]]] = ..., overprovision_ratio: _Optional[float] = ..., reserve_percent: _Optional[int] = ..., default_provisioning: _Optional[_Union[StoragePool.Provisioning, str]] = ..., assigned_nodes: _Optional[_Iterable[str]] = ..., phase: _Optional[_Union[StoragePool.Phase, str]] = ..., phase_reason: _Optional[str] = ..., node_states: _Optional[_Iterable[_Union[PoolOnNode, _Mapping]]] = ..., capacity_bytes: _Optional[int] = ..., available_bytes: _Optional[int] = ..., claimed_bytes: _Optional[int] = ..., claim_count: _Optional[int] = ...) -> None: ...

class PoolOnNode(_message.Message):
    __slots__ = ("node", "node_uid", "state", "reason", "error", "path", "capacity_bytes", "available_bytes", "latency_microseconds", "claimed_bytes", "since_time", "observe_time", "stale", "releasing", "wanted_generation", "observed_generation")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[PoolOnNode.State]
        STATE_MOUNTING: _ClassVar[PoolOnNode.State]
        STATE_HEALTHY: _ClassVar[PoolOnNode.State]
        STATE_DEGRADED: _ClassVar[PoolOnNode.State]
        STATE_ERROR: _ClassVar[PoolOnNode.State]
        STATE_UNMOUNTED: _ClassVar[PoolOnNode.State]
        STATE_UNKNOWN: _ClassVar[PoolOnNode.State]
    STATE_UNSPECIFIED: PoolOnNode.State
    STATE_MOUNTING: PoolOnNode.State
    STATE_HEALTHY: PoolOnNode.State
    STATE_DEGRADED: PoolOnNode.State
    STATE_ERROR: PoolOnNode.State
    STATE_UNMOUNTED: PoolOnNode.State
    STATE_UNKNOWN: PoolOnNode.State
    NODE_FIELD_NUMBER: _ClassVar[int]
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_BYTES_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_BYTES_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MICROSECONDS_FIELD_NUMBER: _ClassVar[int]
    CLAIMED_BYTES_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    OBSERVE_TIME_FIELD_NUMBER: _ClassVar[int]
    STALE_FIELD_NUMBER: _ClassVar[int]
    RELEASING_FIELD_NUMBER: _ClassVar[int]
    WANTED_GENERATION_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_GENERATION_FIELD_NUMBER: _ClassVar[int]
    node: str
    node_uid: str
    state: PoolOnNode.State
    reason: str
    error: str
    path: str
    capacity_bytes: int
    available_bytes: int
    latency_microseconds: int
    claimed_bytes: int
    since_time: _timestamp_pb2.Timestamp
    observe_time: _timestamp_pb2.Timestamp
    stale: bool
    releasing: bool
    wanted_generation: int
    observed_generation: int
    def __init__(self, node: _Optional[str] = ..., node_uid: _Optional[str] = ..., state: _Optional[_Union[PoolOnNode.State, str]] = ..., reason: _Optional[str] = ..., error: _Optional[str] = ..., path: _Optional[str] = ..., capacity_bytes: _Optional[int] = ..., available_bytes: _Optional[int] = ..., latency_microseconds: _Optional[int] = ..., claimed_bytes: _Optional[int] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., observe_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., stale: _Optional[bool] = ..., releasing: _Optional[bool] = ..., wanted_generation: _Optional[int] = ..., observed_generation: _Optional[int] = ...) -> None: ...

class StoragePoolFile(_message.Message):
    __slots__ = ("node", "path", "kind", "size_bytes", "allocated_bytes", "modify_time", "owner", "owner_uid", "disk_id", "orphan", "claimed_bytes")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[StoragePoolFile.Kind]
        KIND_DISK: _ClassVar[StoragePoolFile.Kind]
        KIND_IMAGE: _ClassVar[StoragePoolFile.Kind]
        KIND_ISO: _ClassVar[StoragePoolFile.Kind]
        KIND_OTHER: _ClassVar[StoragePoolFile.Kind]
    KIND_UNSPECIFIED: StoragePoolFile.Kind
    KIND_DISK: StoragePoolFile.Kind
    KIND_IMAGE: StoragePoolFile.Kind
    KIND_ISO: StoragePoolFile.Kind
    KIND_OTHER: StoragePoolFile.Kind
    NODE_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    ALLOCATED_BYTES_FIELD_NUMBER: _ClassVar[int]
    MODIFY_TIME_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    OWNER_UID_FIELD_NUMBER: _ClassVar[int]
    DISK_ID_FIELD_NUMBER: _ClassVar[int]
    ORPHAN_FIELD_NUMBER: _ClassVar[int]
    CLAIMED_BYTES_FIELD_NUMBER: _ClassVar[int]
    node: str
    path: str
    kind: StoragePoolFile.Kind
    size_bytes: int
    allocated_bytes: int
    modify_time: _timestamp_pb2.Timestamp
    owner: str
    owner_uid: str
    disk_id: str
    orphan: bool
    claimed_bytes: int
    def __init__(self, node: _Optional[str] = ..., path: _Optional[str] = ..., kind: _Optional[_Union[StoragePoolFile.Kind, str]] = ..., size_bytes: _Optional[int] = ..., allocated_bytes: _Optional[int] = ..., modify_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., owner: _Optional[str] = ..., owner_uid: _Optional[str] = ..., disk_id: _Optional[str] = ..., orphan: _Optional[bool] = ..., claimed_bytes: _Optional[int] = ...) -> None: ...

class StorageDevice(_message.Message):
    __slots__ = ("node", "path", "stable_id", "model", "size_bytes", "observe_time", "stale")
    NODE_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    STABLE_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    OBSERVE_TIME_FIELD_NUMBER: _ClassVar[int]
    STALE_FIELD_NUMBER: _ClassVar[int]
    node: str
    path: str
    stable_id: str
    model: str
    size_bytes: int
    observe_time: _timestamp_pb2.Timestamp
    stale: bool
    def __init__(self, node: _Optional[str] = ..., path: _Optional[str] = ..., stable_id: _Optional[str] = ..., model: _Optional[str] = ..., size_bytes: _Optional[int] = ..., observe_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., stale: _Optional[bool] = ...) -> None: ...

class CreateStoragePoolRequest(_message.Message):
    __slots__ = ("storage_pool_id", "storage_pool", "request_id", "validate_only", "nodes")
    STORAGE_POOL_ID_FIELD_NUMBER: _ClassVar[int]
    STORAGE_POOL_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    storage_pool_id: str
    storage_pool: StoragePool
    request_id: str
    validate_only: bool
    nodes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, storage_pool_id: _Optional[str] = ..., storage_pool: _Optional[_Union[StoragePool, _Mapping]] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ..., nodes: _Optional[_Iterable[str]] = ...) -> None: ...

class GetStoragePoolRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListStoragePoolsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "name_prefix", "labels", "query", "node", "types", "phases")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    NAME_PREFIX_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    PHASES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    name_prefix: str
    labels: _containers.ScalarMap[str, str]
    query: str
    node: str
    types: _containers.RepeatedScalarFieldContainer[StoragePool.Type]
    phases: _containers.RepeatedScalarFieldContainer[StoragePool.Phase]
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., name_prefix: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., query: _Optional[str] = ..., node: _Optional[str] = ..., types: _Optional[_Iterable[_Union[StoragePool.Type, str]]] = ..., phases: _Optional[_Iterable[_Union[StoragePool.Phase, str]]] = ...) -> None: ...

class ListStoragePoolsResponse(_message.Message):
    __slots__ = ("storage_pools", "next_page_token")
    STORAGE_POOLS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    storage_pools: _containers.RepeatedCompositeFieldContainer[StoragePool]
    next_page_token: str
    def __init__(self, storage_pools: _Optional[_Iterable[_Union[StoragePool, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateStoragePoolRequest(_message.Message):
    __slots__ = ("storage_pool", "update_mask", "request_id", "validate_only")
    STORAGE_POOL_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    storage_pool: StoragePool
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    validate_only: bool
    def __init__(self, storage_pool: _Optional[_Union[StoragePool, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class DeleteStoragePoolRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id", "validate_only", "wipe")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    WIPE_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    validate_only: bool
    wipe: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ..., wipe: _Optional[str] = ...) -> None: ...

class AssignStoragePoolRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id", "validate_only", "nodes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    validate_only: bool
    nodes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ..., nodes: _Optional[_Iterable[str]] = ...) -> None: ...

class UnassignStoragePoolRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id", "validate_only", "nodes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    validate_only: bool
    nodes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ..., nodes: _Optional[_Iterable[str]] = ...) -> None: ...

class ReconnectStoragePoolRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id", "validate_only", "nodes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    validate_only: bool
    nodes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ..., nodes: _Optional[_Iterable[str]] = ...) -> None: ...

class RescanStoragePoolRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id", "validate_only", "nodes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    validate_only: bool
    nodes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ..., nodes: _Optional[_Iterable[str]] = ...) -> None: ...

class ListStoragePoolFilesRequest(_message.Message):
    __slots__ = ("name", "page_size", "page_token", "node", "orphans_only")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    ORPHANS_ONLY_FIELD_NUMBER: _ClassVar[int]
    name: str
    page_size: int
    page_token: str
    node: str
    orphans_only: bool
    def __init__(self, name: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., node: _Optional[str] = ..., orphans_only: _Optional[bool] = ...) -> None: ...

class ListStoragePoolFilesResponse(_message.Message):
    __slots__ = ("files", "next_page_token", "truncated_nodes", "observe_time")
    FILES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_NODES_FIELD_NUMBER: _ClassVar[int]
    OBSERVE_TIME_FIELD_NUMBER: _ClassVar[int]
    files: _containers.RepeatedCompositeFieldContainer[StoragePoolFile]
    next_page_token: str
    truncated_nodes: _containers.RepeatedScalarFieldContainer[str]
    observe_time: _timestamp_pb2.Timestamp
    def __init__(self, files: _Optional[_Iterable[_Union[StoragePoolFile, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., truncated_nodes: _Optional[_Iterable[str]] = ..., observe_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListStorageDevicesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "node")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    node: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., node: _Optional[str] = ...) -> None: ...

class ListStorageDevicesResponse(_message.Message):
    __slots__ = ("devices", "next_page_token")
    DEVICES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    devices: _containers.RepeatedCompositeFieldContainer[StorageDevice]
    next_page_token: str
    def __init__(self, devices: _Optional[_Iterable[_Union[StorageDevice, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WatchStoragePoolsRequest(_message.Message):
    __slots__ = ("resume_token", "snapshot_page_size")
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    resume_token: str
    snapshot_page_size: int
    def __init__(self, resume_token: _Optional[str] = ..., snapshot_page_size: _Optional[int] = ...) -> None: ...

class WatchStoragePoolsResponse(_message.Message):
    __slots__ = ("kind", "storage_pool", "resume_token", "more")
    KIND_FIELD_NUMBER: _ClassVar[int]
    STORAGE_POOL_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    kind: _event_pb2.WatchKind
    storage_pool: StoragePool
    resume_token: str
    more: _containers.RepeatedCompositeFieldContainer[WatchStoragePoolsResponse]
    def __init__(self, kind: _Optional[_Union[_event_pb2.WatchKind, str]] = ..., storage_pool: _Optional[_Union[StoragePool, _Mapping]] = ..., resume_token: _Optional[str] = ..., more: _Optional[_Iterable[_Union[WatchStoragePoolsResponse, _Mapping]]] = ...) -> None: ...
