"""What native libraries write to the process's stderr by themselves, as events like any other.

grpc's core says there, and nowhere else, that it refused a TLS handshake, and why.
"""

import os
import re
import sys
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from qvdc_obs.logs import get_logger

log = get_logger(__name__)

STDERR = 2
KEPT = 1000
"""Lines that wait to be taken; older ones are only logged."""
_LINE = re.compile(r"([IWEF])\d{4} [\d:.]+\s+\d+ ([\w./-]+\.(?:cc|c|h|cpp)):\d+\] (.*)")
_LEVELS = {"I": "info", "W": "warning", "E": "error", "F": "fatal"}


@dataclass(frozen=True, slots=True)
class NativeLine:
    """One line of a native library; `source` is the file of its own code that said it."""

    level: str
    source: str
    message: str


def parsed(text: str) -> NativeLine | None:
    """Read a line in the form that abseil logs; None when it is something else."""
    match = _LINE.fullmatch(text.strip())
    return NativeLine(_LEVELS[match[1]], match[2], match[3]) if match else None


class NativeLines:
    """Takes over file descriptor 2: native lines become events, everything else goes through.

    Make it first in `__main__`, before `configure`: Python's own stderr then goes around it. What a
    dying process writes to the descriptor itself may be lost; Python's words are not.
    """

    def __init__(self) -> None:
        self._taken: deque[NativeLine] = deque(maxlen=KEPT)
        self._python: TextIO = sys.stderr
        self._before = os.dup(STDERR)
        reading, writing = os.pipe()
        os.dup2(writing, STDERR)
        os.close(writing)
        sys.stderr = os.fdopen(os.dup(self._before), "w", buffering=1, errors="backslashreplace")
        self._own = sys.stderr
        self._thread = threading.Thread(
            target=self._relay, args=(reading,), name="native-lines", daemon=True
        )
        self._thread.start()

    def take(self) -> Sequence[NativeLine]:
        """Return the lines since the last call, oldest first."""
        found = []
        while self._taken:
            found.append(self._taken.popleft())
        return found

    def close(self) -> None:
        """Give the descriptor back."""
        os.dup2(self._before, STDERR)  # the last writing end: the reader comes to its end
        self._thread.join()
        if sys.stderr is self._own:
            sys.stderr = self._python
        self._own.close()
        os.close(self._before)

    def _relay(self, reading: int) -> None:
        with os.fdopen(reading, "rb") as lines:
            for raw in lines:
                line = parsed(raw.decode(errors="replace"))
                if line is None:
                    os.write(self._before, raw)
                    continue
                self._taken.append(line)
                log.warning("native.said", said=line.message, source=line.source, at=line.level)
