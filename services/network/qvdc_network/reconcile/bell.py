"""Waking a loop when this or another copy has changed something; what is missed costs a period."""

from typing import Protocol

LONGEST_WAIT_SECONDS = 60.0


class Bell(Protocol):
    """Rung after every commit that told of a change, here or in another copy."""

    @property
    def count(self) -> int:
        """How often it was rung."""
        ...

    async def past(self, count: int, *, within: float) -> bool:
        """Wait until it was rung more often than `count`, at most `within` seconds."""
        ...


class Sleeper(Protocol):
    """A loop that can be woken."""

    def wake(self) -> None:
        """Begin the next turn now."""
        ...


async def wake_on(bell: Bell, sleeper: Sleeper) -> None:
    """Wake `sleeper` at each ring. Never ends."""
    count = bell.count
    while True:
        if await bell.past(count, within=LONGEST_WAIT_SECONDS):
            count = bell.count
            sleeper.wake()
