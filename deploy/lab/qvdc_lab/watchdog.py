"""A lab host's watchdog: a process outside the host that cuts its power when it is not fed.

It listens on /run/watchdog.sock of the host (SOCK_SEQPACKET). Messages are `arm SECONDS STAMP`,
`feed STAMP` and `disarm`; stamps are seconds of CLOCK_BOOTTIME, so that a feed that was held up
arrives old. Each is answered with `ok`, what makes no sense with `no`. As with a real one, the
end of the feeder or of its connection disarms nothing.
"""

from __future__ import annotations

import os
import selectors
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from qvdc_lab.lab import lab_in

SOCKET_NAME = "watchdog.sock"
LONGEST_MESSAGE_BYTES = 128


class Watchdog:
    """What is armed, and until when; `deadline` is None while it is not."""

    def __init__(self) -> None:
        self.deadline: float | None = None
        self._timeout_seconds = 0.0

    def hear(self, message: str) -> bool:
        """Obey `message`; return whether it made sense."""
        match message.split():
            case ["arm", seconds, stamp]:
                self._timeout_seconds = float(seconds)
                self.deadline = float(stamp) + self._timeout_seconds
            case ["feed", stamp] if self.deadline is not None:
                self.deadline = max(self.deadline, float(stamp) + self._timeout_seconds)
            case ["disarm"]:
                self.deadline = None
            case _:
                return False
        return True

    def seconds_left(self, now: float) -> float | None:
        """Return how long until the host is reset; None while not armed."""
        return None if self.deadline is None else max(0.0, self.deadline - now)


def watch(folder: Path, now: Callable[[], float]) -> None:
    """Serve a watchdog on the socket in `folder`; return once it was armed and not fed in time."""
    watchdog = Watchdog()
    os.chdir(folder)  # the whole path may be longer than a socket's may be
    Path(SOCKET_NAME).unlink(missing_ok=True)
    with selectors.DefaultSelector() as selector, _listening() as listener:
        selector.register(listener, selectors.EVENT_READ)
        while True:
            left = watchdog.seconds_left(now())
            if left == 0.0:
                return
            for key, _ in selector.select(left):
                if key.fileobj is listener:
                    selector.register(listener.accept()[0], selectors.EVENT_READ)
                else:
                    assert isinstance(key.fileobj, socket.socket)
                    _answer(watchdog, key.fileobj, selector)


def _listening() -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(SOCKET_NAME)
    os.chmod(SOCKET_NAME, 0o600)
    listener.listen()
    return listener


def _answer(
    watchdog: Watchdog, connection: socket.socket, selector: selectors.DefaultSelector
) -> None:
    try:
        message = connection.recv(LONGEST_MESSAGE_BYTES).decode(errors="replace")
        if message:
            connection.sendall(b"ok" if _understood(watchdog, message) else b"no")
            return
    except OSError:
        pass
    selector.unregister(connection)
    connection.close()


def _understood(watchdog: Watchdog, message: str) -> bool:
    try:
        return watchdog.hear(message)
    except ValueError:
        return False


def main() -> None:
    """Watch over the host of the command line: the lab's run folder, the host's name."""
    host = lab_in(Path(sys.argv[1])).host(sys.argv[2])
    watch(host.folders.volatile, lambda: time.clock_gettime(time.CLOCK_BOOTTIME))
    host.cut_power()
    sys.stderr.write(f"{host.name} was not fed in time: its power was cut\n")


if __name__ == "__main__":
    main()
