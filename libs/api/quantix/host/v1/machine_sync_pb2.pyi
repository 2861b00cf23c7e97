from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from quantix.agent.v1 import agent_pb2 as _agent_pb2
from quantix.host.v1 import sync_pb2 as _sync_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReportMachinesRequest(_message.Message):
    __slots__ = ("node_uid", "boot_id", "machines", "full", "state_hash")
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    MACHINES_FIELD_NUMBER: _ClassVar[int]
    FULL_FIELD_NUMBER: _ClassVar[int]
    STATE_HASH_FIELD_NUMBER: _ClassVar[int]
    node_uid: str
    boot_id: str
    machines: _containers.RepeatedCompositeFieldContainer[_agent_pb2.ObservedMachine]
    full: bool
    state_hash: str
    def __init__(self, node_uid: _Optional[str] = ..., boot_id: _Optional[str] = ..., machines: _Optional[_Iterable[_Union[_agent_pb2.ObservedMachine, _Mapping]]] = ..., full: _Optional[bool] = ..., state_hash: _Optional[str] = ...) -> None: ...

class ReportMachinesResponse(_message.Message):
    __slots__ = ("state_hash", "request_full_sync", "conflicts", "outcome")
    STATE_HASH_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FULL_SYNC_FIELD_NUMBER: _ClassVar[int]
    CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    state_hash: str
    request_full_sync: bool
    conflicts: _containers.RepeatedCompositeFieldContainer[MachineConflict]
    outcome: _sync_pb2.SyncOutcome
    def __init__(self, state_hash: _Optional[str] = ..., request_full_sync: _Optional[bool] = ..., conflicts: _Optional[_Iterable[_Union[MachineConflict, _Mapping]]] = ..., outcome: _Optional[_Union[_sync_pb2.SyncOutcome, _Mapping]] = ...) -> None: ...

class MachineConflict(_message.Message):
    __slots__ = ("vm_uid", "kind")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[MachineConflict.Kind]
        KIND_MISSING_ON_NODE: _ClassVar[MachineConflict.Kind]
        KIND_MISSING_IN_INVENTORY: _ClassVar[MachineConflict.Kind]
        KIND_STATE_MISMATCH: _ClassVar[MachineConflict.Kind]
        KIND_WRONG_NODE: _ClassVar[MachineConflict.Kind]
        KIND_STALE_EPOCH: _ClassVar[MachineConflict.Kind]
    KIND_UNSPECIFIED: MachineConflict.Kind
    KIND_MISSING_ON_NODE: MachineConflict.Kind
    KIND_MISSING_IN_INVENTORY: MachineConflict.Kind
    KIND_STATE_MISMATCH: MachineConflict.Kind
    KIND_WRONG_NODE: MachineConflict.Kind
    KIND_STALE_EPOCH: MachineConflict.Kind
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    vm_uid: str
    kind: MachineConflict.Kind
    def __init__(self, vm_uid: _Optional[str] = ..., kind: _Optional[_Union[MachineConflict.Kind, str]] = ...) -> None: ...
