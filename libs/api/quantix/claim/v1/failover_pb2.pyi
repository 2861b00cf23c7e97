import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from quantix.host.v1 import session_pb2 as _session_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class IntendFenceRequest(_message.Message):
    __slots__ = ("node_uid", "incident")
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    node_uid: str
    incident: str
    def __init__(self, node_uid: _Optional[str] = ..., incident: _Optional[str] = ...) -> None: ...

class IntendFenceResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class WithdrawFenceRequest(_message.Message):
    __slots__ = ("node_uid", "incident")
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    node_uid: str
    incident: str
    def __init__(self, node_uid: _Optional[str] = ..., incident: _Optional[str] = ...) -> None: ...

class WithdrawFenceResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PromiseSilenceRequest(_message.Message):
    __slots__ = ("node_uid", "incident")
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    node_uid: str
    incident: str
    def __init__(self, node_uid: _Optional[str] = ..., incident: _Optional[str] = ...) -> None: ...

class PromiseSilenceResponse(_message.Message):
    __slots__ = ("last_acknowledgement_age", "instance")
    LAST_ACKNOWLEDGEMENT_AGE_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    last_acknowledgement_age: _duration_pb2.Duration
    instance: str
    def __init__(self, last_acknowledgement_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., instance: _Optional[str] = ...) -> None: ...

class ListMemberSetsRequest(_message.Message):
    __slots__ = ("node_uid",)
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    node_uid: str
    def __init__(self, node_uid: _Optional[str] = ...) -> None: ...

class ListMemberSetsResponse(_message.Message):
    __slots__ = ("member_sets",)
    MEMBER_SETS_FIELD_NUMBER: _ClassVar[int]
    member_sets: _containers.RepeatedCompositeFieldContainer[_session_pb2.MemberSet]
    def __init__(self, member_sets: _Optional[_Iterable[_Union[_session_pb2.MemberSet, _Mapping]]] = ...) -> None: ...
