"""What goes wrong in a lab, told so that a person can act on it."""

from __future__ import annotations

from pathlib import Path

TAIL_LINES = 15


class LabError(Exception):
    """A step of the lab that could not be done.

    Args:
        what: the step, as a person would name it.
        why: what stood in the way.
        remedy: what to do about it; empty when there is nothing better than the log.
        log: the file whose last lines tell more.
    """

    def __init__(
        self, what: str, why: str = "", *, remedy: str = "", log: Path | None = None
    ) -> None:
        self.what = what
        self.why = why
        self.remedy = remedy
        self.log = log
        super().__init__(what if not why else f"{what}: {why}")

    def told(self) -> str:
        """Return the whole story in lines: what, why, what to do, the log's end."""
        lines = [self.what]
        if self.why:
            lines.append(f"  why:  {self.why}")
        if self.remedy:
            lines.append(f"  do:   {self.remedy}")
        if self.log is not None:
            lines.append(f"  log:  {self.log}")
            lines.extend(f"        {line}" for line in tail(self.log))
        return "\n".join(lines)


def tail(log: Path, lines: int = TAIL_LINES) -> list[str]:
    """Return the last `lines` lines of `log`; none when it cannot be read."""
    try:
        with log.open("rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - 64 * 1024))
            text = stream.read().decode(errors="replace")
    except OSError:
        return []
    return text.splitlines()[-lines:]
