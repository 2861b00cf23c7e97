"""The logs of this product's processes on the host."""

from dataclasses import dataclass
from enum import Enum

from qvdc_core.errors import Kind, Refusal
from qvdc_core.units import KIB

MOST_LINE_LETTERS = 8 * KIB
MOST_LETTERS = 1024 * KIB
"""Of an answer: a message of the wire holds it with room to spare."""


class LogProcess(Enum):
    """Whose log; the values name the processes."""

    AGENT = "agent"
    GUARDIAN = "guardian"


@dataclass(frozen=True, slots=True)
class LogEnd:
    """The end of a log, oldest line first; `truncated`: there may be older ones that match."""

    lines: tuple[str, ...]
    truncated: bool


class HostLogUnreadable(Refusal):
    """The host's own command to read a log said no."""

    kind = Kind.PRECONDITION
    reason = "HOST_LOG_UNREADABLE"

    def __init__(self, process: LogProcess, words: str) -> None:
        super().__init__(
            f"The log of the {process.value} cannot be read: {words}", process=process.value
        )


def end_of(text: str, *, line_count: int, contains: str, whole: bool) -> LogEnd:
    """Return the newest lines of `text` with `contains` in them, within bounds.

    Args:
        whole: `text` is all that there is.
    """
    matching = [line for line in text.splitlines() if contains in line]
    picked: list[str] = []
    letters = 0
    for line in reversed(matching[-line_count:]):
        kept = line[:MOST_LINE_LETTERS]
        letters += len(kept)
        if letters > MOST_LETTERS:
            break
        picked.append(kept)
    return LogEnd(tuple(reversed(picked)), truncated=not whole or len(picked) < len(matching))
