import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ImageFolder(_message.Message):
    __slots__ = ("name", "uid", "display_name", "description", "parent", "etag", "generation", "create_time", "update_time", "path", "image_count")
    NAME_FIELD_NUMBER: _ClassVar[int]
    UID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    PARENT_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    IMAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    uid: str
    display_name: str
    description: str
    parent: str
    etag: str
    generation: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    path: str
    image_count: int
    def __init__(self, name: _Optional[str] = ..., uid: _Optional[str] = ..., display_name: _Optional[str] = ..., description: _Optional[str] = ..., parent: _Optional[str] = ..., etag: _Optional[str] = ..., generation: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., path: _Optional[str] = ..., image_count: _Optional[int] = ...) -> None: ...

class ImageFolderTree(_message.Message):
    __slots__ = ("folder", "children")
    FOLDER_FIELD_NUMBER: _ClassVar[int]
    CHILDREN_FIELD_NUMBER: _ClassVar[int]
    folder: ImageFolder
    children: _containers.RepeatedCompositeFieldContainer[ImageFolderTree]
    def __init__(self, folder: _Optional[_Union[ImageFolder, _Mapping]] = ..., children: _Optional[_Iterable[_Union[ImageFolderTree, _Mapping]]] = ...) -> None: ...

class CreateImageFolderRequest(_message.Message):
    __slots__ = ("image_folder", "image_folder_id", "request_id", "validate_only")
    IMAGE_FOLDER_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FOLDER_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    image_folder: ImageFolder
    image_folder_id: str
    request_id: str
    validate_only: bool
    def __init__(self, image_folder: _Optional[_Union[ImageFolder, _Mapping]] = ..., image_folder_id: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class GetImageFolderRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListImageFoldersRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "format")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    format: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., format: _Optional[str] = ...) -> None: ...

class ListImageFoldersResponse(_message.Message):
    __slots__ = ("image_folders", "next_page_token", "tree", "top_image_count")
    IMAGE_FOLDERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TREE_FIELD_NUMBER: _ClassVar[int]
    TOP_IMAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    image_folders: _containers.RepeatedCompositeFieldContainer[ImageFolder]
    next_page_token: str
    tree: _containers.RepeatedCompositeFieldContainer[ImageFolderTree]
    top_image_count: int
    def __init__(self, image_folders: _Optional[_Iterable[_Union[ImageFolder, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., tree: _Optional[_Iterable[_Union[ImageFolderTree, _Mapping]]] = ..., top_image_count: _Optional[int] = ...) -> None: ...

class UpdateImageFolderRequest(_message.Message):
    __slots__ = ("image_folder", "update_mask", "request_id", "validate_only")
    IMAGE_FOLDER_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    image_folder: ImageFolder
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    validate_only: bool
    def __init__(self, image_folder: _Optional[_Union[ImageFolder, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class MoveImageFolderRequest(_message.Message):
    __slots__ = ("name", "parent", "etag", "request_id", "validate_only")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARENT_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    name: str
    parent: str
    etag: str
    request_id: str
    validate_only: bool
    def __init__(self, name: _Optional[str] = ..., parent: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class DeleteImageFolderRequest(_message.Message):
    __slots__ = ("name", "move_to", "etag", "request_id", "validate_only")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MOVE_TO_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    name: str
    move_to: str
    etag: str
    request_id: str
    validate_only: bool
    def __init__(self, name: _Optional[str] = ..., move_to: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...
