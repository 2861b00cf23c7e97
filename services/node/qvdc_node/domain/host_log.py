"""Logs of this product's processes on hosts: passed on, never kept."""

from dataclasses import dataclass
from enum import Enum

DEFAULT_LINES = 200


class LogProcess(Enum):
    """Whose log."""

    AGENT = "AGENT"
    GUARDIAN = "GUARDIAN"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogWish:
    """Which lines of which log; the newest `line_count` that hold `contains`."""

    process: LogProcess = LogProcess.AGENT
    line_count: int = DEFAULT_LINES
    contains: str = ""


@dataclass(frozen=True, slots=True)
class LogEnd:
    """The end of a log, oldest line first; `truncated`: there may be older ones that match."""

    lines: tuple[str, ...]
    truncated: bool
