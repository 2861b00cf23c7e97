"""Setting any field of a resource from PATH=VALUE, with the mask that goes with it."""

import json
import re
from collections.abc import Iterable
from typing import Any

import typer
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import Message

from qvdc_core.units import parse_bytes

OPTION = "--set"
_SIZE = re.compile(r"\d+(\.\d+)?\s*[KMGT]i?B?", re.IGNORECASE)


def assign(message: Message, texts: Iterable[str]) -> list[str]:
    """Set each PATH=VALUE in `message`; return the paths, in proto spelling.

    Values are read as JSON, else as text; enum values may be short (POWER_OFF), sizes carry
    units (2GiB) where the field's name ends in _bytes, an empty value clears.

    Raises:
        typer.BadParameter: a path names no field, or the value does not fit it.
    """
    return [_assign(message, text) for text in texts]


def _assign(message: Message, text: str) -> str:
    path, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} must look like PATH=VALUE", param_hint=OPTION)
    fields = _resolve(message.DESCRIPTOR, path)
    spelled = ".".join(field.name for field in fields)
    if value == "":
        _clear(message, fields)
        return spelled
    nested: Any = _value(fields[-1], value)
    for field in reversed(fields):
        nested = {field.name: nested}
    try:
        ParseDict(nested, message)
    except ParseError as error:
        raise typer.BadParameter(f"{path}: {error}", param_hint=OPTION) from error
    return spelled


def _resolve(descriptor: Any, path: str) -> list[FieldDescriptor]:
    found: list[FieldDescriptor] = []
    for part in path.split("."):
        field = None
        if descriptor is not None:
            by_json = {each.json_name: each for each in descriptor.fields}
            field = descriptor.fields_by_name.get(part) or by_json.get(part)
        if field is None:
            known = ", ".join(sorted(descriptor.fields_by_name)) if descriptor else "nothing"
            raise typer.BadParameter(f"{path}: no {part} here; there is {known}", param_hint=OPTION)
        found.append(field)
        descriptor = field.message_type
    return found


def _clear(message: Message, fields: list[FieldDescriptor]) -> None:
    for field in fields[:-1]:
        message = getattr(message, field.name)
        message.SetInParent()
    message.ClearField(fields[-1].name)


def _value(field: FieldDescriptor, text: str) -> Any:
    if field.is_repeated and not text.startswith(("[", "{")):
        return [_single(field, part.strip()) for part in text.split(",") if part.strip()]
    return _single(field, text)


def _single(field: FieldDescriptor, text: str) -> Any:
    if field.enum_type is not None:
        return _enum_value(field, text)
    if field.name.endswith("_bytes") and _SIZE.fullmatch(text):
        return parse_bytes(text)
    if field.type == FieldDescriptor.TYPE_STRING:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _enum_value(field: FieldDescriptor, text: str) -> str:
    assert field.enum_type is not None
    names = [value.name for value in field.enum_type.values]
    prefix = names[0].removesuffix("UNSPECIFIED")
    wanted = text.upper().replace("-", "_")
    for candidate in (wanted, prefix + wanted):
        if candidate in names:
            return candidate
    known = ", ".join(name.removeprefix(prefix) for name in names[1:])
    raise typer.BadParameter(f"{field.name}: {text!r} is none of {known}", param_hint=OPTION)


def size(text: str, option: str) -> int:
    """Read a size such as 2GiB.

    Raises:
        typer.BadParameter: it is none.
    """
    try:
        return parse_bytes(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error
