"""Texts that no store takes: strings with the character NUL, which PostgreSQL refuses."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from qvdc_rpc.unknown import is_map

_NUL = "\0"


def nul_in(message: Message) -> str | None:
    """The path of a string in `message` that holds NUL, at any depth; None when none does."""
    if _NUL.encode() not in message.SerializeToString() or _is_clean(message):
        return None  # nearly always; to name the place is dearer
    return next(_paths(message, ""), None)


def _is_clean(message: Message) -> bool:
    for name, inner, repeated, mapped in _places(message.DESCRIPTOR):
        value = getattr(message, name)
        if mapped:
            if next(_in_map(value, name), None) is not None:
                return False
        elif inner:
            held = value if repeated else (value,) if message.HasField(name) else ()
            for each in held:
                if not _is_clean(each):
                    return False
        elif repeated:
            if any(_NUL in each for each in value):
                return False
        elif _NUL in value:
            return False
    return True


class _Place(NamedTuple):
    """A field that is a string or may hold some; numbers have NULs in plenty and none of them."""

    name: str
    message: bool
    repeated: bool
    map: bool


def _paths(message: Message, prefix: str) -> Iterator[str]:
    for place in _places(message.DESCRIPTOR):
        path, value = f"{prefix}{place.name}", getattr(message, place.name)
        if place.map:
            yield from _in_map(value, path)
        elif place.repeated:
            for number, each in enumerate(value):
                yield from _in_value(each, f"{path}[{number}]")
        elif not place.message:
            if _NUL in value:
                yield path
        elif message.HasField(place.name):
            yield from _paths(value, f"{path}.")


def _in_map(value: Mapping[Any, Any], path: str) -> Iterator[str]:
    for key in value:
        yield from _in_value(key, path)
        yield from _in_value(value[key], path)


def _in_value(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, Message):
        yield from _paths(value, f"{path}.")
    elif isinstance(value, str) and _NUL in value:
        yield path


@cache
def _places(message: Descriptor) -> tuple[_Place, ...]:
    """Where texts may be: known for each kind of message, since it is asked at every call."""
    return tuple(
        _Place(field.name, field.message_type is not None, field.is_repeated, is_map(field))
        for field in message.fields
        if _may_hold_text(field, frozenset())
    )


def _may_hold_text(field: FieldDescriptor, above: frozenset[str]) -> bool:
    inner = field.message_type
    if inner is None:
        return bool(field.type == FieldDescriptor.TYPE_STRING)
    if inner.full_name in above:
        return False  # its own fields are being looked at
    return any(_may_hold_text(each, above | {inner.full_name}) for each in inner.fields)
