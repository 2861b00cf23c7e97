"""A lab's own names, and daemons known by pid file; no root needed."""

from __future__ import annotations

import json
import os
import sys
from ipaddress import IPv4Network
from pathlib import Path

from qvdc_lab.names import choose, names_of
from qvdc_lab.supervise import Daemon, alive_pid, start, stop, stop_all


def test_the_same_folder_always_gets_the_same_names() -> None:
    first = choose("/srv/one", taken_networks=[], port_is_free=lambda port: True)
    again = choose("/srv/one", taken_networks=[], port_is_free=lambda port: True)
    other = choose("/srv/two", taken_networks=[], port_is_free=lambda port: True)

    assert first == again
    assert first.lab_id != other.lab_id
    assert not first.network.overlaps(other.network)


def test_taken_networks_and_ports_are_stepped_past() -> None:
    plain = choose("/srv/one", taken_networks=[], port_is_free=lambda port: True)

    moved = choose(
        "/srv/one",
        taken_networks=[plain.network],
        port_is_free=lambda port: port != plain.first_port + 1,
    )

    assert not moved.network.overlaps(plain.network)
    assert moved.first_port != plain.first_port


def test_names_fit_the_kernel_and_stay_inside_shared_address_space() -> None:
    names = choose("/srv/one", taken_networks=[], port_is_free=lambda port: True)

    assert len(names.veth("m", 240)) <= 15
    assert names.network.subnet_of(IPv4Network("100.64.0.0/10"))
    assert names.host_address(names.tunnel, 1) in names.tunnel


def test_chosen_names_are_kept(tmp_path: Path) -> None:
    assert names_of(tmp_path) == names_of(tmp_path)


def test_a_daemon_is_started_once_and_stopped_once(tmp_path: Path) -> None:
    daemon = Daemon("sleeper", ["sleep", "1000"], tmp_path)

    assert start(daemon)
    assert not start(daemon)
    assert stop(daemon.pid_file)
    assert not stop(daemon.pid_file)
    assert daemon.pid() is None


def test_a_daemon_with_another_definition_replaces_the_one_that_runs(tmp_path: Path) -> None:
    start(Daemon("sleeper", ["sleep", "1000"], tmp_path))
    old = alive_pid(tmp_path / "sleeper.pid")

    assert start(Daemon("sleeper", ["sleep", "2000"], tmp_path))
    assert alive_pid(tmp_path / "sleeper.pid") not in (None, old)
    assert stop_all(tmp_path) == ["sleeper"]


def test_a_pid_used_again_by_a_stranger_is_not_killed(tmp_path: Path) -> None:
    pid_file = tmp_path / "stranger.pid"
    pid_file.write_text(json.dumps({"pid": os.getpid(), "started": 1, "stop_signal": 9}))

    assert not stop(pid_file)
    assert not pid_file.exists()


def test_a_daemon_that_ignores_its_signal_is_killed(tmp_path: Path) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()"
    daemon = Daemon("deaf", [sys.executable, "-c", deaf], tmp_path)
    start(daemon)

    from datetime import timedelta

    assert stop(daemon.pid_file, within=timedelta(seconds=1))
    assert daemon.pid() is None
