import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from quantix.agent.v1 import agent_pb2 as _agent_pb2
from quantix.host.v1 import pool_sync_pb2 as _pool_sync_pb2
from quantix.node.v1 import node_pb2 as _node_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RegisterRequest(_message.Message):
    __slots__ = ("machine_uuid", "boot_id", "instance", "hardware_fingerprint", "hostname", "addresses", "system", "inventory", "conditions", "join_token", "signing_request_pem", "node_id", "simulated", "protected_machines")
    MACHINE_UUID_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    HARDWARE_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    HOSTNAME_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    SYSTEM_FIELD_NUMBER: _ClassVar[int]
    INVENTORY_FIELD_NUMBER: _ClassVar[int]
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    JOIN_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SIGNING_REQUEST_PEM_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_FIELD_NUMBER: _ClassVar[int]
    PROTECTED_MACHINES_FIELD_NUMBER: _ClassVar[int]
    machine_uuid: str
    boot_id: str
    instance: int
    hardware_fingerprint: str
    hostname: str
    addresses: _containers.RepeatedCompositeFieldContainer[_node_pb2.NodeAddress]
    system: _node_pb2.NodeSystem
    inventory: _node_pb2.NodeInventory
    conditions: _containers.RepeatedCompositeFieldContainer[_node_pb2.NodeCondition]
    join_token: str
    signing_request_pem: str
    node_id: str
    simulated: bool
    protected_machines: _containers.RepeatedCompositeFieldContainer[ProtectedMachine]
    def __init__(self, machine_uuid: _Optional[str] = ..., boot_id: _Optional[str] = ..., instance: _Optional[int] = ..., hardware_fingerprint: _Optional[str] = ..., hostname: _Optional[str] = ..., addresses: _Optional[_Iterable[_Union[_node_pb2.NodeAddress, _Mapping]]] = ..., system: _Optional[_Union[_node_pb2.NodeSystem, _Mapping]] = ..., inventory: _Optional[_Union[_node_pb2.NodeInventory, _Mapping]] = ..., conditions: _Optional[_Iterable[_Union[_node_pb2.NodeCondition, _Mapping]]] = ..., join_token: _Optional[str] = ..., signing_request_pem: _Optional[str] = ..., node_id: _Optional[str] = ..., simulated: _Optional[bool] = ..., protected_machines: _Optional[_Iterable[_Union[ProtectedMachine, _Mapping]]] = ...) -> None: ...

class ProtectedMachine(_message.Message):
    __slots__ = ("vm_uid", "run_epoch", "response")
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    RUN_EPOCH_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    vm_uid: str
    run_epoch: int
    response: _agent_pb2.IsolationResponse
    def __init__(self, vm_uid: _Optional[str] = ..., run_epoch: _Optional[int] = ..., response: _Optional[_Union[_agent_pb2.IsolationResponse, str]] = ...) -> None: ...

class ConfessedMachine(_message.Message):
    __slots__ = ("vm_uid", "keep", "run_epoch")
    VM_UID_FIELD_NUMBER: _ClassVar[int]
    KEEP_FIELD_NUMBER: _ClassVar[int]
    RUN_EPOCH_FIELD_NUMBER: _ClassVar[int]
    vm_uid: str
    keep: bool
    run_epoch: int
    def __init__(self, vm_uid: _Optional[str] = ..., keep: _Optional[bool] = ..., run_epoch: _Optional[int] = ...) -> None: ...

class RegisterResponse(_message.Message):
    __slots__ = ("node", "outcome", "changed_fields", "session_epoch", "certificate_pem", "ca_pem", "terms", "control_plane", "stored", "lease_id", "confessed", "was_fenced")
    class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OUTCOME_UNSPECIFIED: _ClassVar[RegisterResponse.Outcome]
        OUTCOME_CREATED: _ClassVar[RegisterResponse.Outcome]
        OUTCOME_RECONNECTED: _ClassVar[RegisterResponse.Outcome]
        OUTCOME_RECONNECTED_CHANGED: _ClassVar[RegisterResponse.Outcome]
    OUTCOME_UNSPECIFIED: RegisterResponse.Outcome
    OUTCOME_CREATED: RegisterResponse.Outcome
    OUTCOME_RECONNECTED: RegisterResponse.Outcome
    OUTCOME_RECONNECTED_CHANGED: RegisterResponse.Outcome
    NODE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    SESSION_EPOCH_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_PEM_FIELD_NUMBER: _ClassVar[int]
    CA_PEM_FIELD_NUMBER: _ClassVar[int]
    TERMS_FIELD_NUMBER: _ClassVar[int]
    CONTROL_PLANE_FIELD_NUMBER: _ClassVar[int]
    STORED_FIELD_NUMBER: _ClassVar[int]
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    CONFESSED_FIELD_NUMBER: _ClassVar[int]
    WAS_FENCED_FIELD_NUMBER: _ClassVar[int]
    node: str
    outcome: RegisterResponse.Outcome
    changed_fields: _containers.RepeatedScalarFieldContainer[str]
    session_epoch: int
    certificate_pem: str
    ca_pem: str
    terms: HostTerms
    control_plane: _containers.RepeatedCompositeFieldContainer[ServiceEndpoint]
    stored: _node_pb2.Node
    lease_id: int
    confessed: _containers.RepeatedCompositeFieldContainer[ConfessedMachine]
    was_fenced: bool
    def __init__(self, node: _Optional[str] = ..., outcome: _Optional[_Union[RegisterResponse.Outcome, str]] = ..., changed_fields: _Optional[_Iterable[str]] = ..., session_epoch: _Optional[int] = ..., certificate_pem: _Optional[str] = ..., ca_pem: _Optional[str] = ..., terms: _Optional[_Union[HostTerms, _Mapping]] = ..., control_plane: _Optional[_Iterable[_Union[ServiceEndpoint, _Mapping]]] = ..., stored: _Optional[_Union[_node_pb2.Node, _Mapping]] = ..., lease_id: _Optional[int] = ..., confessed: _Optional[_Iterable[_Union[ConfessedMachine, _Mapping]]] = ..., was_fenced: _Optional[bool] = ...) -> None: ...

class ServiceEndpoint(_message.Message):
    __slots__ = ("service", "mesh", "http")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    MESH_FIELD_NUMBER: _ClassVar[int]
    HTTP_FIELD_NUMBER: _ClassVar[int]
    service: str
    mesh: str
    http: str
    def __init__(self, service: _Optional[str] = ..., mesh: _Optional[str] = ..., http: _Optional[str] = ...) -> None: ...

class HostTerms(_message.Message):
    __slots__ = ("heartbeat_interval", "session_ttl", "ladder_end", "version", "refuse_work", "pause", "kill")
    HEARTBEAT_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    SESSION_TTL_FIELD_NUMBER: _ClassVar[int]
    LADDER_END_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    REFUSE_WORK_FIELD_NUMBER: _ClassVar[int]
    PAUSE_FIELD_NUMBER: _ClassVar[int]
    KILL_FIELD_NUMBER: _ClassVar[int]
    heartbeat_interval: _duration_pb2.Duration
    session_ttl: _duration_pb2.Duration
    ladder_end: _duration_pb2.Duration
    version: int
    refuse_work: _duration_pb2.Duration
    pause: _duration_pb2.Duration
    kill: _duration_pb2.Duration
    def __init__(self, heartbeat_interval: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., session_ttl: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., ladder_end: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., version: _Optional[int] = ..., refuse_work: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., pause: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., kill: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class MemberSet(_message.Message):
    __slots__ = ("site_term", "version", "members")
    SITE_TERM_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    site_term: int
    version: int
    members: _containers.RepeatedCompositeFieldContainer[Member]
    def __init__(self, site_term: _Optional[int] = ..., version: _Optional[int] = ..., members: _Optional[_Iterable[_Union[Member, _Mapping]]] = ...) -> None: ...

class Member(_message.Message):
    __slots__ = ("uid", "address", "port")
    UID_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    uid: str
    address: str
    port: int
    def __init__(self, uid: _Optional[str] = ..., address: _Optional[str] = ..., port: _Optional[int] = ...) -> None: ...

class OpenIncidents(_message.Message):
    __slots__ = ("revision", "incidents")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    INCIDENTS_FIELD_NUMBER: _ClassVar[int]
    revision: int
    incidents: _containers.RepeatedCompositeFieldContainer[OpenIncident]
    def __init__(self, revision: _Optional[int] = ..., incidents: _Optional[_Iterable[_Union[OpenIncident, _Mapping]]] = ...) -> None: ...

class OpenIncident(_message.Message):
    __slots__ = ("incident", "node_uid")
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    incident: str
    node_uid: str
    def __init__(self, incident: _Optional[str] = ..., node_uid: _Optional[str] = ...) -> None: ...

class HeartbeatRequest(_message.Message):
    __slots__ = ("machine_uuid", "boot_id", "instance", "session_epoch", "sequence", "usage", "pools", "conditions", "state_hash", "member_set_version", "member_set_site_term", "terms_version", "lease_id", "protected_machine_count", "assigned_pools_generation", "assigned_pools_site_term")
    MACHINE_UUID_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    SESSION_EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    POOLS_FIELD_NUMBER: _ClassVar[int]
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    STATE_HASH_FIELD_NUMBER: _ClassVar[int]
    MEMBER_SET_VERSION_FIELD_NUMBER: _ClassVar[int]
    MEMBER_SET_SITE_TERM_FIELD_NUMBER: _ClassVar[int]
    TERMS_VERSION_FIELD_NUMBER: _ClassVar[int]
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    PROTECTED_MACHINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    ASSIGNED_POOLS_GENERATION_FIELD_NUMBER: _ClassVar[int]
    ASSIGNED_POOLS_SITE_TERM_FIELD_NUMBER: _ClassVar[int]
    machine_uuid: str
    boot_id: str
    instance: int
    session_epoch: int
    sequence: int
    usage: _node_pb2.NodeUsage
    pools: _containers.RepeatedCompositeFieldContainer[_node_pb2.PoolInventory]
    conditions: _containers.RepeatedCompositeFieldContainer[_node_pb2.NodeCondition]
    state_hash: str
    member_set_version: int
    member_set_site_term: int
    terms_version: int
    lease_id: int
    protected_machine_count: int
    assigned_pools_generation: int
    assigned_pools_site_term: int
    def __init__(self, machine_uuid: _Optional[str] = ..., boot_id: _Optional[str] = ..., instance: _Optional[int] = ..., session_epoch: _Optional[int] = ..., sequence: _Optional[int] = ..., usage: _Optional[_Union[_node_pb2.NodeUsage, _Mapping]] = ..., pools: _Optional[_Iterable[_Union[_node_pb2.PoolInventory, _Mapping]]] = ..., conditions: _Optional[_Iterable[_Union[_node_pb2.NodeCondition, _Mapping]]] = ..., state_hash: _Optional[str] = ..., member_set_version: _Optional[int] = ..., member_set_site_term: _Optional[int] = ..., terms_version: _Optional[int] = ..., lease_id: _Optional[int] = ..., protected_machine_count: _Optional[int] = ..., assigned_pools_generation: _Optional[int] = ..., assigned_pools_site_term: _Optional[int] = ...) -> None: ...

class HeartbeatResponse(_message.Message):
    __slots__ = ("server_time", "next_interval", "request_full_sync", "control_plane", "session_epoch", "terms", "member_set", "open_incidents", "assigned_pools")
    SERVER_TIME_FIELD_NUMBER: _ClassVar[int]
    NEXT_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FULL_SYNC_FIELD_NUMBER: _ClassVar[int]
    CONTROL_PLANE_FIELD_NUMBER: _ClassVar[int]
    SESSION_EPOCH_FIELD_NUMBER: _ClassVar[int]
    TERMS_FIELD_NUMBER: _ClassVar[int]
    MEMBER_SET_FIELD_NUMBER: _ClassVar[int]
    OPEN_INCIDENTS_FIELD_NUMBER: _ClassVar[int]
    ASSIGNED_POOLS_FIELD_NUMBER: _ClassVar[int]
    server_time: _timestamp_pb2.Timestamp
    next_interval: _duration_pb2.Duration
    request_full_sync: bool
    control_plane: _containers.RepeatedCompositeFieldContainer[ServiceEndpoint]
    session_epoch: int
    terms: HostTerms
    member_set: MemberSet
    open_incidents: OpenIncidents
    assigned_pools: _pool_sync_pb2.AssignedPools
    def __init__(self, server_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., next_interval: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_full_sync: _Optional[bool] = ..., control_plane: _Optional[_Iterable[_Union[ServiceEndpoint, _Mapping]]] = ..., session_epoch: _Optional[int] = ..., terms: _Optional[_Union[HostTerms, _Mapping]] = ..., member_set: _Optional[_Union[MemberSet, _Mapping]] = ..., open_incidents: _Optional[_Union[OpenIncidents, _Mapping]] = ..., assigned_pools: _Optional[_Union[_pool_sync_pb2.AssignedPools, _Mapping]] = ...) -> None: ...

class LeaveRequest(_message.Message):
    __slots__ = ("machine_uuid", "boot_id", "protected_machine_count")
    MACHINE_UUID_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    PROTECTED_MACHINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    machine_uuid: str
    boot_id: str
    protected_machine_count: int
    def __init__(self, machine_uuid: _Optional[str] = ..., boot_id: _Optional[str] = ..., protected_machine_count: _Optional[int] = ...) -> None: ...

class LeaveResponse(_message.Message):
    __slots__ = ("node",)
    NODE_FIELD_NUMBER: _ClassVar[int]
    node: str
    def __init__(self, node: _Optional[str] = ...) -> None: ...

class ExplainRefusalRequest(_message.Message):
    __slots__ = ("machine_uuid", "certificate_pem")
    MACHINE_UUID_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_PEM_FIELD_NUMBER: _ClassVar[int]
    machine_uuid: str
    certificate_pem: str
    def __init__(self, machine_uuid: _Optional[str] = ..., certificate_pem: _Optional[str] = ...) -> None: ...

class ExplainRefusalResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
