"""Permissions: `noun.verb`, `noun.*` for all of a noun, `*` for everything."""

from collections.abc import Iterable

EVERYTHING = "*"

OWN_SESSION = frozenset({"session.read", "session.delete", "session.changePassword"})
"""What a user may do before the password was changed."""

OWN_KEYS = frozenset({"apiKey.create", "apiKey.read", "apiKey.delete"})

SIGNED_IN = OWN_SESSION | OWN_KEYS | {"session.createToken", "site.read"}
"""What every user may do; the keys are their own, and may no more than they."""

WITH_A_KEY = frozenset({"session.read", "session.createToken", "site.read"})
"""What every key may do."""

NOBODY = frozenset({"session.create"})
"""What may be done without a login."""


def covers(held: Iterable[str], wanted: str) -> bool:
    """Whether who holds `held` may all that `wanted` stands for."""
    noun = wanted.partition(".")[0]
    return bool(set(held) & {wanted, f"{noun}.*", EVERYTHING})


def beyond(held: frozenset[str], wanted: Iterable[str]) -> list[str]:
    """What of `wanted` is not covered by `held`."""
    return sorted(each for each in wanted if not covers(held, each))


def narrowed(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """What both sets allow."""
    mine = {each for each in one if covers(other, each)}
    return frozenset(mine | {each for each in other if covers(one, each)})


def together(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """What either set allows."""
    both = one | other
    return frozenset({EVERYTHING}) if EVERYTHING in both else both
