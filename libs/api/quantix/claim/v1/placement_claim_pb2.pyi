from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from quantix.access.v1 import fence_pb2 as _fence_pb2
from quantix.cluster.v1 import placement_pb2 as _placement_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PlacementClaim(_message.Message):
    __slots__ = ("vm_uid", "node", "node_uid", "generation", "plan", "storage_pool")
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    STORAGE_POOL_FIELD_NUMBER: _ClassVar[int]
    vm_uid: str
    node: str
    node_uid: str
    generation: int
    plan: _placement_pb2.PlacementPlan
    storage_pool: str
    def __init__(self, vm_uid: _Optional[str] = ..., node: _Optional[str] = ..., node_uid: _Optional[str] = ..., generation: _Optional[int] = ..., plan: _Optional[_Union[_placement_pb2.PlacementPlan, _Mapping]] = ..., storage_pool: _Optional[str] = ...) -> None: ...

class ClaimPlacementRequest(_message.Message):
    __slots__ = ("vm_uid", "vm", "demand", "fence")
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    VM_FIELD_NUMBER: _ClassVar[int]
    DEMAND_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    vm_uid: str
    vm: str
    demand: _placement_pb2.PlacementDemand
    fence: _fence_pb2.Fence
    def __init__(self, vm_uid: _Optional[str] = ..., vm: _Optional[str] = ..., demand: _Optional[_Union[_placement_pb2.PlacementDemand, _Mapping]] = ..., fence: _Optional[_Union[_fence_pb2.Fence, _Mapping]] = ...) -> None: ...

class ReleasePlacementRequest(_message.Message):
    __slots__ = ("vm_uid", "fence")
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    vm_uid: str
    fence: _fence_pb2.Fence
    def __init__(self, vm_uid: _Optional[str] = ..., fence: _Optional[_Union[_fence_pb2.Fence, _Mapping]] = ...) -> None: ...
