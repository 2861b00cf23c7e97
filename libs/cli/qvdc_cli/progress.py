"""Progress of long work: a bar on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from qvdc_cli.output import Output
from qvdc_core.units import format_bytes

LINE_EVERY_SECONDS = 5.0
LINE_EVERY_PERCENT = 10

Clock = Callable[[], float]


class Meter(Protocol):
    """Shows how far one piece of work is."""

    def show(self, stage: str, percent: int, done: int | None, total: int | None) -> None:
        """Show the present standing; bytes are None where they do not apply."""
        ...


@contextmanager
def meter(output: Output, subject: str, *, bytes_: bool = False) -> Iterator[Meter]:
    """A meter for `subject` that fits the terminal; silent with --quiet."""
    if output.quiet:
        yield _Silent()
    elif output.err.is_terminal:
        with _bar(output, bytes_=bytes_) as progress:
            yield _Bar(progress, subject, bytes_=bytes_)
    else:
        yield Lines(output.remark, subject)


class Lines:
    """One line at each new stage, every 10 %, and at most every 5 s in between."""

    def __init__(
        self, write: Callable[[str], None], subject: str, clock: Clock = time.monotonic
    ) -> None:
        self._write = write
        self._subject = subject
        self._clock = clock
        self._said: tuple[str, int] | None = None
        self._at = clock()
        self._began: tuple[float, int] | None = None

    def show(self, stage: str, percent: int, done: int | None, total: int | None) -> None:
        """Write a line if there is something new to say."""
        now = self._clock()
        step = (stage, percent // LINE_EVERY_PERCENT)
        due = now - self._at >= LINE_EVERY_SECONDS
        if step == self._said and not (due and done is not None):
            return
        self._said, self._at = step, now
        line = f"{self._subject}: {stage or 'waiting'} {percent} %"
        if done is not None and total:
            line += f", {format_bytes(done)} of {format_bytes(total)}{self._rate(now, done)}"
        self._write(line)

    def _rate(self, now: float, done: int) -> str:
        if self._began is None:
            self._began = (now, done)
        seconds, moved = now - self._began[0], done - self._began[1]
        return f", {format_bytes(int(moved / seconds))}/s" if seconds > 0.5 and moved > 0 else ""


class _Bar:
    def __init__(self, progress: Progress, subject: str, *, bytes_: bool) -> None:
        self._progress = progress
        self._bytes = bytes_
        self._task = progress.add_task(subject, total=None if bytes_ else 100, stage="")

    def show(self, stage: str, percent: int, done: int | None, total: int | None) -> None:
        if self._bytes:
            self._progress.update(self._task, completed=done or 0, total=total, stage=stage)
        else:
            self._progress.update(self._task, completed=percent, stage=stage)


class _Silent:
    def show(self, stage: str, percent: int, done: int | None, total: int | None) -> None:
        """Show nothing."""


def _bar(output: Output, *, bytes_: bool) -> Progress:
    ends = (
        [DownloadColumn(binary_units=True), TransferSpeedColumn(), TimeRemainingColumn()]
        if bytes_
        else [TaskProgressColumn()]
    )
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        *ends,
        TextColumn("[dim]{task.fields[stage]}"),
        console=output.err,
        transient=True,
    )
