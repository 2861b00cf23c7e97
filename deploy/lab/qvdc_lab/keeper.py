"""Keep one program running: start it again at once whenever it ends, until told to stop.

What systemd's Restart=always does on a real host. A program that lives shorter than a second
is started at most once a second, so that a broken one does not eat the processor.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from types import FrameType

SHORTEST_LIFE_SECONDS = 1.0
GRACE_SECONDS = 15.0


class Keeper:
    """Runs `command` again and again; `stop` ends it and the keeping."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Ask the program to end and start it no more; fit to be a signal handler."""
        self._stopping.set()
        if self._child is not None:
            self._child.terminate()

    def run(self) -> None:
        """Keep the program running until `stop`; return once it has ended."""
        while not self._stopping.is_set():
            began = time.monotonic()
            self._child = subprocess.Popen(self._command)
            if self._stopping.is_set():
                self._child.terminate()
            status = self._wait(self._child)
            lived = time.monotonic() - began
            _tell(f"{self._command[0]} ended with {status} after {lived:.1f} s")
            self._stopping.wait(max(0.0, SHORTEST_LIFE_SECONDS - lived))

    def _wait(self, child: subprocess.Popen[bytes]) -> int:
        while True:
            try:
                return child.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                if self._stopping.is_set():
                    child.kill()


def _tell(event: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC).isoformat()} keeper: {event}\n")
    sys.stderr.flush()


def main() -> None:
    """Keep the program of the command line running."""
    keeper = Keeper(sys.argv[1:])
    signal.signal(signal.SIGTERM, keeper.stop)
    signal.signal(signal.SIGINT, keeper.stop)
    keeper.run()


if __name__ == "__main__":
    main()
