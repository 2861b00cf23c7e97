"""Between domain values and JSONB columns."""

from collections.abc import Hashable
from functools import lru_cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

T = TypeVar("T")


def to_json(value: object, kind: Hashable) -> Any:
    """Return `value` as JSON types; None stays None."""
    return None if value is None else _adapter(kind).dump_python(value, mode="json")


def from_json(value: object, kind: type[T]) -> T:
    """Return what `to_json` made of a value of `kind`."""
    read: T = _adapter(cast(Hashable, kind)).validate_python(value)
    return read


@lru_cache(maxsize=32)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
