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
    ERROR_REASON_TOKEN_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_TOKEN_EXPIRED: _ClassVar[ErrorReason]
    ERROR_REASON_TOKEN_EXHAUSTED: _ClassVar[ErrorReason]
    ERROR_REASON_IDENTITY_MISMATCH: _ClassVar[ErrorReason]
    ERROR_REASON_STALE_INSTANCE: _ClassVar[ErrorReason]
    ERROR_REASON_NODE_REMOVED: _ClassVar[ErrorReason]
    ERROR_REASON_NODE_UNKNOWN: _ClassVar[ErrorReason]
    ERROR_REASON_VERSION_UNSUPPORTED: _ClassVar[ErrorReason]
    ERROR_REASON_NODE_FENCED: _ClassVar[ErrorReason]
    ERROR_REASON_NODE_CLONE_DETECTED: _ClassVar[ErrorReason]
    ERROR_REASON_HARDWARE_UNRECOGNISED: _ClassVar[ErrorReason]
    ERROR_REASON_IDENTITY_IN_USE: _ClassVar[ErrorReason]
    ERROR_REASON_NOTHING_TO_ADOPT: _ClassVar[ErrorReason]
    ERROR_REASON_BUSY: _ClassVar[ErrorReason]
    ERROR_REASON_NODE_HAS_VMS: _ClassVar[ErrorReason]
    ERROR_REASON_NODE_ALIVE: _ClassVar[ErrorReason]
    ERROR_REASON_POOL_OVERCOMMITTED: _ClassVar[ErrorReason]
    ERROR_REASON_POOL_NOT_ASSIGNED: _ClassVar[ErrorReason]
    ERROR_REASON_POOL_NOT_READY: _ClassVar[ErrorReason]
    ERROR_REASON_PATH_IN_USE: _ClassVar[ErrorReason]
    ERROR_REASON_WIPE_NOT_CONFIRMED: _ClassVar[ErrorReason]
    ERROR_REASON_BEING_DELETED: _ClassVar[ErrorReason]
    ERROR_REASON_NODE_HAS_RUNNING_VMS: _ClassVar[ErrorReason]
    ERROR_REASON_NODE_SILENT: _ClassVar[ErrorReason]
    ERROR_REASON_POWER_COMMAND_FAILED: _ClassVar[ErrorReason]
    ERROR_REASON_POWER_TIMED_OUT: _ClassVar[ErrorReason]
    ERROR_REASON_UNREACHABLE: _ClassVar[ErrorReason]
    ERROR_REASON_TIMEOUT: _ClassVar[ErrorReason]
    ERROR_REASON_TLS_UNTRUSTED: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_AN_AGENT: _ClassVar[ErrorReason]
    ERROR_REASON_CODE_MISSING: _ClassVar[ErrorReason]
    ERROR_REASON_CODE_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_CODE_EXPIRED: _ClassVar[ErrorReason]
    ERROR_REASON_ALREADY_JOINED: _ClassVar[ErrorReason]
    ERROR_REASON_JOIN_TIMED_OUT: _ClassVar[ErrorReason]
    ERROR_REASON_ENROLMENT_CLOSED: _ClassVar[ErrorReason]
    ERROR_REASON_HOST_LOG_UNREADABLE: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_TOKEN_INVALID: ErrorReason
ERROR_REASON_TOKEN_EXPIRED: ErrorReason
ERROR_REASON_TOKEN_EXHAUSTED: ErrorReason
ERROR_REASON_IDENTITY_MISMATCH: ErrorReason
ERROR_REASON_STALE_INSTANCE: ErrorReason
ERROR_REASON_NODE_REMOVED: ErrorReason
ERROR_REASON_NODE_UNKNOWN: ErrorReason
ERROR_REASON_VERSION_UNSUPPORTED: ErrorReason
ERROR_REASON_NODE_FENCED: ErrorReason
ERROR_REASON_NODE_CLONE_DETECTED: ErrorReason
ERROR_REASON_HARDWARE_UNRECOGNISED: ErrorReason
ERROR_REASON_IDENTITY_IN_USE: ErrorReason
ERROR_REASON_NOTHING_TO_ADOPT: ErrorReason
ERROR_REASON_BUSY: ErrorReason
ERROR_REASON_NODE_HAS_VMS: ErrorReason
ERROR_REASON_NODE_ALIVE: ErrorReason
ERROR_REASON_POOL_OVERCOMMITTED: ErrorReason
ERROR_REASON_POOL_NOT_ASSIGNED: ErrorReason
ERROR_REASON_POOL_NOT_READY: ErrorReason
ERROR_REASON_PATH_IN_USE: ErrorReason
ERROR_REASON_WIPE_NOT_CONFIRMED: ErrorReason
ERROR_REASON_BEING_DELETED: ErrorReason
ERROR_REASON_NODE_HAS_RUNNING_VMS: ErrorReason
ERROR_REASON_NODE_SILENT: ErrorReason
ERROR_REASON_POWER_COMMAND_FAILED: ErrorReason
ERROR_REASON_POWER_TIMED_OUT: ErrorReason
ERROR_REASON_UNREACHABLE: ErrorReason
ERROR_REASON_TIMEOUT: ErrorReason
ERROR_REASON_TLS_UNTRUSTED: ErrorReason
ERROR_REASON_NOT_AN_AGENT: ErrorReason
ERROR_REASON_CODE_MISSING: ErrorReason
ERROR_REASON_CODE_INVALID: ErrorReason
ERROR_REASON_CODE_EXPIRED: ErrorReason
ERROR_REASON_ALREADY_JOINED: ErrorReason
ERROR_REASON_JOIN_TIMED_OUT: ErrorReason
ERROR_REASON_ENROLMENT_CLOSED: ErrorReason
ERROR_REASON_HOST_LOG_UNREADABLE: ErrorReason

class Taint(_message.Message):
    __slots__ = ("key", "value", "effect")
    class Effect(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        EFFECT_UNSPECIFIED: _ClassVar[Taint.Effect]
        EFFECT_NO_SCHEDULE: _ClassVar[Taint.Effect]
        EFFECT_PREFER_NO_SCHEDULE: _ClassVar[Taint.Effect]
        EFFECT_NO_EXECUTE: _ClassVar[Taint.Effect]
    EFFECT_UNSPECIFIED: Taint.Effect
    EFFECT_NO_SCHEDULE: Taint.Effect
    EFFECT_PREFER_NO_SCHEDULE: Taint.Effect
    EFFECT_NO_EXECUTE: Taint.Effect
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    key: str
    value: str
    effect: Taint.Effect
    def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ..., effect: _Optional[_Union[Taint.Effect, str]] = ...) -> None: ...

class Drain(_message.Message):
    __slots__ = ("operation", "blockers", "blocker_count")
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    BLOCKERS_FIELD_NUMBER: _ClassVar[int]
    BLOCKER_COUNT_FIELD_NUMBER: _ClassVar[int]
    operation: str
    blockers: _containers.RepeatedCompositeFieldContainer[DrainBlocker]
    blocker_count: int
    def __init__(self, operation: _Optional[str] = ..., blockers: _Optional[_Iterable[_Union[DrainBlocker, _Mapping]]] = ..., blocker_count: _Optional[int] = ...) -> None: ...

class DrainBlocker(_message.Message):
    __slots__ = ("virtual_machine", "reason", "message")
    VIRTUAL_MACHINE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    virtual_machine: str
    reason: str
    message: str
    def __init__(self, virtual_machine: _Optional[str] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class Node(_message.Message):
    __slots__ = ("name", "uid", "display_name", "description", "labels", "etag", "generation", "create_time", "update_time", "mode", "phase", "phase_reason", "cluster", "hostname", "addresses", "machine_uuid", "boot_id", "instance", "session_epoch", "system", "inventory", "conditions", "usage", "last_heartbeat_time", "certificate_expire_time", "observe_time", "stale", "simulated", "adoption_proposal", "taints", "roles", "reserved_cores", "reserved_memory_bytes", "drain", "overcommit", "failure_domain", "bmc", "eviction")
    class Mode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        MODE_UNSPECIFIED: _ClassVar[Node.Mode]
        MODE_ACTIVE: _ClassVar[Node.Mode]
        MODE_CORDONED: _ClassVar[Node.Mode]
        MODE_MAINTENANCE: _ClassVar[Node.Mode]
    MODE_UNSPECIFIED: Node.Mode
    MODE_ACTIVE: Node.Mode
    MODE_CORDONED: Node.Mode
    MODE_MAINTENANCE: Node.Mode
    class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ROLE_UNSPECIFIED: _ClassVar[Node.Role]
        ROLE_COMPUTE: _ClassVar[Node.Role]
        ROLE_STORAGE: _ClassVar[Node.Role]
        ROLE_GATEWAY: _ClassVar[Node.Role]
    ROLE_UNSPECIFIED: Node.Role
    ROLE_COMPUTE: Node.Role
    ROLE_STORAGE: Node.Role
    ROLE_GATEWAY: Node.Role
    class Phase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        PHASE_UNSPECIFIED: _ClassVar[Node.Phase]
        PHASE_PENDING: _ClassVar[Node.Phase]
        PHASE_READY: _ClassVar[Node.Phase]
        PHASE_NOT_READY: _ClassVar[Node.Phase]
        PHASE_DRAINING: _ClassVar[Node.Phase]
        PHASE_MAINTENANCE: _ClassVar[Node.Phase]
        PHASE_OFFLINE: _ClassVar[Node.Phase]
        PHASE_FENCED: _ClassVar[Node.Phase]
        PHASE_REMOVING: _ClassVar[Node.Phase]
    PHASE_UNSPECIFIED: Node.Phase
    PHASE_PENDING: Node.Phase
    PHASE_READY: Node.Phase
    PHASE_NOT_READY: Node.Phase
    PHASE_DRAINING: Node.Phase
    PHASE_MAINTENANCE: Node.Phase
    PHASE_OFFLINE: Node.Phase
    PHASE_FENCED: Node.Phase
    PHASE_REMOVING: Node.Phase
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
    MODE_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    PHASE_REASON_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    HOSTNAME_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    MACHINE_UUID_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    SESSION_EPOCH_FIELD_NUMBER: _ClassVar[int]
    SYSTEM_FIELD_NUMBER: _ClassVar[int]
    INVENTORY_FIELD_NUMBER: _ClassVar[int]
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    LAST_HEARTBEAT_TIME_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    OBSERVE_TIME_FIELD_NUMBER: _ClassVar[int]
    STALE_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_FIELD_NUMBER: _ClassVar[int]
    ADOPTION_PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    TAINTS_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    RESERVED_CORES_FIELD_NUMBER: _ClassVar[int]
    RESERVED_MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    DRAIN_FIELD_NUMBER: _ClassVar[int]
    OVERCOMMIT_FIELD_NUMBER: _ClassVar[int]
    FAILURE_DOMAIN_FIELD_NUMBER: _ClassVar[int]
    BMC_FIELD_NUMBER: _ClassVar[int]
    EVICTION_FIELD_NUMBER: _ClassVar[int]
    name: str
    uid: str
    display_name: str
    description: str
    labels: _containers.ScalarMap[str, str]
    etag: str
    generation: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    mode: Node.Mode
    phase: Node.Phase
    phase_reason: str
    cluster: str
    hostname: str
    addresses: _containers.RepeatedCompositeFieldContainer[NodeAddress]
    machine_uuid: str
    boot_id: str
    instance: int
    session_epoch: int
    system: NodeSystem
    inventory: NodeInventory
    conditions: _containers.RepeatedCompositeFieldContainer[NodeCondition]
    usage: NodeUsage
    last_heartbeat_time: _timestamp_pb2.Timestamp
    certificate_expire_time: _timestamp_pb2.Timestamp
    observe_time: _timestamp_pb2.Timestamp
    stale: bool
    simulated: bool
    adoption_proposal: str
    taints: _containers.RepeatedCompositeFieldContainer[Taint]
    roles: _containers.RepeatedScalarFieldContainer[Node.Role]
    reserved_cores: int
    reserved_memory_bytes: int
    drain: Drain
    overcommit: NodeOvercommit
    failure_domain: FailureDomain
    bmc: BoardController
    eviction: Eviction
    def __init__(self, name: _Optional[str] = ..., uid: _Optional[str] = ..., display_name: _Optional[str] = ..., description: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., etag: _Optional[str] = ..., generation: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., mode: _Optional[_Union[Node.Mode, str]] = ..., phase: _Optional[_Union[Node.Phase, str]] = ..., phase_reason: _Optional[str] = ..., cluster: _Optional[str] = ..., hostname: _Optional[str] = ..., addresses: _Optional[_Iterable[_Union[NodeAddress, _Mapping]]] = ..., machine_uuid: _Optional[str] = ..., boot_id: _Optional[str] = ..., instance: _Optional[int] = ..., session_epoch: _Optional[int] = ..., system: _Optional[_Union[NodeSystem, _Mapping]] = ..., inventory: _Optional[_Union[NodeInventory, _Mapping]] = ..., conditions: _Optional[_Iterable[_Union[NodeCondition, _Mapping]]] = ..., usage: _Optional[_Union[NodeUsage, _Mapping]] = ..., last_heartbeat_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., certificate_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., observe_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., stale: _Optional[bool] = ..., simulated: _Optional[bool] = ..., adoption_proposal: _Optional[str] = ..., taints: _Optional[_Iterable[_Union[Taint, _Mapping]]] = ..., roles: _Optional[_Iterable[_Union[Node.Role, str]]] = ..., reserved_cores: _Optional[int] = ..., reserved_memory_bytes: _Optional[int] = ..., drain: _Optional[_Union[Drain, _Mapping]] = ..., overcommit: _Optional[_Union[NodeOvercommit, _Mapping]] = ..., failure_domain: _Optional[_Union[FailureDomain, _Mapping]] = ..., bmc: _Optional[_Union[BoardController, _Mapping]] = ..., eviction: _Optional[_Union[Eviction, _Mapping]] = ...) -> None: ...

class NodeOvercommit(_message.Message):
    __slots__ = ("cpu_ratio", "memory_ratio")
    CPU_RATIO_FIELD_NUMBER: _ClassVar[int]
    MEMORY_RATIO_FIELD_NUMBER: _ClassVar[int]
    cpu_ratio: float
    memory_ratio: float
    def __init__(self, cpu_ratio: _Optional[float] = ..., memory_ratio: _Optional[float] = ...) -> None: ...

class FailureDomain(_message.Message):
    __slots__ = ("room", "rack", "feed")
    ROOM_FIELD_NUMBER: _ClassVar[int]
    RACK_FIELD_NUMBER: _ClassVar[int]
    FEED_FIELD_NUMBER: _ClassVar[int]
    room: str
    rack: str
    feed: str
    def __init__(self, room: _Optional[str] = ..., rack: _Optional[str] = ..., feed: _Optional[str] = ...) -> None: ...

class BoardController(_message.Message):
    __slots__ = ("address", "user", "secret", "kind", "secret_set")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[BoardController.Kind]
        KIND_REDFISH: _ClassVar[BoardController.Kind]
        KIND_IPMI: _ClassVar[BoardController.Kind]
    KIND_UNSPECIFIED: BoardController.Kind
    KIND_REDFISH: BoardController.Kind
    KIND_IPMI: BoardController.Kind
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SECRET_SET_FIELD_NUMBER: _ClassVar[int]
    address: str
    user: str
    secret: str
    kind: BoardController.Kind
    secret_set: bool
    def __init__(self, address: _Optional[str] = ..., user: _Optional[str] = ..., secret: _Optional[str] = ..., kind: _Optional[_Union[BoardController.Kind, str]] = ..., secret_set: _Optional[bool] = ...) -> None: ...

class Eviction(_message.Message):
    __slots__ = ("taints", "virtual_machines", "virtual_machine_count")
    TAINTS_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_MACHINES_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_MACHINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    taints: _containers.RepeatedScalarFieldContainer[str]
    virtual_machines: _containers.RepeatedScalarFieldContainer[str]
    virtual_machine_count: int
    def __init__(self, taints: _Optional[_Iterable[str]] = ..., virtual_machines: _Optional[_Iterable[str]] = ..., virtual_machine_count: _Optional[int] = ...) -> None: ...

class NodeAddress(_message.Message):
    __slots__ = ("ip", "port", "purpose")
    class Purpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        PURPOSE_UNSPECIFIED: _ClassVar[NodeAddress.Purpose]
        PURPOSE_AGENT: _ClassVar[NodeAddress.Purpose]
        PURPOSE_GUARDIAN: _ClassVar[NodeAddress.Purpose]
        PURPOSE_TUNNEL: _ClassVar[NodeAddress.Purpose]
        PURPOSE_MIGRATION: _ClassVar[NodeAddress.Purpose]
    PURPOSE_UNSPECIFIED: NodeAddress.Purpose
    PURPOSE_AGENT: NodeAddress.Purpose
    PURPOSE_GUARDIAN: NodeAddress.Purpose
    PURPOSE_TUNNEL: NodeAddress.Purpose
    PURPOSE_MIGRATION: NodeAddress.Purpose
    IP_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    ip: str
    port: int
    purpose: NodeAddress.Purpose
    def __init__(self, ip: _Optional[str] = ..., port: _Optional[int] = ..., purpose: _Optional[_Union[NodeAddress.Purpose, str]] = ...) -> None: ...

class NodeSystem(_message.Message):
    __slots__ = ("agent_version", "protocol_lowest", "protocol_highest", "os", "kernel", "hypervisor", "hypervisor_version", "virt_type", "boot_time", "architecture")
    AGENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_LOWEST_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_HIGHEST_FIELD_NUMBER: _ClassVar[int]
    OS_FIELD_NUMBER: _ClassVar[int]
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    HYPERVISOR_FIELD_NUMBER: _ClassVar[int]
    HYPERVISOR_VERSION_FIELD_NUMBER: _ClassVar[int]
    VIRT_TYPE_FIELD_NUMBER: _ClassVar[int]
    BOOT_TIME_FIELD_NUMBER: _ClassVar[int]
    ARCHITECTURE_FIELD_NUMBER: _ClassVar[int]
    agent_version: str
    protocol_lowest: int
    protocol_highest: int
    os: str
    kernel: str
    hypervisor: str
    hypervisor_version: str
    virt_type: str
    boot_time: _timestamp_pb2.Timestamp
    architecture: str
    def __init__(self, agent_version: _Optional[str] = ..., protocol_lowest: _Optional[int] = ..., protocol_highest: _Optional[int] = ..., os: _Optional[str] = ..., kernel: _Optional[str] = ..., hypervisor: _Optional[str] = ..., hypervisor_version: _Optional[str] = ..., virt_type: _Optional[str] = ..., boot_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., architecture: _Optional[str] = ...) -> None: ...

class NodeInventory(_message.Message):
    __slots__ = ("cpu", "memory_total_bytes", "disks", "nics", "pools", "network_drivers", "chassis")
    CPU_FIELD_NUMBER: _ClassVar[int]
    MEMORY_TOTAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    DISKS_FIELD_NUMBER: _ClassVar[int]
    NICS_FIELD_NUMBER: _ClassVar[int]
    POOLS_FIELD_NUMBER: _ClassVar[int]
    NETWORK_DRIVERS_FIELD_NUMBER: _ClassVar[int]
    CHASSIS_FIELD_NUMBER: _ClassVar[int]
    cpu: CpuInventory
    memory_total_bytes: int
    disks: _containers.RepeatedCompositeFieldContainer[DiskInventory]
    nics: _containers.RepeatedCompositeFieldContainer[NicInventory]
    pools: _containers.RepeatedCompositeFieldContainer[PoolInventory]
    network_drivers: _containers.RepeatedScalarFieldContainer[str]
    chassis: str
    def __init__(self, cpu: _Optional[_Union[CpuInventory, _Mapping]] = ..., memory_total_bytes: _Optional[int] = ..., disks: _Optional[_Iterable[_Union[DiskInventory, _Mapping]]] = ..., nics: _Optional[_Iterable[_Union[NicInventory, _Mapping]]] = ..., pools: _Optional[_Iterable[_Union[PoolInventory, _Mapping]]] = ..., network_drivers: _Optional[_Iterable[str]] = ..., chassis: _Optional[str] = ...) -> None: ...

class CpuInventory(_message.Message):
    __slots__ = ("model", "socket_count", "core_count", "thread_count", "frequency_mhz", "flags", "cpu_count")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SOCKET_COUNT_FIELD_NUMBER: _ClassVar[int]
    CORE_COUNT_FIELD_NUMBER: _ClassVar[int]
    THREAD_COUNT_FIELD_NUMBER: _ClassVar[int]
    FREQUENCY_MHZ_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    CPU_COUNT_FIELD_NUMBER: _ClassVar[int]
    model: str
    socket_count: int
    core_count: int
    thread_count: int
    frequency_mhz: int
    flags: _containers.RepeatedScalarFieldContainer[str]
    cpu_count: int
    def __init__(self, model: _Optional[str] = ..., socket_count: _Optional[int] = ..., core_count: _Optional[int] = ..., thread_count: _Optional[int] = ..., frequency_mhz: _Optional[int] = ..., flags: _Optional[_Iterable[str]] = ..., cpu_count: _Optional[int] = ...) -> None: ...

class DiskInventory(_message.Message):
    __slots__ = ("path", "stable_id", "model", "size_bytes")
    PATH_FIELD_NUMBER: _ClassVar[int]
    STABLE_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    path: str
    stable_id: str
    model: str
    size_bytes: int
    def __init__(self, path: _Optional[str] = ..., stable_id: _Optional[str] = ..., model: _Optional[str] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class NicInventory(_message.Message):
    __slots__ = ("name", "mac", "driver", "speed_mbps", "mtu", "carrier")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MAC_FIELD_NUMBER: _ClassVar[int]
    DRIVER_FIELD_NUMBER: _ClassVar[int]
    SPEED_MBPS_FIELD_NUMBER: _ClassVar[int]
    MTU_FIELD_NUMBER: _ClassVar[int]
    CARRIER_FIELD_NUMBER: _ClassVar[int]
    name: str
    mac: str
    driver: str
    speed_mbps: int
    mtu: int
    carrier: bool
    def __init__(self, name: _Optional[str] = ..., mac: _Optional[str] = ..., driver: _Optional[str] = ..., speed_mbps: _Optional[int] = ..., mtu: _Optional[int] = ..., carrier: _Optional[bool] = ...) -> None: ...

class PoolInventory(_message.Message):
    __slots__ = ("pool", "state", "path", "capacity_bytes", "free_bytes", "error")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[PoolInventory.State]
        STATE_HEALTHY: _ClassVar[PoolInventory.State]
        STATE_DEGRADED: _ClassVar[PoolInventory.State]
        STATE_ERROR: _ClassVar[PoolInventory.State]
    STATE_UNSPECIFIED: PoolInventory.State
    STATE_HEALTHY: PoolInventory.State
    STATE_DEGRADED: PoolInventory.State
    STATE_ERROR: PoolInventory.State
    POOL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_BYTES_FIELD_NUMBER: _ClassVar[int]
    FREE_BYTES_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    pool: str
    state: PoolInventory.State
    path: str
    capacity_bytes: int
    free_bytes: int
    error: str
    def __init__(self, pool: _Optional[str] = ..., state: _Optional[_Union[PoolInventory.State, str]] = ..., path: _Optional[str] = ..., capacity_bytes: _Optional[int] = ..., free_bytes: _Optional[int] = ..., error: _Optional[str] = ...) -> None: ...

class NodeCondition(_message.Message):
    __slots__ = ("type", "status", "reason", "message", "since_time")
    class Status(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATUS_UNSPECIFIED: _ClassVar[NodeCondition.Status]
        STATUS_TRUE: _ClassVar[NodeCondition.Status]
        STATUS_FALSE: _ClassVar[NodeCondition.Status]
        STATUS_UNKNOWN: _ClassVar[NodeCondition.Status]
    STATUS_UNSPECIFIED: NodeCondition.Status
    STATUS_TRUE: NodeCondition.Status
    STATUS_FALSE: NodeCondition.Status
    STATUS_UNKNOWN: NodeCondition.Status
    TYPE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    type: str
    status: NodeCondition.Status
    reason: str
    message: str
    since_time: _timestamp_pb2.Timestamp
    def __init__(self, type: _Optional[str] = ..., status: _Optional[_Union[NodeCondition.Status, str]] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class NodeUsage(_message.Message):
    __slots__ = ("cpu_percent", "memory_used_bytes", "load_1", "load_5", "load_15", "machine_count")
    CPU_PERCENT_FIELD_NUMBER: _ClassVar[int]
    MEMORY_USED_BYTES_FIELD_NUMBER: _ClassVar[int]
    LOAD_1_FIELD_NUMBER: _ClassVar[int]
    LOAD_5_FIELD_NUMBER: _ClassVar[int]
    LOAD_15_FIELD_NUMBER: _ClassVar[int]
    MACHINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    cpu_percent: float
    memory_used_bytes: int
    load_1: float
    load_5: float
    load_15: float
    machine_count: int
    def __init__(self, cpu_percent: _Optional[float] = ..., memory_used_bytes: _Optional[int] = ..., load_1: _Optional[float] = ..., load_5: _Optional[float] = ..., load_15: _Optional[float] = ..., machine_count: _Optional[int] = ...) -> None: ...

class GetNodeRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetNodeMetricsRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class NodeMetrics(_message.Message):
    __slots__ = ("name", "usage", "memory_total_bytes", "cpu_count", "observe_time", "stale")
    NAME_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    MEMORY_TOTAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    CPU_COUNT_FIELD_NUMBER: _ClassVar[int]
    OBSERVE_TIME_FIELD_NUMBER: _ClassVar[int]
    STALE_FIELD_NUMBER: _ClassVar[int]
    name: str
    usage: NodeUsage
    memory_total_bytes: int
    cpu_count: int
    observe_time: _timestamp_pb2.Timestamp
    stale: bool
    def __init__(self, name: _Optional[str] = ..., usage: _Optional[_Union[NodeUsage, _Mapping]] = ..., memory_total_bytes: _Optional[int] = ..., cpu_count: _Optional[int] = ..., observe_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., stale: _Optional[bool] = ...) -> None: ...

class ListNodesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "name_prefix", "labels", "query", "phases", "cluster", "modes")
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
    PHASES_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    MODES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    name_prefix: str
    labels: _containers.ScalarMap[str, str]
    query: str
    phases: _containers.RepeatedScalarFieldContainer[Node.Phase]
    cluster: str
    modes: _containers.RepeatedScalarFieldContainer[Node.Mode]
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., name_prefix: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., query: _Optional[str] = ..., phases: _Optional[_Iterable[_Union[Node.Phase, str]]] = ..., cluster: _Optional[str] = ..., modes: _Optional[_Iterable[_Union[Node.Mode, str]]] = ...) -> None: ...

class ListNodesResponse(_message.Message):
    __slots__ = ("nodes", "next_page_token")
    NODES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    nodes: _containers.RepeatedCompositeFieldContainer[Node]
    next_page_token: str
    def __init__(self, nodes: _Optional[_Iterable[_Union[Node, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateNodeRequest(_message.Message):
    __slots__ = ("node", "update_mask", "request_id", "validate_only")
    NODE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    node: Node
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    validate_only: bool
    def __init__(self, node: _Optional[_Union[Node, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class CordonNodeRequest(_message.Message):
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

class UncordonNodeRequest(_message.Message):
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

class DrainNodeRequest(_message.Message):
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

class EnterMaintenanceRequest(_message.Message):
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

class ExitMaintenanceRequest(_message.Message):
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

class AddTaintRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id", "validate_only", "taint")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    TAINT_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    validate_only: bool
    taint: Taint
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ..., taint: _Optional[_Union[Taint, _Mapping]] = ...) -> None: ...

class RemoveTaintRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id", "validate_only", "key", "effect")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    validate_only: bool
    key: str
    effect: Taint.Effect
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ..., key: _Optional[str] = ..., effect: _Optional[_Union[Taint.Effect, str]] = ...) -> None: ...

class DecommissionNodeRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id", "validate_only", "reason", "force")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FORCE_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    validate_only: bool
    reason: str
    force: bool
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ..., reason: _Optional[str] = ..., force: _Optional[bool] = ...) -> None: ...

class RefreshInventoryRequest(_message.Message):
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

class AdoptIdentityRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id", "validate_only", "replaced")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    REPLACED_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    validate_only: bool
    replaced: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ..., replaced: _Optional[str] = ...) -> None: ...

class AcceptIdentityRequest(_message.Message):
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

class ConfirmHardwareRequest(_message.Message):
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

class DeleteNodeRequest(_message.Message):
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

class WatchNodesRequest(_message.Message):
    __slots__ = ("resume_token", "snapshot_page_size")
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    resume_token: str
    snapshot_page_size: int
    def __init__(self, resume_token: _Optional[str] = ..., snapshot_page_size: _Optional[int] = ...) -> None: ...

class WatchNodesResponse(_message.Message):
    __slots__ = ("kind", "node", "resume_token", "more")
    KIND_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    kind: _event_pb2.WatchKind
    node: Node
    resume_token: str
    more: _containers.RepeatedCompositeFieldContainer[WatchNodesResponse]
    def __init__(self, kind: _Optional[_Union[_event_pb2.WatchKind, str]] = ..., node: _Optional[_Union[Node, _Mapping]] = ..., resume_token: _Optional[str] = ..., more: _Optional[_Iterable[_Union[WatchNodesResponse, _Mapping]]] = ...) -> None: ...
