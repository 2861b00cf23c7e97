from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SyncOutcome(_message.Message):
    __slots__ = ("reconciled_count", "discovered_count", "lost_count")
    RECONCILED_COUNT_FIELD_NUMBER: _ClassVar[int]
    DISCOVERED_COUNT_FIELD_NUMBER: _ClassVar[int]
    LOST_COUNT_FIELD_NUMBER: _ClassVar[int]
    reconciled_count: int
    discovered_count: int
    lost_count: int
    def __init__(self, reconciled_count: _Optional[int] = ..., discovered_count: _Optional[int] = ..., lost_count: _Optional[int] = ...) -> None: ...

class SyncConflict(_message.Message):
    __slots__ = ("id", "kind")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[SyncConflict.Kind]
        KIND_MISSING_ON_NODE: _ClassVar[SyncConflict.Kind]
        KIND_MISSING_IN_INVENTORY: _ClassVar[SyncConflict.Kind]
        KIND_STATE_MISMATCH: _ClassVar[SyncConflict.Kind]
        KIND_WRONG_NODE: _ClassVar[SyncConflict.Kind]
        KIND_STALE_EPOCH: _ClassVar[SyncConflict.Kind]
    KIND_UNSPECIFIED: SyncConflict.Kind
    KIND_MISSING_ON_NODE: SyncConflict.Kind
    KIND_MISSING_IN_INVENTORY: SyncConflict.Kind
    KIND_STATE_MISMATCH: SyncConflict.Kind
    KIND_WRONG_NODE: SyncConflict.Kind
    KIND_STALE_EPOCH: SyncConflict.Kind
    ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    id: str
    kind: SyncConflict.Kind
    def __init__(self, id: _Optional[str] = ..., kind: _Optional[_Union[SyncConflict.Kind, str]] = ...) -> None: ...
