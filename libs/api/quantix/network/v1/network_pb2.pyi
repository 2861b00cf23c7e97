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
    ERROR_REASON_CIDR_OVERLAP: _ClassVar[ErrorReason]
    ERROR_REASON_VLAN_IN_USE: _ClassVar[ErrorReason]
    ERROR_REASON_DRIVER_UNSUPPORTED: _ClassVar[ErrorReason]
    ERROR_REASON_NO_FREE_ADDRESS: _ClassVar[ErrorReason]
    ERROR_REASON_ADDRESS_IN_USE: _ClassVar[ErrorReason]
    ERROR_REASON_MAC_IN_USE: _ClassVar[ErrorReason]
    ERROR_REASON_NAME_TAKEN: _ClassVar[ErrorReason]
    ERROR_REASON_BEING_DELETED: _ClassVar[ErrorReason]
    ERROR_REASON_NO_FREE_MAC: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_CIDR_OVERLAP: ErrorReason
ERROR_REASON_VLAN_IN_USE: ErrorReason
ERROR_REASON_DRIVER_UNSUPPORTED: ErrorReason
ERROR_REASON_NO_FREE_ADDRESS: ErrorReason
ERROR_REASON_ADDRESS_IN_USE: ErrorReason
ERROR_REASON_MAC_IN_USE: ErrorReason
ERROR_REASON_NAME_TAKEN: ErrorReason
ERROR_REASON_BEING_DELETED: ErrorReason
ERROR_REASON_NO_FREE_MAC: ErrorReason

class Network(_message.Message):
    __slots__ = ("name", "uid", "display_name", "description", "labels", "etag", "generation", "create_time", "update_time", "type", "vlan_id", "switch", "ipv4", "mtu", "dhcp", "reserved", "port_security", "admin_up", "phase", "phase_message", "addresses", "port_count", "plan", "observe_time")
    class Type(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        TYPE_UNSPECIFIED: _ClassVar[Network.Type]
        TYPE_VLAN: _ClassVar[Network.Type]
        TYPE_OVERLAY: _ClassVar[Network.Type]
        TYPE_EXTERNAL: _ClassVar[Network.Type]
        TYPE_ISOLATED: _ClassVar[Network.Type]
    TYPE_UNSPECIFIED: Network.Type
    TYPE_VLAN: Network.Type
    TYPE_OVERLAY: Network.Type
    TYPE_EXTERNAL: Network.Type
    TYPE_ISOLATED: Network.Type
    class Phase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        PHASE_UNSPECIFIED: _ClassVar[Network.Phase]
        PHASE_PENDING: _ClassVar[Network.Phase]
        PHASE_APPLYING: _ClassVar[Network.Phase]
        PHASE_READY: _ClassVar[Network.Phase]
        PHASE_DEGRADED: _ClassVar[Network.Phase]
        PHASE_ERROR: _ClassVar[Network.Phase]
        PHASE_DELETING: _ClassVar[Network.Phase]
    PHASE_UNSPECIFIED: Network.Phase
    PHASE_PENDING: Network.Phase
    PHASE_APPLYING: Network.Phase
    PHASE_READY: Network.Phase
    PHASE_DEGRADED: Network.Phase
    PHASE_ERROR: Network.Phase
    PHASE_DELETING: Network.Phase
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
    TYPE_FIELD_NUMBER: _ClassVar[int]
    VLAN_ID_FIELD_NUMBER: _ClassVar[int]
    SWITCH_FIELD_NUMBER: _ClassVar[int]
    IPV4_FIELD_NUMBER: _ClassVar[int]
    MTU_FIELD_NUMBER: _ClassVar[int]
    DHCP_FIELD_NUMBER: _ClassVar[int]
    RESERVED_FIELD_NUMBER: _ClassVar[int]
    PORT_SECURITY_FIELD_NUMBER: _ClassVar[int]
    ADMIN_UP_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    PHASE_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    PORT_COUNT_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    OBSERVE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    uid: str
    display_name: str
    description: str
    labels: _containers.ScalarMap[str, str]
    etag: str
    generation: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    type: Network.Type
    vlan_id: int
    switch: str
    ipv4: Subnet
    mtu: int
    dhcp: DhcpSettings
    reserved: _containers.RepeatedScalarFieldContainer[str]
    port_security: bool
    admin_up: bool
    phase: Network.Phase
    phase_message: str
    addresses: AddressCounts
    port_count: int
    plan: NetworkPlan
    observe_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., uid: _Optional[str] = ..., display_name: _Optional[str] = ..., description: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., etag: _Optional[str] = ..., generation: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., type: _Optional[_Union[Network.Type, str]] = ..., vlan_id: _Optional[int] = ..., switch: _Optional[str] = ..., ipv4: _Optional[_Union[Subnet, _Mapping]] = ..., mtu: _Optional[int] = ..., dhcp: _Optional[_Union[DhcpSettings, _Mapping]] = ..., reserved: _Optional[_Iterable[str]] = ..., port_security: _Optional[bool] = ..., admin_up: _Optional[bool] = ..., phase: _Optional[_Union[Network.Phase, str]] = ..., phase_message: _Optional[str] = ..., addresses: _Optional[_Union[AddressCounts, _Mapping]] = ..., port_count: _Optional[int] = ..., plan: _Optional[_Union[NetworkPlan, _Mapping]] = ..., observe_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Subnet(_message.Message):
    __slots__ = ("cidr", "gateway")
    CIDR_FIELD_NUMBER: _ClassVar[int]
    GATEWAY_FIELD_NUMBER: _ClassVar[int]
    cidr: str
    gateway: str
    def __init__(self, cidr: _Optional[str] = ..., gateway: _Optional[str] = ...) -> None: ...

class DhcpSettings(_message.Message):
    __slots__ = ("enabled", "ranges", "lease_seconds", "dns_servers", "domain", "ntp_servers")
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    RANGES_FIELD_NUMBER: _ClassVar[int]
    LEASE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    DNS_SERVERS_FIELD_NUMBER: _ClassVar[int]
    DOMAIN_FIELD_NUMBER: _ClassVar[int]
    NTP_SERVERS_FIELD_NUMBER: _ClassVar[int]
    enabled: bool
    ranges: _containers.RepeatedCompositeFieldContainer[AddressRange]
    lease_seconds: int
    dns_servers: _containers.RepeatedScalarFieldContainer[str]
    domain: str
    ntp_servers: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, enabled: _Optional[bool] = ..., ranges: _Optional[_Iterable[_Union[AddressRange, _Mapping]]] = ..., lease_seconds: _Optional[int] = ..., dns_servers: _Optional[_Iterable[str]] = ..., domain: _Optional[str] = ..., ntp_servers: _Optional[_Iterable[str]] = ...) -> None: ...

class AddressRange(_message.Message):
    __slots__ = ("first", "last")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    first: str
    last: str
    def __init__(self, first: _Optional[str] = ..., last: _Optional[str] = ...) -> None: ...

class AddressCounts(_message.Message):
    __slots__ = ("total_count", "used_count", "reserved_count", "free_count")
    TOTAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    USED_COUNT_FIELD_NUMBER: _ClassVar[int]
    RESERVED_COUNT_FIELD_NUMBER: _ClassVar[int]
    FREE_COUNT_FIELD_NUMBER: _ClassVar[int]
    total_count: int
    used_count: int
    reserved_count: int
    free_count: int
    def __init__(self, total_count: _Optional[int] = ..., used_count: _Optional[int] = ..., reserved_count: _Optional[int] = ..., free_count: _Optional[int] = ...) -> None: ...

class NetworkPlan(_message.Message):
    __slots__ = ("summary", "rows", "warnings")
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    summary: str
    rows: _containers.RepeatedCompositeFieldContainer[PlannedRow]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, summary: _Optional[str] = ..., rows: _Optional[_Iterable[_Union[PlannedRow, _Mapping]]] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class PlannedRow(_message.Message):
    __slots__ = ("change", "table", "key", "columns")
    class Change(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CHANGE_UNSPECIFIED: _ClassVar[PlannedRow.Change]
        CHANGE_CREATE: _ClassVar[PlannedRow.Change]
        CHANGE_UPDATE: _ClassVar[PlannedRow.Change]
        CHANGE_DELETE: _ClassVar[PlannedRow.Change]
    CHANGE_UNSPECIFIED: PlannedRow.Change
    CHANGE_CREATE: PlannedRow.Change
    CHANGE_UPDATE: PlannedRow.Change
    CHANGE_DELETE: PlannedRow.Change
    class ColumnsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    change: PlannedRow.Change
    table: str
    key: str
    columns: _containers.ScalarMap[str, str]
    def __init__(self, change: _Optional[_Union[PlannedRow.Change, str]] = ..., table: _Optional[str] = ..., key: _Optional[str] = ..., columns: _Optional[_Mapping[str, str]] = ...) -> None: ...

class CreateNetworkRequest(_message.Message):
    __slots__ = ("network_id", "network", "request_id", "validate_only")
    NETWORK_ID_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    network_id: str
    network: Network
    request_id: str
    validate_only: bool
    def __init__(self, network_id: _Optional[str] = ..., network: _Optional[_Union[Network, _Mapping]] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class GetNetworkRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListNetworksRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "name_prefix", "labels", "query", "types", "phases")
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
    TYPES_FIELD_NUMBER: _ClassVar[int]
    PHASES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    name_prefix: str
    labels: _containers.ScalarMap[str, str]
    query: str
    types: _containers.RepeatedScalarFieldContainer[Network.Type]
    phases: _containers.RepeatedScalarFieldContainer[Network.Phase]
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., name_prefix: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., query: _Optional[str] = ..., types: _Optional[_Iterable[_Union[Network.Type, str]]] = ..., phases: _Optional[_Iterable[_Union[Network.Phase, str]]] = ...) -> None: ...

class ListNetworksResponse(_message.Message):
    __slots__ = ("networks", "next_page_token")
    NETWORKS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    networks: _containers.RepeatedCompositeFieldContainer[Network]
    next_page_token: str
    def __init__(self, networks: _Optional[_Iterable[_Union[Network, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateNetworkRequest(_message.Message):
    __slots__ = ("network", "update_mask", "request_id", "validate_only")
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    network: Network
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    validate_only: bool
    def __init__(self, network: _Optional[_Union[Network, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class DeleteNetworkRequest(_message.Message):
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

class WatchNetworksRequest(_message.Message):
    __slots__ = ("resume_token", "snapshot_page_size")
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    resume_token: str
    snapshot_page_size: int
    def __init__(self, resume_token: _Optional[str] = ..., snapshot_page_size: _Optional[int] = ...) -> None: ...

class WatchNetworksResponse(_message.Message):
    __slots__ = ("kind", "network", "resume_token", "more")
    KIND_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    kind: _event_pb2.WatchKind
    network: Network
    resume_token: str
    more: _containers.RepeatedCompositeFieldContainer[WatchNetworksResponse]
    def __init__(self, kind: _Optional[_Union[_event_pb2.WatchKind, str]] = ..., network: _Optional[_Union[Network, _Mapping]] = ..., resume_token: _Optional[str] = ..., more: _Optional[_Iterable[_Union[WatchNetworksResponse, _Mapping]]] = ...) -> None: ...

class ListNetworkAddressesRequest(_message.Message):
    __slots__ = ("name", "page_size", "page_token")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    name: str
    page_size: int
    page_token: str
    def __init__(self, name: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListNetworkAddressesResponse(_message.Message):
    __slots__ = ("addresses", "next_page_token")
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    addresses: _containers.RepeatedCompositeFieldContainer[HeldAddress]
    next_page_token: str
    def __init__(self, addresses: _Optional[_Iterable[_Union[HeldAddress, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class HeldAddress(_message.Message):
    __slots__ = ("address", "port", "mac", "owner")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    MAC_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    address: str
    port: str
    mac: str
    owner: str
    def __init__(self, address: _Optional[str] = ..., port: _Optional[str] = ..., mac: _Optional[str] = ..., owner: _Optional[str] = ...) -> None: ...
