"""What a host says of its memory and its clock, as conditions (ND-4)."""

from dataclasses import dataclass
from datetime import timedelta

from qvdc_agent.domain.host_report import Condition, Status

SHORT_SHARE, ROOMY_SHARE = 0.05, 0.10
"""Less memory available than the first begins the pressure, more than the second ends it."""
MOST_OFFSET = timedelta(milliseconds=500)
"""A clock that may be further off than this makes times of events and certificates doubtful."""


@dataclass(frozen=True, slots=True)
class KernelClock:
    """What the kernel knows of its own clock.

    Args:
        disciplined: a time service steers it.
        offset: what is still to be corrected.
        error: how far it may be off beyond that, as the time service estimates.
    """

    disciplined: bool
    offset: timedelta
    error: timedelta


def memory_condition(total: int | None, used: int | None, *, pressed: bool) -> Condition:
    """MemoryPressure, from bytes of the whole and bytes that cannot be reclaimed.

    Args:
        pressed: it was under pressure before.
    """
    if not total or used is None:
        return Condition("MemoryPressure", Status.UNKNOWN, "UNREADABLE")
    share = (total - used) / total
    if share >= (ROOMY_SHARE if pressed else SHORT_SHARE):
        return Condition("MemoryPressure", Status.FALSE)
    words = f"{total - used} of {total} bytes are available."
    return Condition("MemoryPressure", Status.TRUE, "MEMORY_SHORT", words)


def time_condition(clock: KernelClock | None) -> Condition:
    """TimeSynced: whether the clock is known to be within half a second of the right time."""
    if clock is None:
        return Condition("TimeSynced", Status.UNKNOWN, "UNREADABLE", "The kernel does not say.")
    if not clock.disciplined:
        words = "No time service steers this clock: how far it is off is not known."
        return Condition("TimeSynced", Status.UNKNOWN, "NOT_DISCIPLINED", words)
    off = abs(clock.offset) + clock.error
    if off < MOST_OFFSET:
        return Condition("TimeSynced", Status.TRUE)
    words = f"The clock may be {off.total_seconds():.3f} s off."
    return Condition("TimeSynced", Status.FALSE, "OFFSET_TOO_LARGE", words)
