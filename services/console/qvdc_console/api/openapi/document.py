"""OpenAPI 3.1 of the REST interface, made from the contracts that it is served by."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from qvdc_console.api.errors import HTTP_STATUS
from qvdc_console.api.openapi.plain import plain_paths
from qvdc_console.api.openapi.schemas import Schema, Schemas, is_required, rules_of
from qvdc_console.api.rest.response import NDJSON, SSE
from qvdc_console.api.rest.routes import Route
from qvdc_core.ids import RESERVED_IDS
from qvdc_rpc.access import access_of

ERROR = "Error"
SEGMENT = "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
HEADER_SHAPES: dict[str, Schema] = {
    "Idempotency-Key": {"format": "uuid"},
    "If-Match": {"pattern": '^(\\*|(W/)?"?[a-z0-9-]{1,64}"?)$'},
    "Last-Event-ID": {"maxLength": 1024},
}
NOT_AN_ID: Schema = {
    "not": {
        "anyOf": [
            {"pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"},
            {"enum": sorted(RESERVED_IDS)},
        ]
    }
}
DEEPEST_QUERY = 1

_ERROR_SCHEMA: Schema = {
    "type": "object",
    "required": ["code", "reason", "message", "fields", "facts"],
    "properties": {
        "code": {"type": "string", "enum": sorted(HTTP_STATUS)},
        "reason": {"type": "string", "description": "Stable, machine readable."},
        "message": {"type": "string", "description": "For people."},
        "fields": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "description", "reason"],
                "properties": {
                    "field": {"type": "string"},
                    "description": {"type": "string"},
                    "reason": {"type": "string"},
                },
            },
        },
        "facts": {"type": "object", "additionalProperties": {"type": "string"}},
        "retryAfter": {"type": "string", "description": "How long to wait, such as 2s."},
    },
}


def document(routes: Iterable[Route], *, version: str) -> dict[str, Any]:
    """Return the whole OpenAPI document."""
    schemas = Schemas()
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for route in routes:
        paths[route.template.openapi_path][route.verb.lower()] = _operation(route, schemas)
    for path, verbs in plain_paths(_reference_to_error()).items():
        paths[path] |= verbs
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Quantix-vDC",
            "version": version,
            "description": "Every public RPC over REST. JSON is the proto mapping.",
        },
        "security": [{"bearer": []}, {"apiKey": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {**dict(sorted(schemas.components.items())), ERROR: _ERROR_SCHEMA},
            "responses": {ERROR: _error_response()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"},
            },
        },
    }


def _operation(route: Route, schemas: Schemas) -> dict[str, Any]:
    method = route.method
    suffix = f"_{route.binding}" if route.binding else ""
    permission = access_of(method).permission
    operation: dict[str, Any] = {
        "operationId": f"{method.containing_service.name}_{method.name}{suffix}",
        "tags": [method.containing_service.name],
        "summary": _words(method.name),
        "description": f"Needs the permission `{permission}`.",
        "parameters": [*_path_parameters(route), *_query(route, schemas), *_headers(route)],
        "responses": {**_success(route, schemas), "default": _reference_to_error()},
    }
    if body := _body(route, schemas):
        operation["requestBody"] = body
    return operation


def _path_parameters(route: Route) -> Iterator[dict[str, Any]]:
    for name, variable in zip(route.template.parameters, route.template.variables, strict=True):
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": "Id or uid.",
            "schema": {"type": "string", "pattern": _segment(route, variable)},
        }


def _segment(route: Route, variable: str) -> str:
    """What the last segment of a name looks like, by the rule of the field that holds the name."""
    field = _field_at(route.request, variable)
    rule = rules_of(field).string
    last = rule.pattern.rpartition("/")[2] if rule.HasField("pattern") else ""
    return f"^{last.removeprefix('^')}" if last else SEGMENT


def _field_at(descriptor: Descriptor, path: str) -> FieldDescriptor:
    head, _, rest = path.partition(".")
    field = descriptor.fields_by_name[head]
    return _field_at(field.message_type, rest) if rest else field  # type: ignore[arg-type]  # upb


def _query(route: Route, schemas: Schemas) -> Iterator[dict[str, Any]]:
    """What may stand in the query; with a body it stands there."""
    if route.body:
        return
    bound = set(route.template.variables)
    for path, field in _leaves(route.request):
        if path in bound or path.split(".")[0] == route.body or path == "update_mask":
            continue
        yield {
            "name": ".".join(_json_names(route.request, path)),
            "in": "query",
            "required": is_required(field) and "." not in path,
            "schema": schemas.field(field),
        }


def _leaves(
    descriptor: Descriptor, prefix: str = "", depth: int = 0
) -> Iterator[tuple[str, FieldDescriptor]]:
    for field in descriptor.fields:
        kind = field.message_type
        plain = kind is None or kind.full_name.startswith("google.protobuf.")
        if plain:
            yield f"{prefix}{field.name}", field
        elif not field.is_repeated and depth < DEEPEST_QUERY:
            yield from _leaves(kind, f"{prefix}{field.name}.", depth + 1)  # type: ignore[arg-type]


def _json_names(descriptor: Descriptor, path: str) -> Iterator[str]:
    current: Any = descriptor
    for segment in path.split("."):
        field = current.fields_by_name[segment]
        yield field.json_name
        current = field.message_type


def _headers(route: Route) -> Iterator[dict[str, Any]]:
    fields = route.request.fields_by_name
    known = {
        "Idempotency-Key": ("request_id" in fields, "A UUID; a retry gets the first answer."),
        "If-Match": ("etag" in fields or route.masked, "The etag that the change is based on."),
        "Last-Event-ID": ("resume_token" in fields, "Go on after this item of an earlier stream."),
    }
    for name, (applies, text) in known.items():
        if applies:
            schema = {"type": "string", **HEADER_SHAPES[name]}
            yield {"name": name, "in": "header", "description": text, "schema": schema}


def _body(route: Route, schemas: Schemas) -> dict[str, Any] | None:
    if not route.body:
        return None
    field = route.body_field
    if field is not None:
        schema = _with_surroundings(route, field, schemas)
    else:
        schema = _without_path(route, schemas)
    needed = "required" in schema
    return {"required": needed, "content": {"application/json": {"schema": schema}}}


def _with_surroundings(route: Route, field: FieldDescriptor, schemas: Schemas) -> Schema:
    """The resource, and beside its fields what belongs to the request around it."""
    resource = field.message_type
    own = {each.json_name: schemas.field(each) for each in resource.fields}  # type: ignore[union-attr]
    around: Schema = {}
    for each in route.request.fields:
        if each.name == f"{field.name}_id":
            around["id"] = schemas.field(each) | NOT_AN_ID
        elif each.name not in (field.name, "update_mask"):
            around[each.json_name] = schemas.field(each)
    schema: Schema = {
        "type": "object",
        "properties": around | own,
        "additionalProperties": False,
    }
    if route.creates:
        needed = [each.json_name for each in resource.fields if is_required(each)]  # type: ignore[union-attr]
        needed += [each for each in around if is_required(_field_named(route.request, each))]
        if needed:
            schema["required"] = needed
    return schema


def _field_named(descriptor: Descriptor, json_name: str) -> FieldDescriptor:
    for field in descriptor.fields:
        if field.json_name == json_name or (json_name == "id" and field.name.endswith("_id")):
            return field
    raise LookupError(json_name)


def _without_path(route: Route, schemas: Schemas) -> Schema:
    """The whole request but for what the path says."""
    bound = {variable.partition(".")[0] for variable in route.template.variables}
    shown = [each for each in route.request.fields if each.name not in bound]
    schema: Schema = {
        "type": "object",
        "properties": {each.json_name: schemas.field(each) for each in shown},
        "additionalProperties": False,
    }
    if needed := [each.json_name for each in shown if is_required(each)]:
        schema["required"] = needed
    return schema


def _success(route: Route, schemas: Schemas) -> dict[str, Any]:
    status = str(route.success)
    if route.success == 204:
        return {status: {"description": "Done."}}
    schema = schemas.reference(route.method.output_type)
    kinds = [NDJSON, SSE] if route.method.server_streaming else ["application/json"]
    text = "A stream of these." if route.method.server_streaming else "The answer."
    return {status: {"description": text, "content": {kind: {"schema": schema} for kind in kinds}}}


def _reference_to_error() -> dict[str, str]:
    return {"$ref": f"#/components/responses/{ERROR}"}


def _error_response() -> dict[str, Any]:
    statuses = ", ".join(f"{code} {status}" for code, status in HTTP_STATUS.items())
    return {
        "description": f"A refusal. Statuses: {statuses}.",
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{ERROR}"}}},
    }


def _words(name: str) -> str:
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return spaced.strip().capitalize()
