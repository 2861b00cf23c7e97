"""Fields of the wire: unset or not, enum names."""

from collections.abc import Hashable, Mapping, Sequence
from functools import cache
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class _Presence(Protocol):
    def HasField(self, field_name: Any) -> bool: ...  # noqa: N802 - protobuf's spelling


class _Enum(Hashable, Protocol):
    def Name(self, number: Any) -> str: ...  # noqa: N802 - protobuf's spelling
    def values(self) -> Sequence[Any]: ...


def present(wire: _Presence, field: str, value: T) -> T | None:
    """Return `value` if `field` is set on the wire."""
    return value if wire.HasField(field) else None


def chosen(value: T | None, default: T) -> T:
    """Return `value`, or `default` for none."""
    return default if value is None else value


def suffix(name: str, prefix: str) -> str:
    """Return the name of an enum's value without its prefix."""
    return name.removeprefix(prefix)


def enum_name(kind: _Enum, number: int) -> str:
    """The name of an open enum's value; one of a newer release counts as unspecified."""
    names = _names(kind)
    return names.get(number) or names[0]


@cache
def _names(kind: _Enum) -> Mapping[int, str]:
    return {number: kind.Name(number) for number in kind.values()}
