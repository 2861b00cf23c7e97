"""How often somebody may call."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket.

    Args:
        per_second: calls that may be made on and on.
        burst: calls that may be made at once after a rest.
    """

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True)
class Rates:
    """What callers may do, and what an address may do that nobody is signed in at."""

    caller: Rate
    stranger: Rate
