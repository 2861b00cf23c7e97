"""Lay the third-party contracts where buf finds them: build/vendor, which git ignores.

`google/api/*.proto` come with googleapis-common-protos. `buf/validate/validate.proto` is in no
wheel as text, but protovalidate carries its descriptor: the text is written from that, so that
the annotations we compile against are exactly those that the validator at run time knows.
"""

from __future__ import annotations

import ast
import importlib.util
import pathlib
import re
import shutil
import sys
from collections.abc import Iterable

import google.api
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)

GOOGLE = ("annotations", "http", "field_behavior", "resource")
SCALARS = {
    number: name.removeprefix("TYPE_").lower()
    for name, number in FieldDescriptorProto.Type.items()
    if name not in ("TYPE_MESSAGE", "TYPE_ENUM", "TYPE_GROUP")
}
LABELS = {1: "optional ", 2: "required ", 3: "repeated "}


def main(target: pathlib.Path) -> None:
    """Write all vendored contracts below `target`; safe to repeat."""
    source = pathlib.Path(next(iter(google.api.__path__)))
    (target / "google/api").mkdir(parents=True, exist_ok=True)
    for stem in GOOGLE:
        shutil.copy(source / f"{stem}.proto", target / "google/api" / f"{stem}.proto")
    validate = target / "buf/validate/validate.proto"
    validate.parent.mkdir(parents=True, exist_ok=True)
    validate.write_text(proto_text(_validate_descriptor()))


def _validate_descriptor() -> FileDescriptorProto:
    """Return the descriptor that the installed protovalidate wheel embeds."""
    spec = importlib.util.find_spec("protovalidate._gen.buf.validate.validate_pb")
    assert spec is not None
    assert spec.origin is not None
    text = pathlib.Path(spec.origin).read_text()
    literal = re.search(r"_DESC = file_desc\(\s*(b'(?:[^'\\]|\\.)*')", text)
    assert literal is not None, "this protovalidate wheel embeds no descriptor"
    return FileDescriptorProto.FromString(ast.literal_eval(literal[1]))


def proto_text(file: FileDescriptorProto) -> str:
    """Return `file` as .proto source: messages, enums and extensions, without custom options."""
    lines = [f'syntax = "{file.syntax or "proto2"}";', f"package {file.package};"]
    lines += [f'import "{name}";' for name in file.dependency]
    for enum in file.enum_type:
        lines += _enum(enum)
    for message in file.message_type:
        lines += _message(message)
    lines += _extensions(file.extension)
    return "\n".join(lines) + "\n"


def _message(message: DescriptorProto) -> list[str]:
    lines = [f"message {message.name} {{"]
    for enum in message.enum_type:
        lines += _enum(enum)
    for nested in message.nested_type:
        if not nested.options.map_entry:
            lines += _message(nested)
    for index, oneof in enumerate(message.oneof_decl):
        members = [f for f in message.field if f.HasField("oneof_index") and f.oneof_index == index]
        lines.append(f"oneof {oneof.name} {{")
        lines += [_field(field, "") for field in members]
        lines.append("}")
    lines += [
        _field(field, LABELS[field.label])
        for field in message.field
        if not field.HasField("oneof_index")
    ]
    for extensible in message.extension_range:
        end = "max" if extensible.end > 536870911 else str(extensible.end - 1)
        lines.append(f"extensions {extensible.start} to {end};")
    lines += _extensions(message.extension)
    return [*lines, "}"]


def _enum(enum: EnumDescriptorProto) -> list[str]:
    alias = ["option allow_alias = true;"] if enum.options.allow_alias else []
    return [f"enum {enum.name} {{", *alias, *[f"{v.name} = {v.number};" for v in enum.value], "}"]


def _field(field: FieldDescriptorProto, label: str) -> str:
    kind = field.type_name or SCALARS[field.type]
    return f"{label}{kind} {field.name} = {field.number};"


def _extensions(extensions: Iterable[FieldDescriptorProto]) -> list[str]:
    return [
        f"extend {field.extendee} {{ {_field(field, LABELS[field.label])} }}"
        for field in extensions
    ]


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
