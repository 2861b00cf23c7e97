"""Child processes that do not outlive the test run."""

import os
import pwd
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

START_SECONDS = 30.0
STOP_SECONDS = 15.0
CHECK_EVERY_SECONDS = 0.05


class DidNotStart(Exception):
    """A store ended or stayed silent instead of becoming ready; carries the end of its log."""


class Child:
    """One store's process: its output goes to `log`, and it dies with us even if we are killed."""

    def __init__(
        self, command: Sequence[str], *, log: Path, user: pwd.struct_passwd | None = None
    ) -> None:
        self._command = (*confined(user), *command)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id; only while running."""
        assert self._process is not None, "not started"
        return self._process.pid

    def start(self, ready: Callable[[], bool]) -> None:
        """Start the process and return once `ready()` is true.

        Raises:
            DidNotStart: it ended, or was not ready within 30 s.
        """
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/"
            )
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise DidNotStart(f"{self._command}: {self._log.read_text()[-2000:]}")
            time.sleep(CHECK_EVERY_SECONDS)

    def stop(self, signal: int = 15) -> None:
        """Stop the process and wait for its end; a second time does nothing."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def signal(self, signal: int) -> None:
        """Send `signal`, for example SIGSTOP to make a store hang."""
        assert self._process is not None, "not started"
        self._process.send_signal(signal)


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(host: str, port: int) -> bool:
    """Return whether something listens on `host`:`port`."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def give(path: Path, user: pwd.struct_passwd | None) -> None:
    """Make `user` the owner of `path`; None changes nothing."""
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)


def confined(user: pwd.struct_passwd | None) -> tuple[str, ...]:
    """What to put before a command so that it runs as `user` and dies with us."""
    dies_with_us = ("setpriv", "--pdeathsig", "INT")
    if user is None:
        return dies_with_us
    return (
        *dies_with_us,
        f"--reuid={user.pw_uid}",
        f"--regid={user.pw_gid}",
        "--clear-groups",
    )
