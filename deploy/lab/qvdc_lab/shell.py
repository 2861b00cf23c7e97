"""Running a command, and waiting for something to become true."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from qvdc_lab.errors import LabError

Found = TypeVar("Found")

MINUTE = timedelta(minutes=1)
BETWEEN_LOOKS = timedelta(milliseconds=100)


class CommandFailed(LabError):
    """A command ended badly; `output` is what it said on both streams."""

    def __init__(self, command: Sequence[str], status: str, output: str) -> None:
        self.output = output
        last = "\n        ".join(output.strip().splitlines()[-10:])
        super().__init__(f"{shlex.join(command)} {status}", last or "it said nothing")


def run(
    command: Sequence[str],
    *,
    within: timedelta = MINUTE,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    stdin: str = "",
) -> str:
    """Run `command` to its end and return its standard output.

    Args:
        environment: the whole environment; None inherits.

    Raises:
        CommandFailed: it is not installed, took longer than `within`, or ended with a status
            other than zero.
    """
    try:
        done = subprocess.run(
            list(command),
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=within.total_seconds(),
            env=None if environment is None else dict(environment),
            cwd=folder,
            check=False,
        )
    except FileNotFoundError as error:
        raise CommandFailed(command, "could not start", f"{error.filename} not found") from error
    except subprocess.TimeoutExpired as error:
        said = f"{_text(error.stdout)}{_text(error.stderr)}"
        raise CommandFailed(command, f"took longer than {within}", said) from error
    if done.returncode != 0:
        raise CommandFailed(command, f"ended with {done.returncode}", done.stdout + done.stderr)
    return done.stdout


def succeeds(command: Sequence[str], *, within: timedelta = MINUTE) -> bool:
    """Return whether `command` ends with status zero `within` that time."""
    try:
        run(command, within=within)
    except CommandFailed:
        return False
    return True


def wait_for(
    look: Callable[[], Found | None],
    *,
    within: timedelta,
    otherwise: Callable[[], LabError],
    every: timedelta = BETWEEN_LOOKS,
) -> Found:
    """Return the first answer of `look` that is neither None nor False.

    Raises:
        LabError: what `otherwise` makes, once `within` has passed on the monotonic clock.
    """
    deadline = time.monotonic() + within.total_seconds()
    while True:
        found = look()
        if found is not None and found is not False:
            return found
        if time.monotonic() >= deadline:
            raise otherwise()
        time.sleep(every.total_seconds())


def _text(output: bytes | str | None) -> str:
    if output is None:
        return ""
    return output if isinstance(output, str) else output.decode(errors="replace")
