import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from quantix.node.v1 import storage_pool_pb2 as _storage_pool_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AssignedPools(_message.Message):
    __slots__ = ("site_term", "generation", "pools")
    SITE_TERM_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    POOLS_FIELD_NUMBER: _ClassVar[int]
    site_term: int
    generation: int
    pools: _containers.RepeatedCompositeFieldContainer[AssignedPool]
    def __init__(self, site_term: _Optional[int] = ..., generation: _Optional[int] = ..., pools: _Optional[_Iterable[_Union[AssignedPool, _Mapping]]] = ...) -> None: ...

class AssignedPool(_message.Message):
    __slots__ = ("pool_uid", "pool", "type", "path", "generation", "initialise", "reserve_percent", "content", "release", "wipe", "reconnect_count", "rescan_count")
    POOL_UID_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    INITIALISE_FIELD_NUMBER: _ClassVar[int]
    RESERVE_PERCENT_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    WIPE_FIELD_NUMBER: _ClassVar[int]
    RECONNECT_COUNT_FIELD_NUMBER: _ClassVar[int]
    RESCAN_COUNT_FIELD_NUMBER: _ClassVar[int]
    pool_uid: str
    pool: str
    type: _storage_pool_pb2.StoragePool.Type
    path: str
    generation: int
    initialise: bool
    reserve_percent: int
    content: _containers.RepeatedScalarFieldContainer[_storage_pool_pb2.StoragePool.Content]
    release: bool
    wipe: bool
    reconnect_count: int
    rescan_count: int
    def __init__(self, pool_uid: _Optional[str] = ..., pool: _Optional[str] = ..., type: _Optional[_Union[_storage_pool_pb2.StoragePool.Type, str]] = ..., path: _Optional[str] = ..., generation: _Optional[int] = ..., initialise: _Optional[bool] = ..., reserve_percent: _Optional[int] = ..., content: _Optional[_Iterable[_Union[_storage_pool_pb2.StoragePool.Content, str]]] = ..., release: _Optional[bool] = ..., wipe: _Optional[bool] = ..., reconnect_count: _Optional[int] = ..., rescan_count: _Optional[int] = ...) -> None: ...

class ReportPoolsRequest(_message.Message):
    __slots__ = ("node_uid", "boot_id", "boottime_milliseconds", "full", "pools", "state_hash")
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    BOOTTIME_MILLISECONDS_FIELD_NUMBER: _ClassVar[int]
    FULL_FIELD_NUMBER: _ClassVar[int]
    POOLS_FIELD_NUMBER: _ClassVar[int]
    STATE_HASH_FIELD_NUMBER: _ClassVar[int]
    node_uid: str
    boot_id: str
    boottime_milliseconds: int
    full: bool
    pools: _containers.RepeatedCompositeFieldContainer[ObservedPool]
    state_hash: str
    def __init__(self, node_uid: _Optional[str] = ..., boot_id: _Optional[str] = ..., boottime_milliseconds: _Optional[int] = ..., full: _Optional[bool] = ..., pools: _Optional[_Iterable[_Union[ObservedPool, _Mapping]]] = ..., state_hash: _Optional[str] = ...) -> None: ...

class ObservedPool(_message.Message):
    __slots__ = ("pool_uid", "generation", "state", "reason", "error", "path", "capacity_bytes", "available_bytes", "latency_microseconds", "change_count", "files", "probe", "reconnect_count", "rescan_count")
    POOL_UID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_BYTES_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_BYTES_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MICROSECONDS_FIELD_NUMBER: _ClassVar[int]
    CHANGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    PROBE_FIELD_NUMBER: _ClassVar[int]
    RECONNECT_COUNT_FIELD_NUMBER: _ClassVar[int]
    RESCAN_COUNT_FIELD_NUMBER: _ClassVar[int]
    pool_uid: str
    generation: int
    state: _storage_pool_pb2.PoolOnNode.State
    reason: str
    error: str
    path: str
    capacity_bytes: int
    available_bytes: int
    latency_microseconds: int
    change_count: int
    files: PoolFiles
    probe: SamenessProbe
    reconnect_count: int
    rescan_count: int
    def __init__(self, pool_uid: _Optional[str] = ..., generation: _Optional[int] = ..., state: _Optional[_Union[_storage_pool_pb2.PoolOnNode.State, str]] = ..., reason: _Optional[str] = ..., error: _Optional[str] = ..., path: _Optional[str] = ..., capacity_bytes: _Optional[int] = ..., available_bytes: _Optional[int] = ..., latency_microseconds: _Optional[int] = ..., change_count: _Optional[int] = ..., files: _Optional[_Union[PoolFiles, _Mapping]] = ..., probe: _Optional[_Union[SamenessProbe, _Mapping]] = ..., reconnect_count: _Optional[int] = ..., rescan_count: _Optional[int] = ...) -> None: ...

class PoolFiles(_message.Message):
    __slots__ = ("files", "truncated", "scan_time")
    FILES_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    SCAN_TIME_FIELD_NUMBER: _ClassVar[int]
    files: _containers.RepeatedCompositeFieldContainer[PoolFile]
    truncated: bool
    scan_time: _timestamp_pb2.Timestamp
    def __init__(self, files: _Optional[_Iterable[_Union[PoolFile, _Mapping]]] = ..., truncated: _Optional[bool] = ..., scan_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PoolFile(_message.Message):
    __slots__ = ("path", "kind", "size_bytes", "allocated_bytes", "modify_time", "owner_uid", "disk_id")
    PATH_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    ALLOCATED_BYTES_FIELD_NUMBER: _ClassVar[int]
    MODIFY_TIME_FIELD_NUMBER: _ClassVar[int]
    OWNER_UID_FIELD_NUMBER: _ClassVar[int]
    DISK_ID_FIELD_NUMBER: _ClassVar[int]
    path: str
    kind: _storage_pool_pb2.StoragePoolFile.Kind
    size_bytes: int
    allocated_bytes: int
    modify_time: _timestamp_pb2.Timestamp
    owner_uid: str
    disk_id: str
    def __init__(self, path: _Optional[str] = ..., kind: _Optional[_Union[_storage_pool_pb2.StoragePoolFile.Kind, str]] = ..., size_bytes: _Optional[int] = ..., allocated_bytes: _Optional[int] = ..., modify_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., owner_uid: _Optional[str] = ..., disk_id: _Optional[str] = ...) -> None: ...

class SamenessProbe(_message.Message):
    __slots__ = ("nonce", "previous_nonce", "seen")
    NONCE_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_NONCE_FIELD_NUMBER: _ClassVar[int]
    SEEN_FIELD_NUMBER: _ClassVar[int]
    nonce: str
    previous_nonce: str
    seen: _containers.RepeatedCompositeFieldContainer[SeenNonce]
    def __init__(self, nonce: _Optional[str] = ..., previous_nonce: _Optional[str] = ..., seen: _Optional[_Iterable[_Union[SeenNonce, _Mapping]]] = ...) -> None: ...

class SeenNonce(_message.Message):
    __slots__ = ("node_uid", "nonce")
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    node_uid: str
    nonce: str
    def __init__(self, node_uid: _Optional[str] = ..., nonce: _Optional[str] = ...) -> None: ...

class ReportPoolsResponse(_message.Message):
    __slots__ = ("state_hash", "request_full_sync")
    STATE_HASH_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FULL_SYNC_FIELD_NUMBER: _ClassVar[int]
    state_hash: str
    request_full_sync: bool
    def __init__(self, state_hash: _Optional[str] = ..., request_full_sync: _Optional[bool] = ...) -> None: ...
