import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import empty_pb2 as _empty_pb2
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

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_IMAGE_UNSAFE: _ClassVar[ErrorReason]
    ERROR_REASON_POOL_FULL: _ClassVar[ErrorReason]
    ERROR_REASON_CHECKSUM_MISMATCH: _ClassVar[ErrorReason]
    ERROR_REASON_IMAGE_NOT_READY: _ClassVar[ErrorReason]
    ERROR_REASON_UPLOAD_OFFSET: _ClassVar[ErrorReason]
    ERROR_REASON_UPLOAD_ENDED: _ClassVar[ErrorReason]
    ERROR_REASON_FOLDER_CYCLE: _ClassVar[ErrorReason]
    ERROR_REASON_FOLDER_NAME_TAKEN: _ClassVar[ErrorReason]
    ERROR_REASON_FOLDER_TOO_DEEP: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_IMAGE_UNSAFE: ErrorReason
ERROR_REASON_POOL_FULL: ErrorReason
ERROR_REASON_CHECKSUM_MISMATCH: ErrorReason
ERROR_REASON_IMAGE_NOT_READY: ErrorReason
ERROR_REASON_UPLOAD_OFFSET: ErrorReason
ERROR_REASON_UPLOAD_ENDED: ErrorReason
ERROR_REASON_FOLDER_CYCLE: ErrorReason
ERROR_REASON_FOLDER_NAME_TAKEN: ErrorReason
ERROR_REASON_FOLDER_TOO_DEEP: ErrorReason

class Image(_message.Message):
    __slots__ = ("name", "uid", "display_name", "description", "labels", "etag", "generation", "create_time", "update_time", "kind", "format", "state", "error", "size_bytes", "virtual_size_bytes", "digest", "min_disk_bytes", "min_memory_bytes", "architecture", "source", "progress", "used_by_count", "locations", "operation", "folder", "os")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Image.Kind]
        KIND_CLOUD_IMAGE: _ClassVar[Image.Kind]
        KIND_ISO: _ClassVar[Image.Kind]
        KIND_OVA: _ClassVar[Image.Kind]
        KIND_DISK: _ClassVar[Image.Kind]
    KIND_UNSPECIFIED: Image.Kind
    KIND_CLOUD_IMAGE: Image.Kind
    KIND_ISO: Image.Kind
    KIND_OVA: Image.Kind
    KIND_DISK: Image.Kind
    class Format(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        FORMAT_UNSPECIFIED: _ClassVar[Image.Format]
        FORMAT_QCOW2: _ClassVar[Image.Format]
        FORMAT_RAW: _ClassVar[Image.Format]
        FORMAT_ISO: _ClassVar[Image.Format]
    FORMAT_UNSPECIFIED: Image.Format
    FORMAT_QCOW2: Image.Format
    FORMAT_RAW: Image.Format
    FORMAT_ISO: Image.Format
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Image.State]
        STATE_PENDING: _ClassVar[Image.State]
        STATE_UPLOADING: _ClassVar[Image.State]
        STATE_VERIFYING: _ClassVar[Image.State]
        STATE_STORING: _ClassVar[Image.State]
        STATE_READY: _ClassVar[Image.State]
        STATE_ERROR: _ClassVar[Image.State]
        STATE_CANCELLED: _ClassVar[Image.State]
        STATE_DELETING: _ClassVar[Image.State]
    STATE_UNSPECIFIED: Image.State
    STATE_PENDING: Image.State
    STATE_UPLOADING: Image.State
    STATE_VERIFYING: Image.State
    STATE_STORING: Image.State
    STATE_READY: Image.State
    STATE_ERROR: Image.State
    STATE_CANCELLED: Image.State
    STATE_DELETING: Image.State
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
    KIND_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    MIN_DISK_BYTES_FIELD_NUMBER: _ClassVar[int]
    MIN_MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    ARCHITECTURE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    USED_BY_COUNT_FIELD_NUMBER: _ClassVar[int]
    LOCATIONS_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    FOLDER_FIELD_NUMBER: _ClassVar[int]
    OS_FIELD_NUMBER: _ClassVar[int]
    name: str
    uid: str
    display_name: str
    description: str
    labels: _containers.ScalarMap[str, str]
    etag: str
    generation: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    kind: Image.Kind
    format: Image.Format
    state: Image.State
    error: _operation_pb2.OperationError
    size_bytes: int
    virtual_size_bytes: int
    digest: str
    min_disk_bytes: int
    min_memory_bytes: int
    architecture: str
    source: str
    progress: ImageProgress
    used_by_count: int
    locations: _containers.RepeatedCompositeFieldContainer[ImageLocation]
    operation: str
    folder: str
    os: OperatingSystem
    def __init__(self, name: _Optional[str] = ..., uid: _Optional[str] = ..., display_name: _Optional[str] = ..., description: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., etag: _Optional[str] = ..., generation: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., kind: _Optional[_Union[Image.Kind, str]] = ..., format: _Optional[_Union[Image.Format, str]] = ..., state: _Optional[_Union[Image.State, str]] = ..., error: _Optional[_Union[_operation_pb2.OperationError, _Mapping]] = ..., size_bytes: _Optional[int] = ..., virtual_size_bytes: _Optional[int] = ..., digest: _Optional[str] = ..., min_disk_bytes: _Optional[int] = ..., min_memory_bytes: _Optional[int] = ..., architecture: _Optional[str] = ..., source: _Optional[str] = ..., progress: _Optional[_Union[ImageProgress, _Mapping]] = ..., used_by_count: _Optional[int] = ..., locations: _Optional[_Iterable[_Union[ImageLocation, _Mapping]]] = ..., operation: _Optional[str] = ..., folder: _Optional[str] = ..., os: _Optional[_Union[OperatingSystem, _Mapping]] = ...) -> None: ...

class OperatingSystem(_message.Message):
    __slots__ = ("family", "distribution", "version")
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    DISTRIBUTION_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    family: str
    distribution: str
    version: str
    def __init__(self, family: _Optional[str] = ..., distribution: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class ImageProgress(_message.Message):
    __slots__ = ("stage", "stage_index", "stage_count", "bytes_done", "bytes_total", "percent", "rate_bytes", "last_progress_time", "eta_seconds")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    STAGE_INDEX_FIELD_NUMBER: _ClassVar[int]
    STAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    BYTES_DONE_FIELD_NUMBER: _ClassVar[int]
    BYTES_TOTAL_FIELD_NUMBER: _ClassVar[int]
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    RATE_BYTES_FIELD_NUMBER: _ClassVar[int]
    LAST_PROGRESS_TIME_FIELD_NUMBER: _ClassVar[int]
    ETA_SECONDS_FIELD_NUMBER: _ClassVar[int]
    stage: str
    stage_index: int
    stage_count: int
    bytes_done: int
    bytes_total: int
    percent: int
    rate_bytes: int
    last_progress_time: _timestamp_pb2.Timestamp
    eta_seconds: int
    def __init__(self, stage: _Optional[str] = ..., stage_index: _Optional[int] = ..., stage_count: _Optional[int] = ..., bytes_done: _Optional[int] = ..., bytes_total: _Optional[int] = ..., percent: _Optional[int] = ..., rate_bytes: _Optional[int] = ..., last_progress_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., eta_seconds: _Optional[int] = ...) -> None: ...

class ImageLocation(_message.Message):
    __slots__ = ("node_uid", "state", "observe_time")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[ImageLocation.State]
        STATE_PULLING: _ClassVar[ImageLocation.State]
        STATE_READY: _ClassVar[ImageLocation.State]
        STATE_STALE: _ClassVar[ImageLocation.State]
        STATE_ERROR: _ClassVar[ImageLocation.State]
    STATE_UNSPECIFIED: ImageLocation.State
    STATE_PULLING: ImageLocation.State
    STATE_READY: ImageLocation.State
    STATE_STALE: ImageLocation.State
    STATE_ERROR: ImageLocation.State
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    OBSERVE_TIME_FIELD_NUMBER: _ClassVar[int]
    node_uid: str
    state: ImageLocation.State
    observe_time: _timestamp_pb2.Timestamp
    def __init__(self, node_uid: _Optional[str] = ..., state: _Optional[_Union[ImageLocation.State, str]] = ..., observe_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetImageRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListImagesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "name_prefix", "labels", "query", "states", "kinds", "folder")
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
    STATES_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    FOLDER_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    name_prefix: str
    labels: _containers.ScalarMap[str, str]
    query: str
    states: _containers.RepeatedScalarFieldContainer[Image.State]
    kinds: _containers.RepeatedScalarFieldContainer[Image.Kind]
    folder: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., name_prefix: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., query: _Optional[str] = ..., states: _Optional[_Iterable[_Union[Image.State, str]]] = ..., kinds: _Optional[_Iterable[_Union[Image.Kind, str]]] = ..., folder: _Optional[str] = ...) -> None: ...

class ListImagesResponse(_message.Message):
    __slots__ = ("images", "next_page_token")
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    images: _containers.RepeatedCompositeFieldContainer[Image]
    next_page_token: str
    def __init__(self, images: _Optional[_Iterable[_Union[Image, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateImageRequest(_message.Message):
    __slots__ = ("image", "update_mask", "request_id", "validate_only")
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    image: Image
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    validate_only: bool
    def __init__(self, image: _Optional[_Union[Image, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class DeleteImageRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id", "validate_only")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    validate_only: bool
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class MoveImageRequest(_message.Message):
    __slots__ = ("name", "folder", "etag", "request_id", "validate_only")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FOLDER_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    name: str
    folder: str
    etag: str
    request_id: str
    validate_only: bool
    def __init__(self, name: _Optional[str] = ..., folder: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class WatchImagesRequest(_message.Message):
    __slots__ = ("resume_token", "snapshot_page_size")
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    resume_token: str
    snapshot_page_size: int
    def __init__(self, resume_token: _Optional[str] = ..., snapshot_page_size: _Optional[int] = ...) -> None: ...

class WatchImagesResponse(_message.Message):
    __slots__ = ("kind", "image", "resume_token", "more")
    KIND_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    kind: _event_pb2.WatchKind
    image: Image
    resume_token: str
    more: _containers.RepeatedCompositeFieldContainer[WatchImagesResponse]
    def __init__(self, kind: _Optional[_Union[_event_pb2.WatchKind, str]] = ..., image: _Optional[_Union[Image, _Mapping]] = ..., resume_token: _Optional[str] = ..., more: _Optional[_Iterable[_Union[WatchImagesResponse, _Mapping]]] = ...) -> None: ...

class Upload(_message.Message):
    __slots__ = ("name", "image", "state", "size_bytes", "offset_bytes", "digest", "file_name", "head_digest", "create_time", "expire_time", "operation", "location")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Upload.State]
        STATE_ACTIVE: _ClassVar[Upload.State]
        STATE_RECEIVED: _ClassVar[Upload.State]
        STATE_CANCELLED: _ClassVar[Upload.State]
        STATE_EXPIRED: _ClassVar[Upload.State]
        STATE_FAILED: _ClassVar[Upload.State]
    STATE_UNSPECIFIED: Upload.State
    STATE_ACTIVE: Upload.State
    STATE_RECEIVED: Upload.State
    STATE_CANCELLED: Upload.State
    STATE_EXPIRED: Upload.State
    STATE_FAILED: Upload.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    OFFSET_BYTES_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    HEAD_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    name: str
    image: str
    state: Upload.State
    size_bytes: int
    offset_bytes: int
    digest: str
    file_name: str
    head_digest: str
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    operation: str
    location: str
    def __init__(self, name: _Optional[str] = ..., image: _Optional[str] = ..., state: _Optional[_Union[Upload.State, str]] = ..., size_bytes: _Optional[int] = ..., offset_bytes: _Optional[int] = ..., digest: _Optional[str] = ..., file_name: _Optional[str] = ..., head_digest: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., operation: _Optional[str] = ..., location: _Optional[str] = ...) -> None: ...

class CreateUploadRequest(_message.Message):
    __slots__ = ("upload", "image", "image_id", "request_id", "validate_only")
    UPLOAD_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    IMAGE_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    upload: Upload
    image: Image
    image_id: str
    request_id: str
    validate_only: bool
    def __init__(self, upload: _Optional[_Union[Upload, _Mapping]] = ..., image: _Optional[_Union[Image, _Mapping]] = ..., image_id: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class GetUploadRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetUploadStatusRequest(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: str
    def __init__(self, job: _Optional[str] = ...) -> None: ...

class UploadStatus(_message.Message):
    __slots__ = ("job", "image", "operation", "status_url")
    JOB_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    STATUS_URL_FIELD_NUMBER: _ClassVar[int]
    job: str
    image: Image
    operation: _operation_pb2.Operation
    status_url: str
    def __init__(self, job: _Optional[str] = ..., image: _Optional[_Union[Image, _Mapping]] = ..., operation: _Optional[_Union[_operation_pb2.Operation, _Mapping]] = ..., status_url: _Optional[str] = ...) -> None: ...

class CancelUploadRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ListUploadsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListUploadsResponse(_message.Message):
    __slots__ = ("uploads", "next_page_token")
    UPLOADS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    uploads: _containers.RepeatedCompositeFieldContainer[Upload]
    next_page_token: str
    def __init__(self, uploads: _Optional[_Iterable[_Union[Upload, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
