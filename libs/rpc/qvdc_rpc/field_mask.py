"""Update masks: checked against the resource, and worked out where the caller gave none."""

from collections.abc import Iterable
from typing import cast

from google.protobuf.descriptor import Descriptor
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from qvdc_core.errors import FieldViolation, UnknownField
from qvdc_rpc.unknown import is_map

EVERYTHING = "*"


def masked_paths(
    mask: FieldMask | None, resource: Message, *, field: str = "update_mask"
) -> frozenset[str]:
    """Return the paths of `resource` that an update means to change, in proto spelling.

    No mask (None or empty) means the populated fields, * every field. A path may name a nested
    field (ha.enabled). Output-only paths are kept; ignoring them is the use case's part.

    Raises:
        UnknownField: a path names no field.
    """
    paths = list(mask.paths) if mask is not None else []
    if not paths:
        return frozenset(each.name for each, _ in resource.ListFields())
    if paths == [EVERYTHING]:
        return frozenset(each.name for each in resource.DESCRIPTOR.fields)
    descriptor = cast(Descriptor, resource.DESCRIPTOR)
    check_paths(paths, descriptor, field=field)
    return frozenset(_proto_spelling(path, descriptor) for path in paths)


def check_paths(
    paths: Iterable[str], descriptor: Descriptor, *, field: str = "update_mask"
) -> None:
    """Refuse paths that name no field of `descriptor`; both spellings are known.

    Raises:
        UnknownField: with each such path and a violation of `field`.
    """
    wrong = [path for path in paths if _proto_spelling(path, descriptor) == ""]
    if wrong:
        refusal = UnknownField(*wrong)
        refusal.fields = (*refusal.fields, FieldViolation(field, "names an unknown path"))
        raise refusal


def covers(paths: Iterable[str], path: str) -> bool:
    """Whether a set of masked paths includes `path` or a parent or a child of it."""
    return any(
        path == each or path.startswith(f"{each}.") or each.startswith(f"{path}.") for each in paths
    )


def _proto_spelling(path: str, descriptor: Descriptor) -> str:
    """The path in proto spelling; empty when it names no field."""
    spelled: list[str] = []
    current: Descriptor | None = descriptor
    for segment in path.split("."):
        if current is None:
            return ""
        by_json = {each.json_name: each for each in current.fields}
        found = current.fields_by_name.get(segment) or by_json.get(segment)
        if found is None:
            return ""
        spelled.append(found.name)
        current = None if found.is_repeated or is_map(found) else found.message_type
    return ".".join(spelled)
