"""Taints: what keeps machines off a node that do not tolerate it (ND-11)."""

from dataclasses import dataclass
from enum import Enum


class Effect(Enum):
    """What a taint does."""

    NO_SCHEDULE = "NO_SCHEDULE"
    PREFER_NO_SCHEDULE = "PREFER_NO_SCHEDULE"
    NO_EXECUTE = "NO_EXECUTE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taint:
    """One taint."""

    key: str
    value: str = ""
    effect: Effect


def with_taint(taints: tuple[Taint, ...], taint: Taint) -> tuple[Taint, ...]:
    """Return `taints` with `taint` in place of one of the same key and effect."""
    others = without_taint(taints, taint.key, taint.effect)
    return tuple(sorted((*others, taint), key=lambda each: (each.key, each.effect.value)))


def without_taint(taints: tuple[Taint, ...], key: str, effect: Effect | None) -> tuple[Taint, ...]:
    """Return `taints` without that of `key` and `effect`; None is every effect."""
    return tuple(
        each
        for each in taints
        if each.key != key or (effect is not None and each.effect is not effect)
    )


def unique(taints: tuple[Taint, ...]) -> tuple[Taint, ...]:
    """Return `taints` with the last of each key and effect."""
    result: tuple[Taint, ...] = ()
    for taint in taints:
        result = with_taint(result, taint)
    return result
