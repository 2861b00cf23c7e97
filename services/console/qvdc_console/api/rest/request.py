"""From a REST request to the message it means."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl

from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from qvdc_console.api.rest.routes import EVERYTHING, Match, Route
from qvdc_core.errors import InvalidField, UnknownField
from qvdc_core.ids import is_uuid
from qvdc_rpc.unknown import Malformed, decode_json, is_map

JsonObject = dict[str, Any]

FIELD_MASK = "google.protobuf.FieldMask"

_SCALARS = FieldDescriptor
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_NOT_MASKED = frozenset({field_behavior_pb2.OUTPUT_ONLY, field_behavior_pb2.IDENTIFIER})


@dataclass(frozen=True, slots=True)
class RestRequest:
    """A REST request as it came; header names in lower case."""

    query: str
    headers: Mapping[str, str]
    body: bytes


def to_message(match: Match, request: RestRequest) -> Message:
    """Read the message that a REST request means.

    The path's variables win over nothing: where body or query say otherwise, it is refused.
    Idempotency-Key becomes request_id, If-Match the etag, Last-Event-ID the resume token; on
    PATCH and PUT the keys of the body become the update mask.

    Raises:
        UnknownField: a query parameter or a key of the body is not known, at any depth.
        Malformed: the body is no JSON object, or a value does not fit its field.
        InvalidField: the body contradicts the path.
    """
    route = match.route
    wanted, paths = _from_body(route, request.body)
    _add_query(wanted, route, request.query)
    _add_headers(wanted, route, request.headers)
    for path, value in match.variables.items():
        _put(wanted, path.split("."), value, route.request)
    message = decode_json(wanted, route.request, strict=True)
    mask = cast(FieldMask, getattr(message, "update_mask", FieldMask()))
    if not mask.paths:
        mask.paths.extend(paths)
    return message


def _from_body(route: Route, raw: bytes) -> tuple[JsonObject, list[str]]:
    """The request as far as the body tells it, and the paths that it means to change."""
    if not route.body:
        if raw.strip() not in (b"", b"{}"):
            raise Malformed("This request takes no body.")
        return {}, []
    body = _object(raw)
    if route.body == EVERYTHING:
        return body, []
    field = route.body_field
    if field is None or field.message_type is None:
        raise ValueError(f"{route.method.full_name}: body {route.body} is no message")
    hoisted = _hoist(route, body, field)
    paths = list(mask_of(body, field.message_type)) if route.masked else []
    return {**hoisted, field.name: body}, paths


def _hoist(route: Route, body: JsonObject, field: FieldDescriptor) -> JsonObject:
    """Take out of the body what belongs to the request around the resource.

    Such are `id`, which becomes <resource>_id, and fields that the request has and the resource
    has not: validateOnly, requestId and the like.
    """
    resource = cast(Descriptor, field.message_type)
    own = _by_name(resource)
    around = _by_name(route.request)
    taken: JsonObject = {}
    for key in [key for key in body if key not in own]:
        chosen = f"{field.name}_id" if key == "id" else key
        if chosen in around:
            taken[around[chosen].name] = body.pop(key)
    return taken


def mask_of(body: object, descriptor: Descriptor, prefix: str = "") -> Iterator[str]:
    """The paths, in proto spelling, of what a JSON object sets: its leaves, its nulls, and its
    empty objects. Lists, maps and well-known types are leaves; identifiers and output-only
    fields are left out."""
    if not isinstance(body, dict):
        return
    known = _by_name(descriptor)
    for key, value in body.items():
        field = known.get(key)
        if field is None or key == "etag" or _is_given(field):
            continue
        path = f"{prefix}{field.name}"
        if isinstance(value, dict) and value and _is_plain_message(field):
            yield from mask_of(value, cast(Descriptor, field.message_type), f"{path}.")
        else:
            yield path


def _add_query(wanted: JsonObject, route: Route, query: str) -> None:
    unknown: list[str] = []
    for key, value in parse_qsl(query, keep_blank_values=True):
        field = _field_at(route.request, key.split("."))
        if field is None or route.body == EVERYTHING:
            unknown.append(key)
            continue
        _put(wanted, key.split("."), _query_value(field, value), route.request)
    if unknown:
        raise UnknownField(*unknown)


def _add_headers(wanted: JsonObject, route: Route, headers: Mapping[str, str]) -> None:
    fields = route.request.fields_by_name
    key = headers.get("idempotency-key")
    if key is not None and "request_id" in fields:
        if not is_uuid(key.lower()):
            raise InvalidField("Idempotency-Key", "must be a UUID")
        given = wanted.pop("requestId", None) or wanted.get("request_id") or key
        if given != key:
            raise InvalidField("request_id", "differs from Idempotency-Key")
        wanted["request_id"] = key
    if (token := headers.get("last-event-id")) and "resume_token" in fields:
        wanted.setdefault("resume_token", token)
    tag = headers.get("if-match", "").strip().removeprefix("W/").strip('"')
    if not tag or tag == EVERYTHING:
        return
    body_field = route.body_field
    resource = body_field.message_type if body_field is not None else None
    if "etag" in fields:
        wanted["etag"] = tag
    elif resource is not None and "etag" in resource.fields_by_name:
        wanted[route.body]["etag"] = tag


def _put(wanted: JsonObject, path: list[str], value: object, descriptor: Descriptor) -> None:
    """Set a value at a path of any spelling, adding to lists, refusing contradictions."""
    field = _by_name(descriptor)[path[0]]
    key = next((name for name in (field.name, field.json_name) if name in wanted), field.name)
    if len(path) > 1:
        inner = wanted.setdefault(key, {})
        if not isinstance(inner, dict):
            raise Malformed(f"{field.name} must be an object.")
        _put(inner, path[1:], value, cast(Descriptor, field.message_type))
    elif field.is_repeated:
        wanted.setdefault(key, []).append(value)
    elif wanted.get(key, value) not in (value, "", None):
        raise InvalidField(field.name, "differs from the path or is given twice")
    else:
        wanted[key] = value


def _query_value(field: FieldDescriptor, text: str) -> object:
    if field.type == _SCALARS.TYPE_BOOL:
        if text.lower() not in _BOOLEANS:
            raise InvalidField(field.name, "must be true or false")
        return _BOOLEANS[text.lower()]
    if field.message_type is not None and field.message_type.full_name == FIELD_MASK:
        return re.sub("_([a-z0-9])", lambda match: match[1].upper(), text)
    if field.type == _SCALARS.TYPE_ENUM and text.lstrip("-").isdecimal():
        return int(text)
    return text


def _field_at(descriptor: Descriptor, path: Iterable[str]) -> FieldDescriptor | None:
    current: Descriptor | None = descriptor
    field: FieldDescriptor | None = None
    for segment in path:
        if current is None:
            return None
        field = _by_name(current).get(segment)
        if field is None:
            return None
        current = None if field.is_repeated else field.message_type
    return field


def _by_name(descriptor: Descriptor) -> dict[str, FieldDescriptor]:
    return {name: field for field in descriptor.fields for name in (field.name, field.json_name)}


def _is_given(field: FieldDescriptor) -> bool:
    extension: Any = field_behavior_pb2.field_behavior
    return bool(_NOT_MASKED & set(field.GetOptions().Extensions[extension]))


def _is_plain_message(field: FieldDescriptor) -> bool:
    kind = field.message_type
    if kind is None or field.is_repeated or is_map(field):
        return False
    return not kind.full_name.startswith("google.protobuf.")


def _object(raw: bytes) -> JsonObject:
    try:
        value = json.loads(raw or b"{}", object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Malformed("The body is no JSON.") from error
    if not isinstance(value, dict):
        raise Malformed("The body must be a JSON object.")
    return value


def _once(pairs: list[tuple[str, Any]]) -> JsonObject:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a key occurs twice")
    return read
