"""What callers give and never see again: fields of behaviour INPUT_ONLY are left out of answers."""

from functools import lru_cache
from typing import Any

from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor

_INPUT_ONLY = field_behavior_pb2.INPUT_ONLY


def withhold(shown: dict[str, Any], descriptor: Descriptor) -> None:
    """Take the fields out of `shown`, the JSON object of a message, that are for input alone.

    Owners leave them empty; an empty secret shown would read as "there is none".
    """
    for key, inner in _ways(descriptor):
        value = shown.get(key)
        if inner is None:
            shown.pop(key, None)
        elif isinstance(value, list):
            for each in value:
                withhold(each, inner)
        elif isinstance(value, dict):
            withhold(value, inner)


@lru_cache(maxsize=1024)
def _ways(descriptor: Descriptor) -> tuple[tuple[str, Descriptor | None], ...]:
    """Return the keys to take out (without a message), and those to look into."""
    found: list[tuple[str, Descriptor | None]] = []
    for field in descriptor.fields:
        if _INPUT_ONLY in field.GetOptions().Extensions[field_behavior_pb2.field_behavior]:
            found.append((field.json_name, None))
        elif (inner := _inner(field)) and _holds(inner, frozenset((descriptor,))):
            found.append((field.json_name, inner))
    return tuple(found)


def _inner(field: FieldDescriptor) -> Descriptor | None:
    """Return what a field of messages holds; maps are of scalars alone."""
    inner = field.message_type
    return None if inner is None or inner.GetOptions().map_entry else inner


def _holds(descriptor: Descriptor, above: frozenset[Descriptor]) -> bool:
    """Whether a field for input alone is anywhere in messages of this kind."""
    if descriptor in above:
        return False
    below = above | {descriptor}
    return any(
        _INPUT_ONLY in field.GetOptions().Extensions[field_behavior_pb2.field_behavior]
        or ((inner := _inner(field)) is not None and _holds(inner, below))
        for field in descriptor.fields
    )
