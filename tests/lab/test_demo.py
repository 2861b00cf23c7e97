"""The demo, whole: every service, two hosts, machines on both, and nothing left behind."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from tests.lab.site import Site, machine_processes

from qvdc_lab.demo import objects
from qvdc_lab.demo.door import Door, Message, Refused
from qvdc_lab.errors import LabError
from qvdc_lab.guest.machine import open_console
from qvdc_lab.hosts.host import Host
from qvdc_lab.lab import Lab
from qvdc_lab.shell import wait_for

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

RECOVERY = timedelta(seconds=60)
BOOTING = timedelta(minutes=4)
OTHER = "web-2"
NODES = "quantix.node.v1.NodeService"
POWER = "quantix.node.v1.NodePowerService"


def test_the_demo_ends_with_a_running_machine_and_says_where_to_look(site: Site) -> None:
    machine = objects.machine_now(site.door)
    address = machine["addresses"][0]

    assert machine["state"] == "STATE_RUNNING"
    assert machine["node"] in {f"nodes/{host.name}" for host in site.lab.hosts}
    told = site.told.read_text()
    assert f"web-1 is RUNNING on {machine['node'].removeprefix('nodes/')}" in told
    assert f"ready hostname=web-1 address={address}" in told
    assert "make down" in told


def test_a_second_demo_changes_nothing(site: Site) -> None:
    before = objects.machine_now(site.door)
    processes = _daemons(site.lab)

    site.run_demo()

    after = objects.machine_now(site.door)
    assert (after["uid"], after["etag"]) == (before["uid"], before["etag"])
    assert _daemons(site.lab) == processes


def test_machines_on_two_hosts_exchange_tcp_over_the_overlay(site: Site) -> None:
    first = objects.machine_now(site.door)
    second = _machine_elsewhere(site.door, first["node"])
    assert second["node"] != first["node"]

    for asking, answering in ((first, second), (second, first)):
        name = answering["name"].removeprefix("vms/")
        address = answering["addresses"][0]
        with open_console(_host(site.lab, asking), asking["uid"]) as console:
            console.type(f"fetch {address}")
            _wait_for_serial(site.door, asking, f"fetched from={address} body=hello from {name}")


def test_op_6_etcd_emptied_brings_leaders_and_sessions_back_and_touches_no_machine(
    site: Site,
) -> None:
    leaders, sessions = site.led_loops(), site.sessions()
    processes = {host.name: machine_processes(host) for host in site.lab.hosts}
    machine = objects.machine_now(site.door)
    assert leaders
    assert len(sessions) == len(site.lab.hosts)

    site.lab.etcd.lose_everything()

    wait_for(
        lambda: site.led_loops() >= leaders and site.sessions() == sessions,
        within=RECOVERY,
        otherwise=lambda: LabError(f"{site.led_loops()} {site.sessions()}"),
    )
    wait_for(
        lambda: _phases(site.door) == {"PHASE_READY"},
        within=RECOVERY,
        otherwise=lambda: LabError(f"the nodes are {_phases(site.door)}"),
    )
    after = objects.machine_now(site.door)
    assert (after["state"], after["runEpoch"]) == ("STATE_RUNNING", machine["runEpoch"])
    assert {host.name: machine_processes(host) for host in site.lab.hosts} == processes


@pytest.mark.slow
def test_nd_7_a_host_reboots_on_demand_and_comes_back_as_itself(site: Site) -> None:
    machine = objects.machine_now(site.door)
    name = machine["node"]
    before = site.door.call(f"{NODES}/GetNode", {"name": name})
    with pytest.raises(Refused) as refused:
        site.door.call(f"{POWER}/RebootNode", {"name": name})
    assert "vms/web-1" in str(refused.value)
    count = int(before["usage"]["machineCount"])
    forced = {"name": name, "force": True, "machineCount": count}

    operation = site.door.call(f"{POWER}/RebootNode", forced)
    objects.follow(site.door, operation["name"], lambda line: None)

    after = site.door.call(f"{NODES}/GetNode", {"name": name})
    assert after["bootId"] != before["bootId"]
    assert (after["uid"], after["cluster"]) == (before["uid"], before["cluster"])
    wait_for(
        lambda: _phases(site.door) == {"PHASE_READY"},
        within=BOOTING,
        otherwise=lambda: LabError(f"the nodes are {_phases(site.door)}"),
    )


def _daemons(lab: Lab) -> dict[str, str]:
    """Return every daemon of the lab and its hosts; what they start for a moment is left out."""
    return {str(pid_file): pid_file.read_text() for pid_file in lab.run_folder.rglob("*.pid")}


def _phases(door: Door) -> set[str]:
    nodes = door.call("quantix.node.v1.NodeService/ListNodes", {})["nodes"]
    return {node["phase"] for node in nodes}


def _machine_elsewhere(door: Door, node: str) -> Message:
    name = f"vms/{OTHER}"
    machine = {
        "cluster": f"clusters/{objects.CLUSTER}",
        "memoryBytes": str(objects.MEMORY_BYTES),
        "disks": [{"image": f"images/{objects.IMAGE}"}],
        "nics": [{"network": f"networks/{objects.NETWORK}"}],
        "placement": {"excludedNodes": [node]},
    }
    request = {
        "virtualMachineId": OTHER,
        "virtualMachine": machine,
        "startOnCreate": True,
        "requestId": str(uuid.uuid4()),
    }
    operation = door.call(f"{objects.MACHINES}/CreateVirtualMachine", request)
    objects.follow(door, operation["name"], lambda line: None)
    made = door.call(f"{objects.MACHINES}/GetVirtualMachine", {"name": name})
    _wait_for_serial(door, made, f"ready hostname={OTHER} address={made['addresses'][0]}")
    return made


def _host(lab: Lab, machine: Message) -> Host:
    return lab.host(machine["node"].removeprefix("nodes/"))


def _wait_for_serial(door: Door, machine: Message, text: str) -> None:
    def said() -> str:
        log = door.call(f"{objects.MACHINES}/GetSerialLog", {"name": machine["name"]})
        return str(log.get("text", ""))

    wait_for(
        lambda: text in said(),
        within=BOOTING,
        every=timedelta(seconds=1),
        otherwise=lambda: LabError(f"{machine['name']} never said {text!r}", said()[-500:]),
    )
