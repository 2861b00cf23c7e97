from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from quantix.access.v1 import fence_pb2 as _fence_pb2
from quantix.node.v1 import storage_pool_pb2 as _storage_pool_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PoolClaim(_message.Message):
    __slots__ = ("owner_uid", "disk_id", "owner", "pool", "pool_uid", "type", "node", "node_uid", "size_bytes", "provisioning", "generation")
    OWNER_UID_FIELD_NUMBER: _ClassVar[int]
    DISK_ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    POOL_UID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    PROVISIONING_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    owner_uid: str
    disk_id: str
    owner: str
    pool: str
    pool_uid: str
    type: _storage_pool_pb2.StoragePool.Type
    node: str
    node_uid: str
    size_bytes: int
    provisioning: _storage_pool_pb2.StoragePool.Provisioning
    generation: int
    def __init__(self, owner_uid: _Optional[str] = ..., disk_id: _Optional[str] = ..., owner: _Optional[str] = ..., pool: _Optional[str] = ..., pool_uid: _Optional[str] = ..., type: _Optional[_Union[_storage_pool_pb2.StoragePool.Type, str]] = ..., node: _Optional[str] = ..., node_uid: _Optional[str] = ..., size_bytes: _Optional[int] = ..., provisioning: _Optional[_Union[_storage_pool_pb2.StoragePool.Provisioning, str]] = ..., generation: _Optional[int] = ...) -> None: ...

class ClaimPoolRequest(_message.Message):
    __slots__ = ("pool", "node_uid", "owner_uid", "owner", "disk_id", "size_bytes", "provisioning", "fence")
    POOL_FIELD_NUMBER: _ClassVar[int]
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    OWNER_UID_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    DISK_ID_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    PROVISIONING_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    pool: str
    node_uid: str
    owner_uid: str
    owner: str
    disk_id: str
    size_bytes: int
    provisioning: _storage_pool_pb2.StoragePool.Provisioning
    fence: _fence_pb2.Fence
    def __init__(self, pool: _Optional[str] = ..., node_uid: _Optional[str] = ..., owner_uid: _Optional[str] = ..., owner: _Optional[str] = ..., disk_id: _Optional[str] = ..., size_bytes: _Optional[int] = ..., provisioning: _Optional[_Union[_storage_pool_pb2.StoragePool.Provisioning, str]] = ..., fence: _Optional[_Union[_fence_pb2.Fence, _Mapping]] = ...) -> None: ...

class ReleasePoolRequest(_message.Message):
    __slots__ = ("owner_uid", "disk_id", "fence")
    OWNER_UID_FIELD_NUMBER: _ClassVar[int]
    DISK_ID_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    owner_uid: str
    disk_id: str
    fence: _fence_pb2.Fence
    def __init__(self, owner_uid: _Optional[str] = ..., disk_id: _Optional[str] = ..., fence: _Optional[_Union[_fence_pb2.Fence, _Mapping]] = ...) -> None: ...

class ListPoolClaimsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "owner_uid")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    OWNER_UID_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    owner_uid: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., owner_uid: _Optional[str] = ...) -> None: ...

class ListPoolClaimsResponse(_message.Message):
    __slots__ = ("claims", "next_page_token")
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    claims: _containers.RepeatedCompositeFieldContainer[PoolClaim]
    next_page_token: str
    def __init__(self, claims: _Optional[_Iterable[_Union[PoolClaim, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
