"""Watchdogs: the kernel's (hardware or softdog) and one that listens on a socket (the lab's)."""

import fcntl
import os
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path

from qvdc_agent.guardian.ports import Watchdog

KERNEL_DEVICE = Path("/dev/watchdog")
SOCKET_PREFIX = "unix:"
SET_TIMEOUT = 0xC0045706
KEEP_ALIVE = 0x80045705
_MAGIC_CLOSE = b"V"
_ANSWER_SECONDS = 1.0


class KernelWatchdog:
    """A device such as /dev/watchdog, ended by the magic close.

    Args:
        timeout: wished-for seconds; `timeout` is what the device took.
        nowayout: the driver cannot be disarmed.
        control: ioctl, for tests.
    """

    def __init__(
        self,
        device: Path,
        timeout: float,
        *,
        nowayout: bool | None = None,
        control: Callable[[int, int, bytes], bytes] = fcntl.ioctl,
    ) -> None:
        self.timeout = timeout
        self._device = device
        self._nowayout = _nowayout(device) if nowayout is None else nowayout
        self._control = control
        self._descriptor: int | None = None

    def arm(self) -> None:
        """Open the device, by which it begins."""
        if self._descriptor is not None:
            return
        descriptor = os.open(self._device, os.O_WRONLY | os.O_CLOEXEC)
        self._descriptor = descriptor
        wished = struct.pack("i", max(1, int(self.timeout)))
        taken = struct.unpack("i", self._control(descriptor, SET_TIMEOUT, wished))[0]
        if taken > self.timeout:
            self.disarm()
            raise OSError(f"{self._device} resets after {taken} s at the earliest")
        self.timeout = float(taken)

    def feed(self, now: float) -> None:  # noqa: ARG002 - the kernel's clock starts at the call
        """Keep the host alive for another `timeout`."""
        if self._descriptor is not None:
            self._control(self._descriptor, KEEP_ALIVE, struct.pack("i", 0))

    def disarm(self) -> bool:
        """Write the magic character and close the device."""
        if self._nowayout:
            return False
        if self._descriptor is not None:
            os.write(self._descriptor, _MAGIC_CLOSE)
            os.close(self._descriptor)
            self._descriptor = None
        return True


class SocketWatchdog:
    """A process that kills the host when it is not fed; it hears ages, so a late feed is old.

    Messages are one line each: `arm SECONDS STAMP`, `feed STAMP`, `disarm`; stamps are seconds of
    this host's CLOCK_BOOTTIME. Each is answered with `ok`.
    """

    def __init__(self, path: Path, timeout: float) -> None:
        self.timeout = timeout
        self._path = path
        self._armed = False
        self._connection: socket.socket | None = None

    def arm(self) -> None:
        """Begin, or go on after an earlier guardian."""
        if not self._armed:
            self._say(f"arm {self.timeout} {time.clock_gettime(time.CLOCK_BOOTTIME)}")
            self._armed = True

    def feed(self, now: float) -> None:
        """Keep the host alive until `timeout` after `now`."""
        if self._armed:
            self._say(f"feed {now}")

    def disarm(self) -> bool:
        """End."""
        if self._armed:
            self._say("disarm")
            self._armed = False
        return True

    def _say(self, words: str) -> None:
        try:
            if self._connection is None:
                self._connection = self._connected()
            self._connection.sendall(words.encode())
            if self._connection.recv(16) != b"ok":
                raise OSError("the watchdog did not take it")
        except OSError:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            raise

    def _connected(self) -> socket.socket:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        made.settimeout(_ANSWER_SECONDS)
        try:
            made.connect(str(self._path))
        except OSError:
            made.close()
            raise
        return made


def find_watchdog(setting: str, timeout: float) -> Watchdog | None:
    """Return the watchdog of the setting: auto, none, a device's path, or unix:PATH."""
    if setting == "none":
        return None
    if setting.startswith(SOCKET_PREFIX):
        return SocketWatchdog(Path(setting.removeprefix(SOCKET_PREFIX)), timeout)
    if setting != "auto":
        return KernelWatchdog(Path(setting), timeout)
    return KernelWatchdog(KERNEL_DEVICE, timeout) if KERNEL_DEVICE.exists() else None


def _nowayout(device: Path) -> bool:
    number = device.name.removeprefix("watchdog") or "0"
    try:
        told = Path(f"/sys/class/watchdog/watchdog{number}/nowayout").read_text()
    except OSError:
        return False
    return told.strip() == "1"
