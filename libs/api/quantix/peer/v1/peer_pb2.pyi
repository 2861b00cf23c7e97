import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from quantix.access.v1 import fence_pb2 as _fence_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ProbeRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ProbeResponse(_message.Message):
    __slots__ = ("machine_uuid", "boot_id", "instance", "session_epoch", "acknowledged_age", "protected_machine_count")
    MACHINE_UUID_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    SESSION_EPOCH_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_AGE_FIELD_NUMBER: _ClassVar[int]
    PROTECTED_MACHINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    machine_uuid: str
    boot_id: str
    instance: int
    session_epoch: int
    acknowledged_age: _duration_pb2.Duration
    protected_machine_count: int
    def __init__(self, machine_uuid: _Optional[str] = ..., boot_id: _Optional[str] = ..., instance: _Optional[int] = ..., session_epoch: _Optional[int] = ..., acknowledged_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., protected_machine_count: _Optional[int] = ...) -> None: ...

class AskRenewalRequest(_message.Message):
    __slots__ = ("member_set_version",)
    MEMBER_SET_VERSION_FIELD_NUMBER: _ClassVar[int]
    member_set_version: int
    def __init__(self, member_set_version: _Optional[int] = ...) -> None: ...

class AskRenewalResponse(_message.Message):
    __slots__ = ("answer",)
    class Answer(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ANSWER_UNSPECIFIED: _ClassVar[AskRenewalResponse.Answer]
        ANSWER_YES: _ClassVar[AskRenewalResponse.Answer]
        ANSWER_NO: _ClassVar[AskRenewalResponse.Answer]
    ANSWER_UNSPECIFIED: AskRenewalResponse.Answer
    ANSWER_YES: AskRenewalResponse.Answer
    ANSWER_NO: AskRenewalResponse.Answer
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    answer: AskRenewalResponse.Answer
    def __init__(self, answer: _Optional[_Union[AskRenewalResponse.Answer, str]] = ...) -> None: ...

class PromiseRequest(_message.Message):
    __slots__ = ("incident", "node_uid", "fence", "fenced_revision")
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    NODE_UID_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    FENCED_REVISION_FIELD_NUMBER: _ClassVar[int]
    incident: str
    node_uid: str
    fence: _fence_pb2.Fence
    fenced_revision: int
    def __init__(self, incident: _Optional[str] = ..., node_uid: _Optional[str] = ..., fence: _Optional[_Union[_fence_pb2.Fence, _Mapping]] = ..., fenced_revision: _Optional[int] = ...) -> None: ...

class PromiseResponse(_message.Message):
    __slots__ = ("last_no_age", "member_set_version")
    LAST_NO_AGE_FIELD_NUMBER: _ClassVar[int]
    MEMBER_SET_VERSION_FIELD_NUMBER: _ClassVar[int]
    last_no_age: _duration_pb2.Duration
    member_set_version: int
    def __init__(self, last_no_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., member_set_version: _Optional[int] = ...) -> None: ...
