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
    ERROR_REASON_CLUSTER_NAME_TAKEN: _ClassVar[ErrorReason]
    ERROR_REASON_NODE_IN_OTHER_CLUSTER: _ClassVar[ErrorReason]
    ERROR_REASON_NODE_REMOVED: _ClassVar[ErrorReason]
    ERROR_REASON_NODE_NOT_MEMBER: _ClassVar[ErrorReason]
    ERROR_REASON_NODE_HAS_VMS: _ClassVar[ErrorReason]
    ERROR_REASON_CLUSTER_NOT_EMPTY: _ClassVar[ErrorReason]
    ERROR_REASON_NO_PLACEMENT: _ClassVar[ErrorReason]
    ERROR_REASON_PROJECTION_EMPTY: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_CLUSTER_NAME_TAKEN: ErrorReason
ERROR_REASON_NODE_IN_OTHER_CLUSTER: ErrorReason
ERROR_REASON_NODE_REMOVED: ErrorReason
ERROR_REASON_NODE_NOT_MEMBER: ErrorReason
ERROR_REASON_NODE_HAS_VMS: ErrorReason
ERROR_REASON_CLUSTER_NOT_EMPTY: ErrorReason
ERROR_REASON_NO_PLACEMENT: ErrorReason
ERROR_REASON_PROJECTION_EMPTY: ErrorReason

class Cluster(_message.Message):
    __slots__ = ("name", "uid", "display_name", "description", "labels", "etag", "generation", "create_time", "update_time", "project", "ha", "drs", "overcommit", "shared_storage_required", "default_storage_pool", "storage_pools", "default_network", "networks", "status", "nodes")
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
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    HA_FIELD_NUMBER: _ClassVar[int]
    DRS_FIELD_NUMBER: _ClassVar[int]
    OVERCOMMIT_FIELD_NUMBER: _ClassVar[int]
    SHARED_STORAGE_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_STORAGE_POOL_FIELD_NUMBER: _ClassVar[int]
    STORAGE_POOLS_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_NETWORK_FIELD_NUMBER: _ClassVar[int]
    NETWORKS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    name: str
    uid: str
    display_name: str
    description: str
    labels: _containers.ScalarMap[str, str]
    etag: str
    generation: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    project: str
    ha: HaSettings
    drs: DrsSettings
    overcommit: Overcommit
    shared_storage_required: bool
    default_storage_pool: str
    storage_pools: _containers.RepeatedScalarFieldContainer[str]
    default_network: str
    networks: _containers.RepeatedScalarFieldContainer[str]
    status: ClusterStatus
    nodes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., uid: _Optional[str] = ..., display_name: _Optional[str] = ..., description: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., etag: _Optional[str] = ..., generation: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., project: _Optional[str] = ..., ha: _Optional[_Union[HaSettings, _Mapping]] = ..., drs: _Optional[_Union[DrsSettings, _Mapping]] = ..., overcommit: _Optional[_Union[Overcommit, _Mapping]] = ..., shared_storage_required: _Optional[bool] = ..., default_storage_pool: _Optional[str] = ..., storage_pools: _Optional[_Iterable[str]] = ..., default_network: _Optional[str] = ..., networks: _Optional[_Iterable[str]] = ..., status: _Optional[_Union[ClusterStatus, _Mapping]] = ..., nodes: _Optional[_Iterable[str]] = ...) -> None: ...

class HaSettings(_message.Message):
    __slots__ = ("enabled", "host_monitoring", "vm_monitoring", "admission", "restart_priority", "isolation_response", "shutdown_grace_seconds", "detection_seconds", "storm_percent", "max_concurrent_restarts_per_node")
    class VmMonitoring(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        VM_MONITORING_UNSPECIFIED: _ClassVar[HaSettings.VmMonitoring]
        VM_MONITORING_OFF: _ClassVar[HaSettings.VmMonitoring]
        VM_MONITORING_GUEST_HEARTBEAT: _ClassVar[HaSettings.VmMonitoring]
    VM_MONITORING_UNSPECIFIED: HaSettings.VmMonitoring
    VM_MONITORING_OFF: HaSettings.VmMonitoring
    VM_MONITORING_GUEST_HEARTBEAT: HaSettings.VmMonitoring
    class IsolationResponse(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ISOLATION_RESPONSE_UNSPECIFIED: _ClassVar[HaSettings.IsolationResponse]
        ISOLATION_RESPONSE_LEAVE: _ClassVar[HaSettings.IsolationResponse]
        ISOLATION_RESPONSE_SHUTDOWN: _ClassVar[HaSettings.IsolationResponse]
        ISOLATION_RESPONSE_POWER_OFF: _ClassVar[HaSettings.IsolationResponse]
    ISOLATION_RESPONSE_UNSPECIFIED: HaSettings.IsolationResponse
    ISOLATION_RESPONSE_LEAVE: HaSettings.IsolationResponse
    ISOLATION_RESPONSE_SHUTDOWN: HaSettings.IsolationResponse
    ISOLATION_RESPONSE_POWER_OFF: HaSettings.IsolationResponse
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    HOST_MONITORING_FIELD_NUMBER: _ClassVar[int]
    VM_MONITORING_FIELD_NUMBER: _ClassVar[int]
    ADMISSION_FIELD_NUMBER: _ClassVar[int]
    RESTART_PRIORITY_FIELD_NUMBER: _ClassVar[int]
    ISOLATION_RESPONSE_FIELD_NUMBER: _ClassVar[int]
    SHUTDOWN_GRACE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    DETECTION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    STORM_PERCENT_FIELD_NUMBER: _ClassVar[int]
    MAX_CONCURRENT_RESTARTS_PER_NODE_FIELD_NUMBER: _ClassVar[int]
    enabled: bool
    host_monitoring: bool
    vm_monitoring: HaSettings.VmMonitoring
    admission: AdmissionSettings
    restart_priority: int
    isolation_response: HaSettings.IsolationResponse
    shutdown_grace_seconds: int
    detection_seconds: int
    storm_percent: int
    max_concurrent_restarts_per_node: int
    def __init__(self, enabled: _Optional[bool] = ..., host_monitoring: _Optional[bool] = ..., vm_monitoring: _Optional[_Union[HaSettings.VmMonitoring, str]] = ..., admission: _Optional[_Union[AdmissionSettings, _Mapping]] = ..., restart_priority: _Optional[int] = ..., isolation_response: _Optional[_Union[HaSettings.IsolationResponse, str]] = ..., shutdown_grace_seconds: _Optional[int] = ..., detection_seconds: _Optional[int] = ..., storm_percent: _Optional[int] = ..., max_concurrent_restarts_per_node: _Optional[int] = ...) -> None: ...

class AdmissionSettings(_message.Message):
    __slots__ = ("policy", "failover_capacity", "reserve_cpu_percent", "reserve_memory_percent", "failover_nodes")
    class Policy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        POLICY_UNSPECIFIED: _ClassVar[AdmissionSettings.Policy]
        POLICY_HOST_FAILURES: _ClassVar[AdmissionSettings.Policy]
        POLICY_PERCENT: _ClassVar[AdmissionSettings.Policy]
        POLICY_DEDICATED_HOSTS: _ClassVar[AdmissionSettings.Policy]
        POLICY_OFF: _ClassVar[AdmissionSettings.Policy]
    POLICY_UNSPECIFIED: AdmissionSettings.Policy
    POLICY_HOST_FAILURES: AdmissionSettings.Policy
    POLICY_PERCENT: AdmissionSettings.Policy
    POLICY_DEDICATED_HOSTS: AdmissionSettings.Policy
    POLICY_OFF: AdmissionSettings.Policy
    POLICY_FIELD_NUMBER: _ClassVar[int]
    FAILOVER_CAPACITY_FIELD_NUMBER: _ClassVar[int]
    RESERVE_CPU_PERCENT_FIELD_NUMBER: _ClassVar[int]
    RESERVE_MEMORY_PERCENT_FIELD_NUMBER: _ClassVar[int]
    FAILOVER_NODES_FIELD_NUMBER: _ClassVar[int]
    policy: AdmissionSettings.Policy
    failover_capacity: int
    reserve_cpu_percent: int
    reserve_memory_percent: int
    failover_nodes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, policy: _Optional[_Union[AdmissionSettings.Policy, str]] = ..., failover_capacity: _Optional[int] = ..., reserve_cpu_percent: _Optional[int] = ..., reserve_memory_percent: _Optional[int] = ..., failover_nodes: _Optional[_Iterable[str]] = ...) -> None: ...

class DrsSettings(_message.Message):
    __slots__ = ("enabled", "mode", "migration_threshold", "policy", "interval_seconds", "cpu_high_percent", "memory_high_percent", "cooldown_seconds", "max_concurrent_migrations")
    class Mode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        MODE_UNSPECIFIED: _ClassVar[DrsSettings.Mode]
        MODE_MANUAL: _ClassVar[DrsSettings.Mode]
        MODE_PARTIALLY_AUTOMATED: _ClassVar[DrsSettings.Mode]
        MODE_FULLY_AUTOMATED: _ClassVar[DrsSettings.Mode]
    MODE_UNSPECIFIED: DrsSettings.Mode
    MODE_MANUAL: DrsSettings.Mode
    MODE_PARTIALLY_AUTOMATED: DrsSettings.Mode
    MODE_FULLY_AUTOMATED: DrsSettings.Mode
    class Policy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        POLICY_UNSPECIFIED: _ClassVar[DrsSettings.Policy]
        POLICY_BALANCED: _ClassVar[DrsSettings.Policy]
        POLICY_PACKED: _ClassVar[DrsSettings.Policy]
    POLICY_UNSPECIFIED: DrsSettings.Policy
    POLICY_BALANCED: DrsSettings.Policy
    POLICY_PACKED: DrsSettings.Policy
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    MIGRATION_THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    CPU_HIGH_PERCENT_FIELD_NUMBER: _ClassVar[int]
    MEMORY_HIGH_PERCENT_FIELD_NUMBER: _ClassVar[int]
    COOLDOWN_SECONDS_FIELD_NUMBER: _ClassVar[int]
    MAX_CONCURRENT_MIGRATIONS_FIELD_NUMBER: _ClassVar[int]
    enabled: bool
    mode: DrsSettings.Mode
    migration_threshold: int
    policy: DrsSettings.Policy
    interval_seconds: int
    cpu_high_percent: int
    memory_high_percent: int
    cooldown_seconds: int
    max_concurrent_migrations: int
    def __init__(self, enabled: _Optional[bool] = ..., mode: _Optional[_Union[DrsSettings.Mode, str]] = ..., migration_threshold: _Optional[int] = ..., policy: _Optional[_Union[DrsSettings.Policy, str]] = ..., interval_seconds: _Optional[int] = ..., cpu_high_percent: _Optional[int] = ..., memory_high_percent: _Optional[int] = ..., cooldown_seconds: _Optional[int] = ..., max_concurrent_migrations: _Optional[int] = ...) -> None: ...

class Overcommit(_message.Message):
    __slots__ = ("cpu_ratio", "memory_ratio")
    CPU_RATIO_FIELD_NUMBER: _ClassVar[int]
    MEMORY_RATIO_FIELD_NUMBER: _ClassVar[int]
    cpu_ratio: float
    memory_ratio: float
    def __init__(self, cpu_ratio: _Optional[float] = ..., memory_ratio: _Optional[float] = ...) -> None: ...

class ClusterStatus(_message.Message):
    __slots__ = ("state", "reasons")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[ClusterStatus.State]
        STATE_HEALTHY: _ClassVar[ClusterStatus.State]
        STATE_WARNING: _ClassVar[ClusterStatus.State]
        STATE_CRITICAL: _ClassVar[ClusterStatus.State]
        STATE_MAINTENANCE: _ClassVar[ClusterStatus.State]
    STATE_UNSPECIFIED: ClusterStatus.State
    STATE_HEALTHY: ClusterStatus.State
    STATE_WARNING: ClusterStatus.State
    STATE_CRITICAL: ClusterStatus.State
    STATE_MAINTENANCE: ClusterStatus.State
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    state: ClusterStatus.State
    reasons: _containers.RepeatedCompositeFieldContainer[StatusReason]
    def __init__(self, state: _Optional[_Union[ClusterStatus.State, str]] = ..., reasons: _Optional[_Iterable[_Union[StatusReason, _Mapping]]] = ...) -> None: ...

class StatusReason(_message.Message):
    __slots__ = ("reason", "message")
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    reason: str
    message: str
    def __init__(self, reason: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class ClusterUsage(_message.Message):
    __slots__ = ("cluster", "observe_time", "nodes", "machines", "cpu_mhz", "memory_bytes", "storage_bytes", "nodes_without_data", "stale")
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    OBSERVE_TIME_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    MACHINES_FIELD_NUMBER: _ClassVar[int]
    CPU_MHZ_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    STORAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    NODES_WITHOUT_DATA_FIELD_NUMBER: _ClassVar[int]
    STALE_FIELD_NUMBER: _ClassVar[int]
    cluster: str
    observe_time: _timestamp_pb2.Timestamp
    nodes: NodeCounts
    machines: MachineCounts
    cpu_mhz: ResourceUsage
    memory_bytes: ResourceUsage
    storage_bytes: ResourceUsage
    nodes_without_data: _containers.RepeatedScalarFieldContainer[str]
    stale: bool
    def __init__(self, cluster: _Optional[str] = ..., observe_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., nodes: _Optional[_Union[NodeCounts, _Mapping]] = ..., machines: _Optional[_Union[MachineCounts, _Mapping]] = ..., cpu_mhz: _Optional[_Union[ResourceUsage, _Mapping]] = ..., memory_bytes: _Optional[_Union[ResourceUsage, _Mapping]] = ..., storage_bytes: _Optional[_Union[ResourceUsage, _Mapping]] = ..., nodes_without_data: _Optional[_Iterable[str]] = ..., stale: _Optional[bool] = ...) -> None: ...

class NodeCounts(_message.Message):
    __slots__ = ("total_count", "online_count", "maintenance_count", "draining_count", "not_ready_count", "pending_count", "offline_count")
    TOTAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    ONLINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    MAINTENANCE_COUNT_FIELD_NUMBER: _ClassVar[int]
    DRAINING_COUNT_FIELD_NUMBER: _ClassVar[int]
    NOT_READY_COUNT_FIELD_NUMBER: _ClassVar[int]
    PENDING_COUNT_FIELD_NUMBER: _ClassVar[int]
    OFFLINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    total_count: int
    online_count: int
    maintenance_count: int
    draining_count: int
    not_ready_count: int
    pending_count: int
    offline_count: int
    def __init__(self, total_count: _Optional[int] = ..., online_count: _Optional[int] = ..., maintenance_count: _Optional[int] = ..., draining_count: _Optional[int] = ..., not_ready_count: _Optional[int] = ..., pending_count: _Optional[int] = ..., offline_count: _Optional[int] = ...) -> None: ...

class MachineCounts(_message.Message):
    __slots__ = ("running_count", "stopped_count", "other_count", "total_count")
    RUNNING_COUNT_FIELD_NUMBER: _ClassVar[int]
    STOPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    OTHER_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    running_count: int
    stopped_count: int
    other_count: int
    total_count: int
    def __init__(self, running_count: _Optional[int] = ..., stopped_count: _Optional[int] = ..., other_count: _Optional[int] = ..., total_count: _Optional[int] = ...) -> None: ...

class ResourceUsage(_message.Message):
    __slots__ = ("capacity", "used", "allocated")
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    ALLOCATED_FIELD_NUMBER: _ClassVar[int]
    capacity: int
    used: int
    allocated: int
    def __init__(self, capacity: _Optional[int] = ..., used: _Optional[int] = ..., allocated: _Optional[int] = ...) -> None: ...

class ClusterNode(_message.Message):
    __slots__ = ("node", "node_uid", "hostname", "phase", "mode", "observe_time")
    NODE_FIELD_NUMBER: _ClassVar[int]
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    HOSTNAME_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    OBSERVE_TIME_FIELD_NUMBER: _ClassVar[int]
    node: str
    node_uid: str
    hostname: str
    phase: str
    mode: str
    observe_time: _timestamp_pb2.Timestamp
    def __init__(self, node: _Optional[str] = ..., node_uid: _Optional[str] = ..., hostname: _Optional[str] = ..., phase: _Optional[str] = ..., mode: _Optional[str] = ..., observe_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ClusterVirtualMachine(_message.Message):
    __slots__ = ("vm", "vm_uid", "node", "state", "vcpu_count", "memory_bytes")
    VM_FIELD_NUMBER: _ClassVar[int]
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    VCPU_COUNT_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    vm: str
    vm_uid: str
    node: str
    state: str
    vcpu_count: int
    memory_bytes: int
    def __init__(self, vm: _Optional[str] = ..., vm_uid: _Optional[str] = ..., node: _Optional[str] = ..., state: _Optional[str] = ..., vcpu_count: _Optional[int] = ..., memory_bytes: _Optional[int] = ...) -> None: ...

class CreateClusterRequest(_message.Message):
    __slots__ = ("cluster_id", "cluster", "initial_nodes", "request_id", "validate_only")
    CLUSTER_ID_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    INITIAL_NODES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    cluster_id: str
    cluster: Cluster
    initial_nodes: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    validate_only: bool
    def __init__(self, cluster_id: _Optional[str] = ..., cluster: _Optional[_Union[Cluster, _Mapping]] = ..., initial_nodes: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class GetClusterRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListClustersRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "name_prefix", "labels", "query", "project", "states")
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
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    name_prefix: str
    labels: _containers.ScalarMap[str, str]
    query: str
    project: str
    states: _containers.RepeatedScalarFieldContainer[ClusterStatus.State]
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., name_prefix: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., query: _Optional[str] = ..., project: _Optional[str] = ..., states: _Optional[_Iterable[_Union[ClusterStatus.State, str]]] = ...) -> None: ...

class ListClustersResponse(_message.Message):
    __slots__ = ("clusters", "next_page_token")
    CLUSTERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    clusters: _containers.RepeatedCompositeFieldContainer[Cluster]
    next_page_token: str
    def __init__(self, clusters: _Optional[_Iterable[_Union[Cluster, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateClusterRequest(_message.Message):
    __slots__ = ("cluster", "update_mask", "request_id", "validate_only")
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    cluster: Cluster
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    validate_only: bool
    def __init__(self, cluster: _Optional[_Union[Cluster, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class DeleteClusterRequest(_message.Message):
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

class AddClusterNodeRequest(_message.Message):
    __slots__ = ("name", "node", "etag", "request_id", "validate_only")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    name: str
    node: str
    etag: str
    request_id: str
    validate_only: bool
    def __init__(self, name: _Optional[str] = ..., node: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class RemoveClusterNodeRequest(_message.Message):
    __slots__ = ("name", "node", "etag", "request_id", "validate_only")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    name: str
    node: str
    etag: str
    request_id: str
    validate_only: bool
    def __init__(self, name: _Optional[str] = ..., node: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class ListClusterNodesRequest(_message.Message):
    __slots__ = ("name", "page_size", "page_token")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    name: str
    page_size: int
    page_token: str
    def __init__(self, name: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAvailableNodesRequest(_message.Message):
    __slots__ = ("name_prefix", "page_size", "page_token")
    NAME_PREFIX_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    name_prefix: str
    page_size: int
    page_token: str
    def __init__(self, name_prefix: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListClusterNodesResponse(_message.Message):
    __slots__ = ("nodes", "next_page_token")
    NODES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    nodes: _containers.RepeatedCompositeFieldContainer[ClusterNode]
    next_page_token: str
    def __init__(self, nodes: _Optional[_Iterable[_Union[ClusterNode, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListClusterVirtualMachinesRequest(_message.Message):
    __slots__ = ("name", "page_size", "page_token")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    name: str
    page_size: int
    page_token: str
    def __init__(self, name: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListClusterVirtualMachinesResponse(_message.Message):
    __slots__ = ("vms", "next_page_token")
    VMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    vms: _containers.RepeatedCompositeFieldContainer[ClusterVirtualMachine]
    next_page_token: str
    def __init__(self, vms: _Optional[_Iterable[_Union[ClusterVirtualMachine, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetClusterUsageRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class WatchClustersRequest(_message.Message):
    __slots__ = ("resume_token", "snapshot_page_size")
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    resume_token: str
    snapshot_page_size: int
    def __init__(self, resume_token: _Optional[str] = ..., snapshot_page_size: _Optional[int] = ...) -> None: ...

class WatchClustersResponse(_message.Message):
    __slots__ = ("kind", "cluster", "resume_token", "more")
    KIND_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    kind: _event_pb2.WatchKind
    cluster: Cluster
    resume_token: str
    more: _containers.RepeatedCompositeFieldContainer[WatchClustersResponse]
    def __init__(self, kind: _Optional[_Union[_event_pb2.WatchKind, str]] = ..., cluster: _Optional[_Union[Cluster, _Mapping]] = ..., resume_token: _Optional[str] = ..., more: _Optional[_Iterable[_Union[WatchClustersResponse, _Mapping]]] = ...) -> None: ...
