"""A host's watchdog, as the guardian speaks with it."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from qvdc_lab.errors import LabError
from qvdc_lab.hosts.host import Host
from qvdc_lab.lab import Lab
from qvdc_lab.shell import wait_for
from qvdc_lab.watchdog import Watchdog

SOON = timedelta(seconds=10)


def test_a_feed_that_was_held_up_arrives_old() -> None:
    watchdog = Watchdog()
    assert watchdog.hear("arm 5 100")

    assert watchdog.hear("feed 102")

    assert watchdog.seconds_left(103) == 4
    assert watchdog.seconds_left(107) == 0


def test_what_was_never_armed_or_is_disarmed_resets_nothing() -> None:
    watchdog = Watchdog()
    assert not watchdog.hear("feed 100")
    assert watchdog.seconds_left(1e9) is None

    watchdog.hear("arm 5 100")
    watchdog.hear("disarm")

    assert watchdog.seconds_left(1e9) is None
    assert not watchdog.hear("sit 5")


@pytest.mark.lab
def test_a_host_that_is_no_longer_fed_loses_its_power(lab: Lab) -> None:
    host = lab.host("h2")
    with _connected(host) as say:
        say(f"arm 3 {_now()}")
        assert host.running
        say(f"feed {_now()}")
    fed = time.monotonic()

    wait_for(
        lambda: not host.running,
        within=SOON,
        otherwise=lambda: LabError("the host still runs", log=host.log("watchdog")),
    )

    assert time.monotonic() - fed > 2
    assert host.pids() == []
    host.power_on()
    assert host.running


@pytest.mark.lab
def test_a_disarmed_watchdog_lets_its_feeder_go(lab: Lab) -> None:
    host = lab.host("h1")
    with _connected(host) as say:
        say(f"arm 1 {_now()}")
        say("disarm")
    with _connected(host) as say, pytest.raises(AssertionError):
        say(f"feed {_now()}")

    assert host.running


@contextmanager
def _connected(host: Host) -> Iterator[Callable[[str], None]]:
    path = os.path.relpath(Path(host.folders.volatile, "watchdog.sock"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        wait_for(
            lambda: connection.connect_ex(path) == 0,
            within=SOON,
            otherwise=lambda: LabError("no watchdog", log=host.log("watchdog")),
        )

        def say(words: str) -> None:
            connection.sendall(words.encode())
            assert connection.recv(16) == b"ok"

        yield say


def _now() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
