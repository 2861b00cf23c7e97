"""Message types as JSON schemas, with the limits that their validation rules set."""

from collections.abc import Iterator
from typing import Any, cast

from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration

from buf.validate import validate_pb2
from qvdc_rpc.unknown import is_map

Schema = dict[str, Any]

_F = FieldDescriptor
_INT32 = {_F.TYPE_INT32, _F.TYPE_SINT32, _F.TYPE_SFIXED32, _F.TYPE_UINT32, _F.TYPE_FIXED32}
_INT64 = {_F.TYPE_INT64, _F.TYPE_SINT64, _F.TYPE_SFIXED64, _F.TYPE_UINT64, _F.TYPE_FIXED64}

_WELL_KNOWN: dict[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$"},
    "google.protobuf.FieldMask": {"type": "string", "description": "Paths, by commas."},
    "google.protobuf.Empty": {"type": "object", "additionalProperties": False},
    "google.protobuf.Struct": {"type": "object"},
    "google.protobuf.Value": {},
    "google.protobuf.Any": {"type": "object"},
}
_BEHAVIOURS = {
    field_behavior_pb2.OUTPUT_ONLY: ("readOnly", True),
    field_behavior_pb2.INPUT_ONLY: ("writeOnly", True),
}
_NUMBERS = {"gte": "minimum", "lte": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
_LENGTHS = {"min_len": "minLength", "max_len": "maxLength", "pattern": "pattern"}
_ITEMS = {"min_items": "minItems", "max_items": "maxItems", "unique": "uniqueItems"}
_PAIRS = {"min_pairs": "minProperties", "max_pairs": "maxProperties"}
_FORMATS = {"uuid": "uuid", "email": "email", "ipv4": "ipv4", "ipv6": "ipv6", "uri": "uri"}


class Schemas:
    """Collects the schemas of every message and enum that is referred to."""

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}

    def reference(self, descriptor: Descriptor) -> Schema:
        """Refer to a message, whose schema is collected with all it needs."""
        if descriptor.full_name in _WELL_KNOWN:
            return dict(_WELL_KNOWN[descriptor.full_name])
        name = component_name(descriptor.full_name)
        if name not in self.components:
            self.components[name] = {}
            self.components[name].update(self._message(descriptor))
        return {"$ref": f"#/components/schemas/{name}"}

    def field(self, field: FieldDescriptor) -> Schema:
        """The schema of one field, its limits and behaviours included."""
        rules = rules_of(field)
        if is_map(field):
            value = cast(Descriptor, field.message_type).fields_by_name["value"]
            schema: Schema = {"type": "object", "additionalProperties": self._single(value)}
            schema["additionalProperties"].update(_limits(rules.map.values))
            schema.update(_taken(rules.map, _PAIRS))
        elif field.is_repeated:
            items = self._single(field)
            items.update(_limits(rules.repeated.items))
            schema = {"type": "array", "items": items, **_taken(rules.repeated, _ITEMS)}
        else:
            schema = _bounded(self._single(field), field, rules)
        return schema | dict(_behaviours(field))

    def _message(self, descriptor: Descriptor) -> Schema:
        properties = {field.json_name: self.field(field) for field in descriptor.fields}
        schema: Schema = {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }
        if needed := [field.json_name for field in descriptor.fields if is_required(field)]:
            schema["required"] = needed
        return schema

    def _single(self, field: FieldDescriptor) -> Schema:
        if field.message_type is not None:
            return self.reference(field.message_type)
        if field.enum_type is not None:
            return self._enum(field.enum_type)
        if field.type in _INT32:
            return {"type": "integer", "format": "int32"}
        if field.type in _INT64:
            return {"type": "string", "format": "int64", "pattern": "^-?[0-9]+$"}
        if field.type in (_F.TYPE_DOUBLE, _F.TYPE_FLOAT):
            return {"type": "number"}
        if field.type == _F.TYPE_BOOL:
            return {"type": "boolean"}
        if field.type == _F.TYPE_BYTES:
            return {"type": "string", "contentEncoding": "base64"}
        return {"type": "string"}

    def _enum(self, descriptor: EnumDescriptor) -> Schema:
        name = component_name(descriptor.full_name)
        values = [value.name for value in descriptor.values]
        self.components[name] = {"type": "string", "enum": values}
        return {"$ref": f"#/components/schemas/{name}"}


def component_name(full_name: str) -> str:
    """quantix.cluster.v1.HaSettings.VmMonitoring is cluster.v1.HaSettings.VmMonitoring."""
    return full_name.removeprefix("quantix.")


def rules_of(field: FieldDescriptor) -> validate_pb2.FieldRules:
    """The validation rules of a field; empty when it has none."""
    extension: Any = validate_pb2.field
    return cast(validate_pb2.FieldRules, field.GetOptions().Extensions[extension])


def is_required(field: FieldDescriptor) -> bool:
    """Whether a request without the field is refused."""
    extension: Any = field_behavior_pb2.field_behavior
    return field_behavior_pb2.REQUIRED in field.GetOptions().Extensions[extension]


def _behaviours(field: FieldDescriptor) -> Iterator[tuple[str, object]]:
    extension: Any = field_behavior_pb2.field_behavior
    for behaviour in field.GetOptions().Extensions[extension]:
        if behaviour in _BEHAVIOURS:
            yield _BEHAVIOURS[behaviour]


def _bounded(schema: Schema, field: FieldDescriptor, rules: validate_pb2.FieldRules) -> Schema:
    """A single value with its limits; what is left out reads back as empty."""
    limits = _limits(rules)
    if field.enum_type is not None and (is_required(field) or 0 in rules.enum.not_in):
        limits = {"not": {"const": field.enum_type.values_by_number[0].name}}
    if field.name == "page_size":
        limits |= {"minimum": 0}
    may_be_empty = rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE and not is_required(field)
    if field.type == _F.TYPE_STRING and limits and may_be_empty:
        return {**schema, "anyOf": [{"maxLength": 0}, limits]}
    return schema | limits


def _limits(rules: validate_pb2.FieldRules) -> Schema:
    """The JSON-schema keywords of the rules that have one; 64-bit limits are told in words."""
    kind = rules.WhichOneof("type")
    if kind is None:
        return {}
    own = getattr(rules, kind)
    if kind == "string":
        forms = [form for name, form in _FORMATS.items() if getattr(own, name, False)]
        return _taken(own, _LENGTHS) | ({"format": forms[0]} if forms else {})
    if kind in ("int32", "sint32", "uint32", "float", "double"):
        return _taken(own, _NUMBERS)
    if kind in ("int64", "sint64", "uint64", "duration"):
        told = [f"{name} {_plain(value)}" for name, value in _given(own, _NUMBERS)]
        return {"description": f"Range: {', '.join(told)}."} if told else {}
    return {}


def _taken(rules: Any, names: dict[str, str]) -> Schema:
    return {names[name]: value for name, value in _given(rules, names)}


def _given(rules: Any, names: dict[str, str]) -> Iterator[tuple[str, Any]]:
    known = rules.DESCRIPTOR.fields_by_name
    for name in names:
        if name in known and rules.HasField(name):
            yield name, getattr(rules, name)


def _plain(value: object) -> str:
    return value.ToJsonString() if isinstance(value, Duration) else str(value)
