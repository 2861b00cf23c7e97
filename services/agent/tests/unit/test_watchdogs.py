"""Watchdogs: the kernel's by its own words, one on a socket, and none."""

import socket
import struct
import threading
from pathlib import Path

import pytest

from qvdc_agent.guardian.adapters.watchdogs import (
    KEEP_ALIVE,
    SET_TIMEOUT,
    KernelWatchdog,
    SocketWatchdog,
    find_watchdog,
)


class Driver:
    """A watchdog driver that cannot wait shorter than `least` seconds."""

    def __init__(self, least: int = 1) -> None:
        self.least = least
        self.heard: list[int] = []

    def __call__(self, _: int, word: int, argument: bytes) -> bytes:
        self.heard.append(word)
        wished = struct.unpack("i", argument)[0]
        return struct.pack("i", max(wished, self.least))


def a_device(folder: Path) -> Path:
    device = folder / "watchdog"
    device.touch()
    return device


def test_a_device_is_armed_fed_and_closed_by_its_magic_word(tmp_path: Path) -> None:
    driver, device = Driver(), a_device(tmp_path)
    watchdog = KernelWatchdog(device, 5.0, nowayout=False, control=driver)
    watchdog.feed(1.0)
    watchdog.arm()
    watchdog.arm()
    watchdog.feed(2.0)

    assert driver.heard == [SET_TIMEOUT, KEEP_ALIVE]
    assert watchdog.disarm()
    assert device.read_bytes() == b"V"


def test_a_device_that_resets_too_late_is_no_watchdog(tmp_path: Path) -> None:
    device = a_device(tmp_path)
    watchdog = KernelWatchdog(device, 5.0, nowayout=False, control=Driver(least=60))

    with pytest.raises(OSError, match="60 s"):
        watchdog.arm()
    assert device.read_bytes() == b"V"


def test_a_device_without_a_way_out_says_so(tmp_path: Path) -> None:
    device = a_device(tmp_path)
    watchdog = KernelWatchdog(device, 5.0, nowayout=True, control=Driver())
    watchdog.arm()

    assert not watchdog.disarm()
    assert device.read_bytes() == b""


def test_a_watchdog_on_a_socket_hears_stamps(tmp_path: Path) -> None:
    path, heard = tmp_path / "dog.sock", []
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(str(path))
        listening.listen()

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                while message := connection.recv(128):
                    heard.append(message.decode().split())
                    connection.sendall(b"no" if message.startswith(b"disarm") else b"ok")

        server = threading.Thread(target=serve, daemon=True)
        server.start()
        watchdog = SocketWatchdog(path, 5.0)
        watchdog.arm()
        watchdog.feed(12.5)
        with pytest.raises(OSError, match="did not take it"):
            watchdog.disarm()
        server.join(timeout=5)

    assert [words[0] for words in heard] == ["arm", "feed", "disarm"]
    assert heard[0][1] == "5.0"
    assert heard[1] == ["feed", "12.5"]


def test_the_setting_names_the_watchdog(tmp_path: Path) -> None:
    assert find_watchdog("none", 5.0) is None
    assert isinstance(find_watchdog("unix:/run/x.sock", 5.0), SocketWatchdog)
    assert isinstance(find_watchdog(str(tmp_path / "dog"), 5.0), KernelWatchdog)
