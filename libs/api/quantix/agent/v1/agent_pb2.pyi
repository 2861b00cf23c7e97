import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from quantix.access.v1 import fence_pb2 as _fence_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class IsolationResponse(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ISOLATION_RESPONSE_UNSPECIFIED: _ClassVar[IsolationResponse]
    ISOLATION_RESPONSE_LEAVE: _ClassVar[IsolationResponse]
    ISOLATION_RESPONSE_SHUTDOWN: _ClassVar[IsolationResponse]
    ISOLATION_RESPONSE_POWER_OFF: _ClassVar[IsolationResponse]
ISOLATION_RESPONSE_UNSPECIFIED: IsolationResponse
ISOLATION_RESPONSE_LEAVE: IsolationResponse
ISOLATION_RESPONSE_SHUTDOWN: IsolationResponse
ISOLATION_RESPONSE_POWER_OFF: IsolationResponse

class WantedMachine(_message.Message):
    __slots__ = ("vm_uid", "vm", "generation", "run_epoch", "absent", "power", "vcpu_count", "memory_bytes", "disks", "nics", "seed", "firmware", "protected", "isolation_response", "shutdown_grace_seconds")
    class Power(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        POWER_UNSPECIFIED: _ClassVar[WantedMachine.Power]
        POWER_ON: _ClassVar[WantedMachine.Power]
        POWER_OFF: _ClassVar[WantedMachine.Power]
        POWER_SHUTDOWN: _ClassVar[WantedMachine.Power]
    POWER_UNSPECIFIED: WantedMachine.Power
    POWER_ON: WantedMachine.Power
    POWER_OFF: WantedMachine.Power
    POWER_SHUTDOWN: WantedMachine.Power
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    VM_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    RUN_EPOCH_FIELD_NUMBER: _ClassVar[int]
    ABSENT_FIELD_NUMBER: _ClassVar[int]
    POWER_FIELD_NUMBER: _ClassVar[int]
    VCPU_COUNT_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    DISKS_FIELD_NUMBER: _ClassVar[int]
    NICS_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    FIRMWARE_FIELD_NUMBER: _ClassVar[int]
    PROTECTED_FIELD_NUMBER: _ClassVar[int]
    ISOLATION_RESPONSE_FIELD_NUMBER: _ClassVar[int]
    SHUTDOWN_GRACE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    vm_uid: str
    vm: str
    generation: int
    run_epoch: int
    absent: bool
    power: WantedMachine.Power
    vcpu_count: int
    memory_bytes: int
    disks: _containers.RepeatedCompositeFieldContainer[WantedDisk]
    nics: _containers.RepeatedCompositeFieldContainer[WantedNic]
    seed: CloudInitSeed
    firmware: str
    protected: bool
    isolation_response: IsolationResponse
    shutdown_grace_seconds: int
    def __init__(self, vm_uid: _Optional[str] = ..., vm: _Optional[str] = ..., generation: _Optional[int] = ..., run_epoch: _Optional[int] = ..., absent: _Optional[bool] = ..., power: _Optional[_Union[WantedMachine.Power, str]] = ..., vcpu_count: _Optional[int] = ..., memory_bytes: _Optional[int] = ..., disks: _Optional[_Iterable[_Union[WantedDisk, _Mapping]]] = ..., nics: _Optional[_Iterable[_Union[WantedNic, _Mapping]]] = ..., seed: _Optional[_Union[CloudInitSeed, _Mapping]] = ..., firmware: _Optional[str] = ..., protected: _Optional[bool] = ..., isolation_response: _Optional[_Union[IsolationResponse, str]] = ..., shutdown_grace_seconds: _Optional[int] = ...) -> None: ...

class WantedDisk(_message.Message):
    __slots__ = ("disk_id", "size_bytes", "pool", "base", "boot_index")
    DISK_ID_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    BOOT_INDEX_FIELD_NUMBER: _ClassVar[int]
    disk_id: str
    size_bytes: int
    pool: str
    base: BaseImage
    boot_index: int
    def __init__(self, disk_id: _Optional[str] = ..., size_bytes: _Optional[int] = ..., pool: _Optional[str] = ..., base: _Optional[_Union[BaseImage, _Mapping]] = ..., boot_index: _Optional[int] = ...) -> None: ...

class BaseImage(_message.Message):
    __slots__ = ("digest", "format", "size_bytes", "urls", "ticket", "virtual_size_bytes")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    URLS_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    digest: str
    format: str
    size_bytes: int
    urls: _containers.RepeatedScalarFieldContainer[str]
    ticket: str
    virtual_size_bytes: int
    def __init__(self, digest: _Optional[str] = ..., format: _Optional[str] = ..., size_bytes: _Optional[int] = ..., urls: _Optional[_Iterable[str]] = ..., ticket: _Optional[str] = ..., virtual_size_bytes: _Optional[int] = ...) -> None: ...

class WantedNic(_message.Message):
    __slots__ = ("port_uid", "mac", "mtu")
    PORT_UID_FIELD_NUMBER: _ClassVar[int]
    MAC_FIELD_NUMBER: _ClassVar[int]
    MTU_FIELD_NUMBER: _ClassVar[int]
    port_uid: str
    mac: str
    mtu: int
    def __init__(self, port_uid: _Optional[str] = ..., mac: _Optional[str] = ..., mtu: _Optional[int] = ...) -> None: ...

class CloudInitSeed(_message.Message):
    __slots__ = ("meta_data", "user_data", "network_config")
    META_DATA_FIELD_NUMBER: _ClassVar[int]
    USER_DATA_FIELD_NUMBER: _ClassVar[int]
    NETWORK_CONFIG_FIELD_NUMBER: _ClassVar[int]
    meta_data: str
    user_data: str
    network_config: str
    def __init__(self, meta_data: _Optional[str] = ..., user_data: _Optional[str] = ..., network_config: _Optional[str] = ...) -> None: ...

class ObservedMachine(_message.Message):
    __slots__ = ("vm_uid", "state", "generation", "settled", "run_epoch", "change_count", "cause", "since_time", "observe_time", "stage", "bytes_done", "bytes_total", "problem", "node_uid", "cpu_percent", "memory_used_bytes", "unmanaged", "guarded")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[ObservedMachine.State]
        STATE_PREPARING: _ClassVar[ObservedMachine.State]
        STATE_STOPPED: _ClassVar[ObservedMachine.State]
        STATE_RUNNING: _ClassVar[ObservedMachine.State]
        STATE_PAUSED: _ClassVar[ObservedMachine.State]
        STATE_CRASHED: _ClassVar[ObservedMachine.State]
        STATE_ABSENT: _ClassVar[ObservedMachine.State]
        STATE_STOPPING: _ClassVar[ObservedMachine.State]
    STATE_UNSPECIFIED: ObservedMachine.State
    STATE_PREPARING: ObservedMachine.State
    STATE_STOPPED: ObservedMachine.State
    STATE_RUNNING: ObservedMachine.State
    STATE_PAUSED: ObservedMachine.State
    STATE_CRASHED: ObservedMachine.State
    STATE_ABSENT: ObservedMachine.State
    STATE_STOPPING: ObservedMachine.State
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    SETTLED_FIELD_NUMBER: _ClassVar[int]
    RUN_EPOCH_FIELD_NUMBER: _ClassVar[int]
    CHANGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    OBSERVE_TIME_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    BYTES_DONE_FIELD_NUMBER: _ClassVar[int]
    BYTES_TOTAL_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    CPU_PERCENT_FIELD_NUMBER: _ClassVar[int]
    MEMORY_USED_BYTES_FIELD_NUMBER: _ClassVar[int]
    UNMANAGED_FIELD_NUMBER: _ClassVar[int]
    GUARDED_FIELD_NUMBER: _ClassVar[int]
    vm_uid: str
    state: ObservedMachine.State
    generation: int
    settled: bool
    run_epoch: int
    change_count: int
    cause: str
    since_time: _timestamp_pb2.Timestamp
    observe_time: _timestamp_pb2.Timestamp
    stage: str
    bytes_done: int
    bytes_total: int
    problem: MachineProblem
    node_uid: str
    cpu_percent: float
    memory_used_bytes: int
    unmanaged: UnmanagedDomain
    guarded: bool
    def __init__(self, vm_uid: _Optional[str] = ..., state: _Optional[_Union[ObservedMachine.State, str]] = ..., generation: _Optional[int] = ..., settled: _Optional[bool] = ..., run_epoch: _Optional[int] = ..., change_count: _Optional[int] = ..., cause: _Optional[str] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., observe_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., stage: _Optional[str] = ..., bytes_done: _Optional[int] = ..., bytes_total: _Optional[int] = ..., problem: _Optional[_Union[MachineProblem, _Mapping]] = ..., node_uid: _Optional[str] = ..., cpu_percent: _Optional[float] = ..., memory_used_bytes: _Optional[int] = ..., unmanaged: _Optional[_Union[UnmanagedDomain, _Mapping]] = ..., guarded: _Optional[bool] = ...) -> None: ...

class UnmanagedDomain(_message.Message):
    __slots__ = ("name", "vcpu_count", "memory_bytes", "marked")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VCPU_COUNT_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    MARKED_FIELD_NUMBER: _ClassVar[int]
    name: str
    vcpu_count: int
    memory_bytes: int
    marked: bool
    def __init__(self, name: _Optional[str] = ..., vcpu_count: _Optional[int] = ..., memory_bytes: _Optional[int] = ..., marked: _Optional[bool] = ...) -> None: ...

class MachineProblem(_message.Message):
    __slots__ = ("reason", "message", "final")
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FINAL_FIELD_NUMBER: _ClassVar[int]
    reason: str
    message: str
    final: bool
    def __init__(self, reason: _Optional[str] = ..., message: _Optional[str] = ..., final: _Optional[bool] = ...) -> None: ...

class ApplyMachineRequest(_message.Message):
    __slots__ = ("machine", "fence")
    MACHINE_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    machine: WantedMachine
    fence: _fence_pb2.Fence
    def __init__(self, machine: _Optional[_Union[WantedMachine, _Mapping]] = ..., fence: _Optional[_Union[_fence_pb2.Fence, _Mapping]] = ...) -> None: ...

class GetObservedMachineRequest(_message.Message):
    __slots__ = ("vm_uid",)
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    vm_uid: str
    def __init__(self, vm_uid: _Optional[str] = ...) -> None: ...

class ListObservedMachinesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListObservedMachinesResponse(_message.Message):
    __slots__ = ("machines", "boot_id")
    MACHINES_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    machines: _containers.RepeatedCompositeFieldContainer[ObservedMachine]
    boot_id: str
    def __init__(self, machines: _Optional[_Iterable[_Union[ObservedMachine, _Mapping]]] = ..., boot_id: _Optional[str] = ...) -> None: ...

class ReadSerialLogRequest(_message.Message):
    __slots__ = ("vm_uid", "offset_bytes", "limit_bytes")
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    OFFSET_BYTES_FIELD_NUMBER: _ClassVar[int]
    LIMIT_BYTES_FIELD_NUMBER: _ClassVar[int]
    vm_uid: str
    offset_bytes: int
    limit_bytes: int
    def __init__(self, vm_uid: _Optional[str] = ..., offset_bytes: _Optional[int] = ..., limit_bytes: _Optional[int] = ...) -> None: ...

class ReadSerialLogResponse(_message.Message):
    __slots__ = ("content", "offset_bytes", "size_bytes")
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_BYTES_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    content: bytes
    offset_bytes: int
    size_bytes: int
    def __init__(self, content: _Optional[bytes] = ..., offset_bytes: _Optional[int] = ..., size_bytes: _Optional[int] = ...) -> None: ...
