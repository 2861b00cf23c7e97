"""Texts that no store takes: strings with the character NUL, which PostgreSQL refuses."""

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from qvdc_rpc.unknown import is_map

_NUL = "\0"


def nul_in(message: Message) -> str | None:
    """The path of a string in `message` that holds NUL, at any depth; None when none does."""
    if _NUL.encode() not in message.SerializeToString():
        return None  # nearly always; the look at each field is dearer
    return next(_paths(message, ""), None)


def _paths(message: Message, prefix: str) -> Iterator[str]:
    for field, value in message.ListFields():
        path = f"{prefix}{field.name}"
        if is_map(field):
            yield from _in_map(field, value, path)
        elif field.is_repeated:
            for place, each in enumerate(value):
                yield from _in_value(field, each, f"{path}[{place}]")
        else:
            yield from _in_value(field, value, path)


def _in_map(field: FieldDescriptor, value: Any, path: str) -> Iterator[str]:
    kinds = field.message_type.fields_by_name  # type: ignore[union-attr]  # it is a map
    for key in value:
        yield from _in_value(kinds["key"], key, path)
        yield from _in_value(kinds["value"], value[key], path)


def _in_value(field: FieldDescriptor, value: Any, path: str) -> Iterator[str]:
    if field.message_type is not None:
        yield from _paths(value, f"{path}.")
    elif field.type == FieldDescriptor.TYPE_STRING and _NUL in value:
        yield path
