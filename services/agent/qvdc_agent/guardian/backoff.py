"""How long to wait after a refusal."""

from collections.abc import Callable
from datetime import timedelta

FIRST, LAST = timedelta(seconds=1), timedelta(seconds=60)


class Backoff:
    """From 1 s doubling to 60 s, with full jitter; a delay that the server asks for is obeyed.

    Args:
        chance: a number from 0 to 1, anew at each call.
    """

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._refusals = 0

    def reset(self) -> None:
        """All is well again."""
        self._refusals = 0

    def next(self, asked: timedelta | None = None) -> timedelta:
        """Return the wait after one more refusal.

        Args:
            asked: the shortest wait, when the server named one; what comes on top keeps hosts
                that were refused together from coming back together.
        """
        most = min(LAST, FIRST * (1 << min(self._refusals, 10)))
        self._refusals += 1
        return (asked or timedelta()) + most * self._chance()
