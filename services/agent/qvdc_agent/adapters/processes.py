"""Tells processes apart by number and start time."""

from pathlib import Path

_START_TICKS_FIELD = 19
"""Of /proc/<pid>/stat, counted after the command's closing parenthesis."""


def start_ticks(pid: int) -> int:
    """When a process started, in clock ticks since boot.

    Raises:
        ProcessLookupError: there is none.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError as error:
        raise ProcessLookupError(f"no process {pid}") from error
    return int(stat[stat.rindex(")") + 2 :].split()[_START_TICKS_FIELD])
