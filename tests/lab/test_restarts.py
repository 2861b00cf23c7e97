"""Story S-A: a host that joined is the same node through restarts and reboots, on real hosts."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from tests.lab.site import NODES, Site, machine_processes

from qvdc_lab.demo import objects
from qvdc_lab.errors import LabError
from qvdc_lab.guest.protected import process_of
from qvdc_lab.hosts.host import Host
from qvdc_lab.shell import wait_for

pytestmark = pytest.mark.lab

LABELS = {"rack": "r7", "owner": "night-shift"}
SAME = ("name", "uid", "machineUuid", "createTime", "cluster", "labels", "displayName", "mode")
BACK = timedelta(seconds=90)
BOOTING = timedelta(minutes=4)
BOOTED = "quantix-guest ready"


@pytest.mark.parametrize(
    ("restarts", "reboots"),
    [
        pytest.param(10, 1, id="short", marks=pytest.mark.timeout(900)),
        pytest.param(100, 5, id="whole", marks=[pytest.mark.slow, pytest.mark.timeout(3600)]),
    ],
)
def test_s_a_a_host_stays_the_same_node_through_restarts_and_reboots(
    site: Site, restarts: int, reboots: int
) -> None:
    _start_afresh(site)
    host, other = _hosts(site)
    for each in (host, other):
        wanted = {"name": f"nodes/{each.name}", "labels": LABELS, "displayName": "Left rack"}
        site.door.call(f"{NODES}/UpdateNode", {"node": wanted})
    before, machine = _nodes(site), objects.machine_now(site.door)
    boots, processes = _boots(site), machine_processes(host)

    for _ in range(restarts):
        _restart_guardian(site, host)
        _restart_agent(host)
    assert _nodes(site) == before
    for _ in range(reboots):
        _reboot(site, other)

    assert _nodes(site) == before
    assert machine_processes(host) == processes
    now = objects.machine_now(site.door)
    assert (now["state"], now["runEpoch"]) == ("STATE_RUNNING", machine["runEpoch"])
    assert _boots(site) == boots


def _start_afresh(site: Site) -> None:
    """Switch the demo's machine off and on, and let it boot: then nothing of it is under way."""
    name = {"name": f"vms/{objects.MACHINE}"}
    if objects.machine_now(site.door)["state"] != "STATE_STOPPED":
        done = site.door.call(f"{objects.MACHINES}/PowerOffVirtualMachine", name)
        objects.follow(site.door, done["name"], lambda _: None)
    boots = _boots(site)
    objects.ensure_machine(site.door, lambda _: None)
    wait_for(
        lambda: _boots(site) > boots,
        within=BOOTING,
        otherwise=lambda: LabError("the machine does not boot"),
    )


def _hosts(site: Site) -> tuple[Host, Host]:
    """The host of the demo's machine, and another one."""
    name = objects.machine_now(site.door)["node"].removeprefix("nodes/")
    return site.lab.host(name), next(each for each in site.lab.hosts if each.name != name)


def _nodes(site: Site) -> dict[str, Mapping[str, Any]]:
    """Every node there is, with what must stay as it is."""
    nodes = site.nodes().values()
    return {node["uid"]: {key: node.get(key) for key in SAME} for node in nodes}


def _boots(site: Site) -> int:
    """How often the demo's machine has booted, as its serial console tells."""
    return sum(BOOTED in line for line in objects.serial_lines(site.door))


def _restart_guardian(site: Site, host: Host) -> None:
    instance = int(site.nodes()[host.name]["instance"])
    os.kill(process_of(host, "quantix-guardian"), signal.SIGKILL)
    _wait(lambda: int(site.nodes()[host.name]["instance"]) > instance, site, host)
    _wait(lambda: site.nodes()[host.name]["phase"] == "PHASE_READY", site, host)


def _restart_agent(host: Host) -> None:
    log = host.log("agent")
    starts = log.read_text().count('"process.started"')
    os.kill(process_of(host, "quantix-agent"), signal.SIGKILL)
    wait_for(
        lambda: log.read_text().count('"process.started"') > starts,
        within=BACK,
        otherwise=lambda: LabError("the agent is not back", log=log),
    )


def _reboot(site: Site, host: Host) -> None:
    boot = host.folders.boot_id
    host.reboot()
    assert host.folders.boot_id != boot
    _wait(lambda: site.nodes()[host.name]["bootId"] == host.folders.boot_id, site, host)
    _wait(lambda: site.nodes()[host.name]["phase"] == "PHASE_READY", site, host)


def _wait(condition: Any, site: Site, host: Host) -> None:
    wait_for(
        condition,
        within=BACK,
        otherwise=lambda: LabError(f"{host.name} is not back", str(site.nodes()[host.name])),
    )
