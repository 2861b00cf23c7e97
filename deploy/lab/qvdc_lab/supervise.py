"""Daemons that outlive the command that started them: started detached, known by pid file.

A pid file holds the pid and the start time of its process from /proc, so that a number used
again by a stranger is never taken for the daemon, and never killed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from qvdc_lab.errors import LabError
from qvdc_lab.shell import wait_for

START_TIME_FIELD = 19  # of /proc/<pid>/stat, counted after the command's closing parenthesis
STATE_FIELD = 0
STOPPING = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Daemon:
    """A program to keep running in the background.

    Args:
        name: unique within its folder; names the pid file and the log.
        command: program and arguments; must stay in the foreground.
        folder: where <name>.pid and <name>.log lie.
        environment: added to the caller's environment.
        stop_signal: what asks the program to end in good order.
    """

    name: str
    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM

    @property
    def pid_file(self) -> Path:
        """Where the running process is written down."""
        return self.folder / f"{self.name}.pid"

    @property
    def log(self) -> Path:
        """Where both output streams go; appended to over restarts."""
        return self.folder / f"{self.name}.log"

    @property
    def definition(self) -> Path:
        """Where the command and environment of the running process are written down."""
        return self.folder / f"{self.name}.json"

    def pid(self) -> int | None:
        """Return the pid if the daemon runs, else None."""
        return alive_pid(self.pid_file)


def start(daemon: Daemon) -> bool:
    """Start `daemon` unless it runs already with the same command and environment.

    One that runs with another definition is stopped first. Returns whether it was started.
    """
    wanted = json.dumps({"command": list(daemon.command), **daemon.environment}, sort_keys=True)
    if daemon.pid() is not None:
        if daemon.definition.exists() and daemon.definition.read_text() == wanted:
            return False
        stop(daemon.pid_file)
    daemon.folder.mkdir(parents=True, exist_ok=True)
    with daemon.log.open("ab") as log:
        process = subprocess.Popen(
            list(daemon.command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **daemon.environment},
            start_new_session=True,
        )
    write_pid_file(daemon.pid_file, process.pid, daemon.stop_signal)
    daemon.definition.touch(mode=0o600)
    daemon.definition.write_text(wanted)
    return True


def stop(pid_file: Path, *, within: timedelta = STOPPING) -> bool:
    """Ask the process of `pid_file` to end, kill it after `within`, remove the file.

    Returns whether there was one to stop; safe to repeat.
    """
    pid = alive_pid(pid_file)
    if pid is not None:
        _end(pid, pid_file, within)
    pid_file.unlink(missing_ok=True)
    return pid is not None


def stop_all(folder: Path, names: Collection[str] | None = None) -> list[str]:
    """Stop the daemons with a pid file in `folder`, side by side; return those that ran.

    Args:
        names: only these; None means all.
    """
    pid_files = [
        pid_file for pid_file in folder.glob("*.pid") if names is None or pid_file.stem in names
    ]
    if not pid_files:
        return []
    with ThreadPoolExecutor(len(pid_files)) as pool:
        stopped = list(pool.map(stop, pid_files))
    ran = zip(pid_files, stopped, strict=True)
    return sorted(pid_file.stem for pid_file, stopped in ran if stopped)


def freeze(pid_file: Path) -> None:
    """Have the daemon of `pid_file`, and all that it started, stand still until `thaw`."""
    _signal_group(pid_file, signal.SIGSTOP)


def thaw(pid_file: Path) -> None:
    """Undo `freeze`; safe to repeat."""
    _signal_group(pid_file, signal.SIGCONT)


def must_live(daemon: Daemon, what: str) -> None:
    """Raise a LabError with the log's end if `daemon` has ended."""
    if daemon.pid() is None:
        raise LabError(f"{what} ended at once", daemon.command[0], log=daemon.log)


def write_pid_file(pid_file: Path, pid: int, stop_signal: signal.Signals) -> None:
    """Write down `pid` with the start time of its process and the signal that ends it."""
    kept = {"pid": pid, "started": start_time(pid), "stop_signal": int(stop_signal)}
    pid_file.write_text(json.dumps(kept))


def alive_pid(pid_file: Path) -> int | None:
    """Return the pid of the process written in `pid_file` if it still lives, else None."""
    try:
        kept = json.loads(pid_file.read_text())
    except (OSError, ValueError):
        return None
    pid = int(kept["pid"])
    return pid if kept["started"] is not None and start_time(pid) == kept["started"] else None


def start_time(pid: int) -> int | None:
    """Return when process `pid` started, in clock ticks since boot; None if it is gone."""
    with suppress(ChildProcessError, OSError):
        os.waitpid(pid, os.WNOHANG)
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[STATE_FIELD] in "ZX" else int(fields[START_TIME_FIELD])


def _signal_group(pid_file: Path, number: signal.Signals) -> None:
    pid = alive_pid(pid_file)
    if pid is not None:
        os.killpg(pid, number)


def _end(pid: int, pid_file: Path, within: timedelta) -> None:
    def gone() -> bool:
        return alive_pid(pid_file) is None

    with suppress(ProcessLookupError):
        os.kill(pid, json.loads(pid_file.read_text())["stop_signal"])
    try:
        wait_for(gone, within=within, otherwise=lambda: LabError("still running"))
    except LabError:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        wait_for(
            gone,
            within=within,
            otherwise=lambda: LabError(f"Process {pid} survives SIGKILL", str(pid_file)),
        )
