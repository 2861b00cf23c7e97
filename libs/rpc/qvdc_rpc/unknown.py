"""Requests as they arrive: decoded from binary or JSON, with what nobody knows named."""

import json
from collections.abc import Iterator
from typing import cast

from google.protobuf import json_format, unknown_fields
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from qvdc_core.errors import Kind, Refusal, UnknownField

JSON = "json"
PROTO = "proto"

_OWN_JSON = "google.protobuf."


class Malformed(Refusal):
    """The bytes are no message of this type."""

    kind = Kind.INVALID
    reason = "MALFORMED"


def decode(data: bytes, encoding: str, descriptor: Descriptor, *, strict: bool) -> Message:
    """Read a message from `data`.

    Args:
        encoding: json or proto.
        strict: refuse unknown fields at any depth instead of ignoring them.

    Raises:
        Malformed: the bytes cannot be read.
        UnknownField: `strict`, and some field is not known; every one is named by its path.
    """
    if encoding == JSON:
        return decode_json(_load(data), descriptor, strict=strict)
    message = GetMessageClass(descriptor)()
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise Malformed(f"The request is no {descriptor.full_name}.") from error
    if strict and (paths := list(unknown_paths(message))):
        raise UnknownField(*paths)
    return message


def decode_json(value: object, descriptor: Descriptor, *, strict: bool) -> Message:
    """Read a message from parsed JSON; both spellings of field names are accepted.

    Raises:
        Malformed: a value does not fit its field.
        UnknownField: as `decode`.
    """
    if not isinstance(value, dict):
        raise Malformed("The request must be a JSON object.")
    if strict and (paths := list(unknown_json_paths(value, descriptor))):
        raise UnknownField(*paths)
    message = GetMessageClass(descriptor)()
    try:
        json_format.ParseDict(value, message, ignore_unknown_fields=not strict)
    except json_format.ParseError as error:
        raise Malformed(str(error)) from error
    return message


def unknown_paths(message: Message, prefix: str = "") -> Iterator[str]:
    """Name the unknown fields of a decoded message, at any depth, as path.#number."""
    for unknown in unknown_fields.UnknownFieldSet(message):  # type: ignore[attr-defined]
        yield f"{prefix}#{unknown.field_number}"
    for field, value in message.ListFields():
        if field.type not in (FieldDescriptor.TYPE_MESSAGE, FieldDescriptor.TYPE_GROUP):
            continue
        for place, child in _children(field, value):
            yield from unknown_paths(child, f"{prefix}{field.name}{place}.")


def unknown_json_paths(value: object, descriptor: Descriptor, prefix: str = "") -> Iterator[str]:
    """Name the keys of parsed JSON that are no fields of `descriptor`, at any depth."""
    if descriptor.full_name.startswith(_OWN_JSON) or not isinstance(value, dict):
        return
    known = {name: field for field in descriptor.fields for name in (field.name, field.json_name)}
    for key, item in value.items():
        field = known.get(key)
        if field is None:
            yield f"{prefix}{key}"
            continue
        for place, kind, child in _json_children(field, item):
            yield from unknown_json_paths(child, kind, f"{prefix}{field.name}{place}.")


def _load(data: bytes) -> object:
    try:
        return json.loads(data or b"{}", object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise Malformed("The request is no JSON.") from error


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a key occurs twice")
    return read


def is_map(field: FieldDescriptor) -> bool:
    """Whether `field` is a map."""
    kind = field.message_type
    return kind is not None and kind.GetOptions().map_entry


def _children(field: FieldDescriptor, value: object) -> Iterator[tuple[str, Message]]:
    kind = field.message_type
    if kind is not None and is_map(field):
        if kind.fields_by_name["value"].message_type is not None:
            for key, child in cast(dict[object, Message], value).items():
                yield f"[{key}]", child
    elif field.is_repeated:
        for index, child in enumerate(cast(list[Message], value)):
            yield f"[{index}]", child
    else:
        yield "", cast(Message, value)


def _json_children(
    field: FieldDescriptor, value: object
) -> Iterator[tuple[str, Descriptor, object]]:
    kind = field.message_type
    if kind is None:
        return
    if is_map(field):
        inner = kind.fields_by_name["value"].message_type
        if inner is not None and isinstance(value, dict):
            for key, child in value.items():
                yield f"[{key}]", inner, child
    elif field.is_repeated and isinstance(value, list):
        for index, child in enumerate(value):
            yield f"[{index}]", kind, child
    else:
        yield "", kind, value
