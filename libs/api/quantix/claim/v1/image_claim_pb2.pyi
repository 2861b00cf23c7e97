import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from quantix.access.v1 import fence_pb2 as _fence_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ImageClaim(_message.Message):
    __slots__ = ("image", "image_uid", "digest", "format", "size_bytes", "virtual_size_bytes", "urls", "ticket", "ticket_expire_time")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    IMAGE_UID_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    URLS_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    TICKET_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    image: str
    image_uid: str
    digest: str
    format: str
    size_bytes: int
    virtual_size_bytes: int
    urls: _containers.RepeatedScalarFieldContainer[str]
    ticket: str
    ticket_expire_time: _timestamp_pb2.Timestamp
    def __init__(self, image: _Optional[str] = ..., image_uid: _Optional[str] = ..., digest: _Optional[str] = ..., format: _Optional[str] = ..., size_bytes: _Optional[int] = ..., virtual_size_bytes: _Optional[int] = ..., urls: _Optional[_Iterable[str]] = ..., ticket: _Optional[str] = ..., ticket_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ClaimImageRequest(_message.Message):
    __slots__ = ("image", "vm_uid", "vm", "fence")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    VM_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    image: str
    vm_uid: str
    vm: str
    fence: _fence_pb2.Fence
    def __init__(self, image: _Optional[str] = ..., vm_uid: _Optional[str] = ..., vm: _Optional[str] = ..., fence: _Optional[_Union[_fence_pb2.Fence, _Mapping]] = ...) -> None: ...

class ReleaseImageRequest(_message.Message):
    __slots__ = ("image", "vm_uid", "fence")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    image: str
    vm_uid: str
    fence: _fence_pb2.Fence
    def __init__(self, image: _Optional[str] = ..., vm_uid: _Optional[str] = ..., fence: _Optional[_Union[_fence_pb2.Fence, _Mapping]] = ...) -> None: ...
