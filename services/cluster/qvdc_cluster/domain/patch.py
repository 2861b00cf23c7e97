"""Partial updates: only what is named changes (GEN-3)."""

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

from qvdc_cluster.domain.cluster import ClusterIntent
from qvdc_core.errors import InvalidField


def patched(current: ClusterIntent, wanted: ClusterIntent, paths: Iterable[str]) -> ClusterIntent:
    """Return `current` with the fields at `paths` taken from `wanted`.

    Paths are dotted names of fields (ha.admission.policy); those of fields that people may not
    write are passed over.

    Raises:
        InvalidField: the project would change.
    """
    result: ClusterIntent = current
    for path in sorted(paths):
        result = _with(result, wanted, path.split("."))
    if result.project != current.project:
        raise InvalidField("cluster.project", "cannot be changed")
    return result


def changed_paths(before: ClusterIntent, after: ClusterIntent) -> tuple[str, ...]:
    """Names of the fields in which the two differ, sorted."""
    names = (field.name for field in fields(ClusterIntent))
    return tuple(sorted(name for name in names if getattr(before, name) != getattr(after, name)))


def _with(current: Any, wanted: Any, path: list[str]) -> Any:
    head, *rest = path
    if head not in {field.name for field in fields(current)}:
        return current
    value = getattr(wanted, head)
    if rest:
        value = _with(getattr(current, head), value, rest)
    return replace(current, **{head: value})
