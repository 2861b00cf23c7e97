"""The times that a host runs its ladder by."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LadderTerms:
    """Rungs of the ladder, in seconds after the last acknowledged beat was sent (or a vote).

    Args:
        refuse_work: no new work; counted from beats alone.
        pause: machines with POWER_OFF are paused.
        kill: they are killed, others asked.
        end: the watchdog has reset the host (L).
        version: as the control plane numbers them.
    """

    refuse_work: float = 6.0
    pause: float = 8.0
    kill: float = 10.0
    end: float = 13.0
    version: int = 0

    @property
    def sound(self) -> bool:
        """Whether the rungs are in order, and leave the watchdog time after the kill."""
        return 0 < self.refuse_work <= self.pause <= self.kill <= self.end - 1


def terms_ending(
    end: float,
    *,
    refuse_work: float | None = None,
    pause: float | None = None,
    kill: float | None = None,
    version: int = 0,
) -> LadderTerms | None:
    """Return the terms with these rungs; what is not given lies 7, 5 and 3 s before `end`.

    None when they make no sense: the host then goes on with those it has.
    """
    found = LadderTerms(
        refuse_work=end - 7 if refuse_work is None else refuse_work,
        pause=end - 5 if pause is None else pause,
        kill=end - 3 if kill is None else kill,
        end=end,
        version=version,
    )
    return found if found.sound else None
