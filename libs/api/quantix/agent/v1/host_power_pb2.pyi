from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from quantix.access.v1 import access_pb2 as _access_pb2
from quantix.access.v1 import fence_pb2 as _fence_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ActOnPowerRequest(_message.Message):
    __slots__ = ("action", "boot_id", "machine_count", "fence")
    class Action(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ACTION_UNSPECIFIED: _ClassVar[ActOnPowerRequest.Action]
        ACTION_REBOOT: _ClassVar[ActOnPowerRequest.Action]
        ACTION_POWER_OFF: _ClassVar[ActOnPowerRequest.Action]
    ACTION_UNSPECIFIED: ActOnPowerRequest.Action
    ACTION_REBOOT: ActOnPowerRequest.Action
    ACTION_POWER_OFF: ActOnPowerRequest.Action
    ACTION_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    MACHINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    action: ActOnPowerRequest.Action
    boot_id: str
    machine_count: int
    fence: _fence_pb2.Fence
    def __init__(self, action: _Optional[_Union[ActOnPowerRequest.Action, str]] = ..., boot_id: _Optional[str] = ..., machine_count: _Optional[int] = ..., fence: _Optional[_Union[_fence_pb2.Fence, _Mapping]] = ...) -> None: ...

class ActOnPowerResponse(_message.Message):
    __slots__ = ("boot_id",)
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    boot_id: str
    def __init__(self, boot_id: _Optional[str] = ...) -> None: ...
