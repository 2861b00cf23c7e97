"""Real hosts: power, network and identity."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from qvdc_lab.errors import LabError
from qvdc_lab.lab import Lab, lab_in
from qvdc_lab.shell import run, succeeds, wait_for

pytestmark = pytest.mark.lab

SOON = timedelta(seconds=30)


def test_two_hosts_have_names_identities_and_hypervisors_of_their_own(lab: Lab) -> None:
    first, second = lab.hosts

    assert [host.run(["hostname"]).strip() for host in lab.hosts] == ["h1", "h2"]
    assert _boot_id(lab, "h1") != _boot_id(lab, "h2")
    assert _machine_id(lab, "h1") != _machine_id(lab, "h2")
    for host in (first, second):
        assert "Using API: QEMU" in host.run(["virsh", "-c", "qemu:///system", "version"])


def test_both_hosts_are_chassis_of_the_lab_s_ovn(lab: Lab) -> None:
    def chassis() -> set[str]:
        command = ["ovn-sbctl", f"--db={lab.ovn.southbound}", "--timeout=5", "--format=json"]
        listed = json.loads(run([*command, "--columns=hostname", "list", "Chassis"]))
        return {row[0] for row in listed["data"]}

    wait_for(
        lambda: chassis() == {"h1", "h2"},
        within=SOON,
        otherwise=lambda: LabError("chassis are missing", str(chassis())),
    )


def test_starting_a_lab_again_changes_nothing(lab: Lab) -> None:
    before = {host.name: sorted(host.pids()) for host in lab.hosts}

    assert not lab.start_network()
    assert not lab.start_hosts()

    assert {host.name: sorted(host.pids()) for host in lab.hosts} == before


def test_a_host_that_lost_power_has_no_process_and_does_not_answer(lab: Lab) -> None:
    host = lab.host("h2")

    host.power_loss()

    assert host.pids() == []
    assert not host.running
    assert not _reaches(lab.host("h1").entering(), host.address)
    host.power_on()
    assert _reaches(lab.host("h1").entering(), host.address)


def test_a_reboot_gives_a_new_boot_id_an_empty_run_and_the_same_disk(lab: Lab) -> None:
    host = lab.host("h1")
    boot_id, machine_id = _boot_id(lab, "h1"), _machine_id(lab, "h1")
    host.run(["sh", "-c", "echo kept > /var/lib/quantix/mark; echo lost > /run/mark"])

    host.reboot()

    assert _boot_id(lab, "h1") != boot_id
    assert _machine_id(lab, "h1") == machine_id
    assert host.run(["cat", "/var/lib/quantix/mark"]).strip() == "kept"
    assert host.run(["sh", "-c", "test -e /run/mark || echo absent"]).strip() == "absent"


def test_a_host_without_network_goes_on_and_comes_back(lab: Lab) -> None:
    host = lab.host("h2")
    pids = set(host.pids())

    host.network_loss()
    assert not _reaches(lab.host("h1").entering(), host.address)
    host.network_back()

    assert _reaches(lab.host("h1").entering(), host.address)
    assert pids <= set(host.pids())


def test_what_is_installed_on_a_host_runs_again_after_a_reboot(lab: Lab) -> None:
    host = lab.host("h2")
    host.install("waiter", ["sleep", "2000"], {})

    host.reboot()

    wait_for(
        lambda: any(_argument(pid) == "2000" for pid in host.pids()),
        within=SOON,
        otherwise=lambda: LabError("not started at boot"),
    )
    assert host.stop_keeping("waiter")


def test_a_kept_program_is_started_again_at_once(lab: Lab) -> None:
    host = lab.host("h1")
    host.keep("sleeper", ["sleep", "1000"])

    def sleeper() -> int | None:
        found = host.run(["sh", "-c", "pidof sleep || true"]).split()
        children = [pid for pid in found if _argument(int(pid)) == "1000"]
        return int(children[0]) if children else None

    first = wait_for(sleeper, within=SOON, otherwise=lambda: LabError("no sleeper"))
    os.kill(first, 9)
    second = wait_for(
        lambda: None if (pid := sleeper()) == first else pid,
        within=SOON,
        otherwise=lambda: LabError("not started again"),
    )

    assert second != first
    assert host.stop_keeping("sleeper")
    assert sleeper() is None


@pytest.mark.usefixtures("lab")
def test_two_labs_stand_side_by_side_and_down_leaves_nothing(
    lab: Lab, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = lab_in(tmp_path_factory.mktemp("other"), host_count=1)
    try:
        other.start_stores()
        other.start_network()
        other.start_hosts()
        assert not other.names.network.overlaps(lab.names.network)
    finally:
        other.down()

    mark = f"qv{other.names.lab_id}"
    assert mark not in run(["ip", "-o", "link"])
    assert mark not in run(["ip", "netns", "list"])
    assert str(other.run_folder) not in Path("/proc/self/mounts").read_text()
    assert not _processes_of(str(other.run_folder))
    assert not Path("/run", mark).exists()
    assert all(host.running for host in lab.hosts)


def _boot_id(lab: Lab, host: str) -> str:
    return lab.host(host).run(["cat", "/proc/sys/kernel/random/boot_id"])


def _machine_id(lab: Lab, host: str) -> str:
    return lab.host(host).run(["cat", "/etc/machine-id"])


def _reaches(entering: list[str], address: str) -> bool:
    """Whether libvirt's TCP port answers there; a host that is off stays silent."""
    return succeeds([*entering, "timeout", "2", "bash", "-c", f"exec 3<>/dev/tcp/{address}/16509"])


def _argument(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[1]
    except (OSError, IndexError):
        return ""


def _processes_of(folder: str) -> list[str]:
    found = []
    for command_line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = command_line.read_text(errors="replace")
        except OSError:
            continue
        if folder in text:
            found.append(text)
    return found
