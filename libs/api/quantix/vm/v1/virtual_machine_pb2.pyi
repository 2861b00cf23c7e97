import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from quantix.cluster.v1 import cluster_pb2 as _cluster_pb2
from quantix.cluster.v1 import placement_pb2 as _placement_pb2
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
    ERROR_REASON_INVALID_POWER_STATE: _ClassVar[ErrorReason]
    ERROR_REASON_VM_NAME_TAKEN: _ClassVar[ErrorReason]
    ERROR_REASON_BUSY: _ClassVar[ErrorReason]
    ERROR_REASON_DELETE_PROTECTED: _ClassVar[ErrorReason]
    ERROR_REASON_GUEST_IGNORED_SHUTDOWN: _ClassVar[ErrorReason]
    ERROR_REASON_NODE_UNREACHABLE: _ClassVar[ErrorReason]
    ERROR_REASON_NODE_NOT_ASSIGNED: _ClassVar[ErrorReason]
    ERROR_REASON_MISSING_ON_NODE: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_INVALID_POWER_STATE: ErrorReason
ERROR_REASON_VM_NAME_TAKEN: ErrorReason
ERROR_REASON_BUSY: ErrorReason
ERROR_REASON_DELETE_PROTECTED: ErrorReason
ERROR_REASON_GUEST_IGNORED_SHUTDOWN: ErrorReason
ERROR_REASON_NODE_UNREACHABLE: ErrorReason
ERROR_REASON_NODE_NOT_ASSIGNED: ErrorReason
ERROR_REASON_MISSING_ON_NODE: ErrorReason

class VirtualMachine(_message.Message):
    __slots__ = ("name", "uid", "display_name", "description", "labels", "etag", "generation", "create_time", "update_time", "cluster", "vcpu_count", "memory_bytes", "disks", "nics", "firmware", "cloud_init", "placement", "delete_protection", "notes", "power_wish", "state", "state_message", "node", "node_uid", "run_epoch", "addresses", "usage", "operation", "observe_time", "stale", "state_time", "last_error", "auto_restart", "restart_policy", "protection", "conflicts")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[VirtualMachine.State]
        STATE_PENDING: _ClassVar[VirtualMachine.State]
        STATE_PROVISIONING: _ClassVar[VirtualMachine.State]
        STATE_STOPPED: _ClassVar[VirtualMachine.State]
        STATE_STARTING: _ClassVar[VirtualMachine.State]
        STATE_RUNNING: _ClassVar[VirtualMachine.State]
        STATE_PAUSED: _ClassVar[VirtualMachine.State]
        STATE_SUSPENDED: _ClassVar[VirtualMachine.State]
        STATE_STOPPING: _ClassVar[VirtualMachine.State]
        STATE_MIGRATING: _ClassVar[VirtualMachine.State]
        STATE_CRASHED: _ClassVar[VirtualMachine.State]
        STATE_LOST: _ClassVar[VirtualMachine.State]
        STATE_UNKNOWN: _ClassVar[VirtualMachine.State]
        STATE_ERROR: _ClassVar[VirtualMachine.State]
        STATE_DELETING: _ClassVar[VirtualMachine.State]
        STATE_TERMINATED: _ClassVar[VirtualMachine.State]
    STATE_UNSPECIFIED: VirtualMachine.State
    STATE_PENDING: VirtualMachine.State
    STATE_PROVISIONING: VirtualMachine.State
    STATE_STOPPED: VirtualMachine.State
    STATE_STARTING: VirtualMachine.State
    STATE_RUNNING: VirtualMachine.State
    STATE_PAUSED: VirtualMachine.State
    STATE_SUSPENDED: VirtualMachine.State
    STATE_STOPPING: VirtualMachine.State
    STATE_MIGRATING: VirtualMachine.State
    STATE_CRASHED: VirtualMachine.State
    STATE_LOST: VirtualMachine.State
    STATE_UNKNOWN: VirtualMachine.State
    STATE_ERROR: VirtualMachine.State
    STATE_DELETING: VirtualMachine.State
    STATE_TERMINATED: VirtualMachine.State
    class PowerWish(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        POWER_WISH_UNSPECIFIED: _ClassVar[VirtualMachine.PowerWish]
        POWER_WISH_ON: _ClassVar[VirtualMachine.PowerWish]
        POWER_WISH_OFF: _ClassVar[VirtualMachine.PowerWish]
    POWER_WISH_UNSPECIFIED: VirtualMachine.PowerWish
    POWER_WISH_ON: VirtualMachine.PowerWish
    POWER_WISH_OFF: VirtualMachine.PowerWish
    class Firmware(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        FIRMWARE_UNSPECIFIED: _ClassVar[VirtualMachine.Firmware]
        FIRMWARE_BIOS: _ClassVar[VirtualMachine.Firmware]
        FIRMWARE_UEFI: _ClassVar[VirtualMachine.Firmware]
    FIRMWARE_UNSPECIFIED: VirtualMachine.Firmware
    FIRMWARE_BIOS: VirtualMachine.Firmware
    FIRMWARE_UEFI: VirtualMachine.Firmware
    class RestartPolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        RESTART_POLICY_UNSPECIFIED: _ClassVar[VirtualMachine.RestartPolicy]
        RESTART_POLICY_ALWAYS: _ClassVar[VirtualMachine.RestartPolicy]
        RESTART_POLICY_ON_FAILURE: _ClassVar[VirtualMachine.RestartPolicy]
        RESTART_POLICY_NEVER: _ClassVar[VirtualMachine.RestartPolicy]
    RESTART_POLICY_UNSPECIFIED: VirtualMachine.RestartPolicy
    RESTART_POLICY_ALWAYS: VirtualMachine.RestartPolicy
    RESTART_POLICY_ON_FAILURE: VirtualMachine.RestartPolicy
    RESTART_POLICY_NEVER: VirtualMachine.RestartPolicy
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
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    VCPU_COUNT_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    DISKS_FIELD_NUMBER: _ClassVar[int]
    NICS_FIELD_NUMBER: _ClassVar[int]
    FIRMWARE_FIELD_NUMBER: _ClassVar[int]
    CLOUD_INIT_FIELD_NUMBER: _ClassVar[int]
    PLACEMENT_FIELD_NUMBER: _ClassVar[int]
    DELETE_PROTECTION_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    POWER_WISH_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    RUN_EPOCH_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    OBSERVE_TIME_FIELD_NUMBER: _ClassVar[int]
    STALE_FIELD_NUMBER: _ClassVar[int]
    STATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    AUTO_RESTART_FIELD_NUMBER: _ClassVar[int]
    RESTART_POLICY_FIELD_NUMBER: _ClassVar[int]
    PROTECTION_FIELD_NUMBER: _ClassVar[int]
    CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    uid: str
    display_name: str
    description: str
    labels: _containers.ScalarMap[str, str]
    etag: str
    generation: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    cluster: str
    vcpu_count: int
    memory_bytes: int
    disks: _containers.RepeatedCompositeFieldContainer[VirtualDisk]
    nics: _containers.RepeatedCompositeFieldContainer[VirtualNic]
    firmware: VirtualMachine.Firmware
    cloud_init: CloudInit
    placement: PlacementWishes
    delete_protection: bool
    notes: str
    power_wish: VirtualMachine.PowerWish
    state: VirtualMachine.State
    state_message: str
    node: str
    node_uid: str
    run_epoch: int
    addresses: _containers.RepeatedScalarFieldContainer[str]
    usage: VirtualMachineUsage
    operation: str
    observe_time: _timestamp_pb2.Timestamp
    stale: bool
    state_time: _timestamp_pb2.Timestamp
    last_error: _operation_pb2.OperationError
    auto_restart: bool
    restart_policy: VirtualMachine.RestartPolicy
    protection: Protection
    conflicts: _containers.RepeatedCompositeFieldContainer[MachineConflict]
    def __init__(self, name: _Optional[str] = ..., uid: _Optional[str] = ..., display_name: _Optional[str] = ..., description: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., etag: _Optional[str] = ..., generation: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cluster: _Optional[str] = ..., vcpu_count: _Optional[int] = ..., memory_bytes: _Optional[int] = ..., disks: _Optional[_Iterable[_Union[VirtualDisk, _Mapping]]] = ..., nics: _Optional[_Iterable[_Union[VirtualNic, _Mapping]]] = ..., firmware: _Optional[_Union[VirtualMachine.Firmware, str]] = ..., cloud_init: _Optional[_Union[CloudInit, _Mapping]] = ..., placement: _Optional[_Union[PlacementWishes, _Mapping]] = ..., delete_protection: _Optional[bool] = ..., notes: _Optional[str] = ..., power_wish: _Optional[_Union[VirtualMachine.PowerWish, str]] = ..., state: _Optional[_Union[VirtualMachine.State, str]] = ..., state_message: _Optional[str] = ..., node: _Optional[str] = ..., node_uid: _Optional[str] = ..., run_epoch: _Optional[int] = ..., addresses: _Optional[_Iterable[str]] = ..., usage: _Optional[_Union[VirtualMachineUsage, _Mapping]] = ..., operation: _Optional[str] = ..., observe_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., stale: _Optional[bool] = ..., state_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_error: _Optional[_Union[_operation_pb2.OperationError, _Mapping]] = ..., auto_restart: _Optional[bool] = ..., restart_policy: _Optional[_Union[VirtualMachine.RestartPolicy, str]] = ..., protection: _Optional[_Union[Protection, _Mapping]] = ..., conflicts: _Optional[_Iterable[_Union[MachineConflict, _Mapping]]] = ...) -> None: ...

class Protection(_message.Message):
    __slots__ = ("protected", "reason", "isolation_response", "shutdown_grace_seconds")
    PROTECTED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ISOLATION_RESPONSE_FIELD_NUMBER: _ClassVar[int]
    SHUTDOWN_GRACE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    protected: bool
    reason: str
    isolation_response: _cluster_pb2.HaSettings.IsolationResponse
    shutdown_grace_seconds: int
    def __init__(self, protected: _Optional[bool] = ..., reason: _Optional[str] = ..., isolation_response: _Optional[_Union[_cluster_pb2.HaSettings.IsolationResponse, str]] = ..., shutdown_grace_seconds: _Optional[int] = ...) -> None: ...

class MachineConflict(_message.Message):
    __slots__ = ("kind", "node", "message")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[MachineConflict.Kind]
        KIND_MISSING_ON_NODE: _ClassVar[MachineConflict.Kind]
        KIND_STATE_MISMATCH: _ClassVar[MachineConflict.Kind]
        KIND_WRONG_NODE: _ClassVar[MachineConflict.Kind]
        KIND_STALE_EPOCH: _ClassVar[MachineConflict.Kind]
    KIND_UNSPECIFIED: MachineConflict.Kind
    KIND_MISSING_ON_NODE: MachineConflict.Kind
    KIND_STATE_MISMATCH: MachineConflict.Kind
    KIND_WRONG_NODE: MachineConflict.Kind
    KIND_STALE_EPOCH: MachineConflict.Kind
    KIND_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    kind: MachineConflict.Kind
    node: str
    message: str
    def __init__(self, kind: _Optional[_Union[MachineConflict.Kind, str]] = ..., node: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class UnmanagedMachine(_message.Message):
    __slots__ = ("uid", "domain_name", "node", "node_uid", "origin", "virtual_machine", "state", "cause", "vcpu_count", "memory_bytes", "since_time", "observe_time", "stale")
    class Origin(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ORIGIN_UNSPECIFIED: _ClassVar[UnmanagedMachine.Origin]
        ORIGIN_FOREIGN: _ClassVar[UnmanagedMachine.Origin]
        ORIGIN_LEFT_BEHIND: _ClassVar[UnmanagedMachine.Origin]
        ORIGIN_WRONG_NODE: _ClassVar[UnmanagedMachine.Origin]
    ORIGIN_UNSPECIFIED: UnmanagedMachine.Origin
    ORIGIN_FOREIGN: UnmanagedMachine.Origin
    ORIGIN_LEFT_BEHIND: UnmanagedMachine.Origin
    ORIGIN_WRONG_NODE: UnmanagedMachine.Origin
    UID_FIELD_NUMBER: _ClassVar[int]
    DOMAIN_NAME_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_MACHINE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    VCPU_COUNT_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    OBSERVE_TIME_FIELD_NUMBER: _ClassVar[int]
    STALE_FIELD_NUMBER: _ClassVar[int]
    uid: str
    domain_name: str
    node: str
    node_uid: str
    origin: UnmanagedMachine.Origin
    virtual_machine: str
    state: VirtualMachine.State
    cause: str
    vcpu_count: int
    memory_bytes: int
    since_time: _timestamp_pb2.Timestamp
    observe_time: _timestamp_pb2.Timestamp
    stale: bool
    def __init__(self, uid: _Optional[str] = ..., domain_name: _Optional[str] = ..., node: _Optional[str] = ..., node_uid: _Optional[str] = ..., origin: _Optional[_Union[UnmanagedMachine.Origin, str]] = ..., virtual_machine: _Optional[str] = ..., state: _Optional[_Union[VirtualMachine.State, str]] = ..., cause: _Optional[str] = ..., vcpu_count: _Optional[int] = ..., memory_bytes: _Optional[int] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., observe_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., stale: _Optional[bool] = ...) -> None: ...

class ListUnmanagedMachinesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "node")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    node: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., node: _Optional[str] = ...) -> None: ...

class ListUnmanagedMachinesResponse(_message.Message):
    __slots__ = ("unmanaged_machines", "next_page_token")
    UNMANAGED_MACHINES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    unmanaged_machines: _containers.RepeatedCompositeFieldContainer[UnmanagedMachine]
    next_page_token: str
    def __init__(self, unmanaged_machines: _Optional[_Iterable[_Union[UnmanagedMachine, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class VirtualDisk(_message.Message):
    __slots__ = ("disk_id", "image", "size_bytes", "pool")
    DISK_ID_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    disk_id: str
    image: str
    size_bytes: int
    pool: str
    def __init__(self, disk_id: _Optional[str] = ..., image: _Optional[str] = ..., size_bytes: _Optional[int] = ..., pool: _Optional[str] = ...) -> None: ...

class VirtualNic(_message.Message):
    __slots__ = ("network", "mac", "address", "port", "addresses", "effective_mac")
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    MAC_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_MAC_FIELD_NUMBER: _ClassVar[int]
    network: str
    mac: str
    address: str
    port: str
    addresses: _containers.RepeatedScalarFieldContainer[str]
    effective_mac: str
    def __init__(self, network: _Optional[str] = ..., mac: _Optional[str] = ..., address: _Optional[str] = ..., port: _Optional[str] = ..., addresses: _Optional[_Iterable[str]] = ..., effective_mac: _Optional[str] = ...) -> None: ...

class CloudInit(_message.Message):
    __slots__ = ("hostname", "user_data", "ssh_authorized_keys", "user_data_set")
    HOSTNAME_FIELD_NUMBER: _ClassVar[int]
    USER_DATA_FIELD_NUMBER: _ClassVar[int]
    SSH_AUTHORIZED_KEYS_FIELD_NUMBER: _ClassVar[int]
    USER_DATA_SET_FIELD_NUMBER: _ClassVar[int]
    hostname: str
    user_data: str
    ssh_authorized_keys: _containers.RepeatedScalarFieldContainer[str]
    user_data_set: bool
    def __init__(self, hostname: _Optional[str] = ..., user_data: _Optional[str] = ..., ssh_authorized_keys: _Optional[_Iterable[str]] = ..., user_data_set: _Optional[bool] = ...) -> None: ...

class PlacementWishes(_message.Message):
    __slots__ = ("required_nodes", "excluded_nodes", "node_labels")
    class NodeLabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    REQUIRED_NODES_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_NODES_FIELD_NUMBER: _ClassVar[int]
    NODE_LABELS_FIELD_NUMBER: _ClassVar[int]
    required_nodes: _containers.RepeatedScalarFieldContainer[str]
    excluded_nodes: _containers.RepeatedScalarFieldContainer[str]
    node_labels: _containers.ScalarMap[str, str]
    def __init__(self, required_nodes: _Optional[_Iterable[str]] = ..., excluded_nodes: _Optional[_Iterable[str]] = ..., node_labels: _Optional[_Mapping[str, str]] = ...) -> None: ...

class VirtualMachineUsage(_message.Message):
    __slots__ = ("cpu_percent", "memory_used_bytes")
    CPU_PERCENT_FIELD_NUMBER: _ClassVar[int]
    MEMORY_USED_BYTES_FIELD_NUMBER: _ClassVar[int]
    cpu_percent: float
    memory_used_bytes: int
    def __init__(self, cpu_percent: _Optional[float] = ..., memory_used_bytes: _Optional[int] = ...) -> None: ...

class CreateVirtualMachineRequest(_message.Message):
    __slots__ = ("virtual_machine_id", "virtual_machine", "start_on_create", "request_id", "validate_only")
    VIRTUAL_MACHINE_ID_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_MACHINE_FIELD_NUMBER: _ClassVar[int]
    START_ON_CREATE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    virtual_machine_id: str
    virtual_machine: VirtualMachine
    start_on_create: bool
    request_id: str
    validate_only: bool
    def __init__(self, virtual_machine_id: _Optional[str] = ..., virtual_machine: _Optional[_Union[VirtualMachine, _Mapping]] = ..., start_on_create: _Optional[bool] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class PlaceVirtualMachineRequest(_message.Message):
    __slots__ = ("virtual_machine",)
    VIRTUAL_MACHINE_FIELD_NUMBER: _ClassVar[int]
    virtual_machine: VirtualMachine
    def __init__(self, virtual_machine: _Optional[_Union[VirtualMachine, _Mapping]] = ...) -> None: ...

class GetPlacementRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetVirtualMachineRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListVirtualMachinesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "name_prefix", "labels", "query", "states", "cluster", "node")
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
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    name_prefix: str
    labels: _containers.ScalarMap[str, str]
    query: str
    states: _containers.RepeatedScalarFieldContainer[VirtualMachine.State]
    cluster: str
    node: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., name_prefix: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., query: _Optional[str] = ..., states: _Optional[_Iterable[_Union[VirtualMachine.State, str]]] = ..., cluster: _Optional[str] = ..., node: _Optional[str] = ...) -> None: ...

class ListVirtualMachinesResponse(_message.Message):
    __slots__ = ("virtual_machines", "next_page_token")
    VIRTUAL_MACHINES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    virtual_machines: _containers.RepeatedCompositeFieldContainer[VirtualMachine]
    next_page_token: str
    def __init__(self, virtual_machines: _Optional[_Iterable[_Union[VirtualMachine, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateVirtualMachineRequest(_message.Message):
    __slots__ = ("virtual_machine", "update_mask", "request_id", "validate_only")
    VIRTUAL_MACHINE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    virtual_machine: VirtualMachine
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    validate_only: bool
    def __init__(self, virtual_machine: _Optional[_Union[VirtualMachine, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class DeleteVirtualMachineRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id", "validate_only", "force")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    FORCE_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    validate_only: bool
    force: bool
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ..., force: _Optional[bool] = ...) -> None: ...

class StartVirtualMachineRequest(_message.Message):
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

class ShutdownVirtualMachineRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id", "validate_only", "grace", "power_off_after_grace")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    GRACE_FIELD_NUMBER: _ClassVar[int]
    POWER_OFF_AFTER_GRACE_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    validate_only: bool
    grace: _duration_pb2.Duration
    power_off_after_grace: bool
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ..., grace: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., power_off_after_grace: _Optional[bool] = ...) -> None: ...

class PowerOffVirtualMachineRequest(_message.Message):
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

class WatchVirtualMachinesRequest(_message.Message):
    __slots__ = ("resume_token", "snapshot_page_size")
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    resume_token: str
    snapshot_page_size: int
    def __init__(self, resume_token: _Optional[str] = ..., snapshot_page_size: _Optional[int] = ...) -> None: ...

class WatchVirtualMachinesResponse(_message.Message):
    __slots__ = ("kind", "virtual_machine", "resume_token", "more")
    KIND_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_MACHINE_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    kind: _event_pb2.WatchKind
    virtual_machine: VirtualMachine
    resume_token: str
    more: _containers.RepeatedCompositeFieldContainer[WatchVirtualMachinesResponse]
    def __init__(self, kind: _Optional[_Union[_event_pb2.WatchKind, str]] = ..., virtual_machine: _Optional[_Union[VirtualMachine, _Mapping]] = ..., resume_token: _Optional[str] = ..., more: _Optional[_Iterable[_Union[WatchVirtualMachinesResponse, _Mapping]]] = ...) -> None: ...

class GetSerialLogRequest(_message.Message):
    __slots__ = ("name", "offset_bytes", "limit_bytes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    OFFSET_BYTES_FIELD_NUMBER: _ClassVar[int]
    LIMIT_BYTES_FIELD_NUMBER: _ClassVar[int]
    name: str
    offset_bytes: int
    limit_bytes: int
    def __init__(self, name: _Optional[str] = ..., offset_bytes: _Optional[int] = ..., limit_bytes: _Optional[int] = ...) -> None: ...

class SerialLog(_message.Message):
    __slots__ = ("text", "offset_bytes", "size_bytes")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_BYTES_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    text: str
    offset_bytes: int
    size_bytes: int
    def __init__(self, text: _Optional[str] = ..., offset_bytes: _Optional[int] = ..., size_bytes: _Optional[int] = ...) -> None: ...
