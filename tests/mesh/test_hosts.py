"""Hosts that are killed piece by piece and stay who they are (RG-1, AG-1, HB-5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from tests.mesh.door import new_request_id
from tests.mesh.simulated import NODES, SimulatedHost
from tests.mesh.site import Site, until

CLUSTER = "/quantix.cluster.v1.ClusterService/"
IMAGE = "/quantix.image.v1.ImageService/"
VM = "/quantix.vm.v1.VirtualMachineService/"
RESTARTS = 10
MADE_SECONDS = 90.0
HEARD_SECONDS = 30.0


def _look(site: Site, machine: str) -> Mapping[str, Any]:
    return site.door.must(VM + "GetVirtualMachine", {"name": machine})


def _host_of(site: Site, machine: str, hosts: list[SimulatedHost]) -> SimulatedHost:
    node = _look(site, machine)["node"]
    return next(host for host in hosts if host.name == node)


@pytest.mark.timeout(600)
def test_a_machine_runs_on_a_simulated_host_that_says_what_it_is(
    site: Site, hosts: list[SimulatedHost], machine: str
) -> None:
    host = _host_of(site, machine, hosts)

    assert all(each.seen()["simulated"] for each in hosts)
    assert len({each.seen()["uid"] for each in hosts}) == len(hosts)
    assert len(host.cached_images) == 1
    assert host.guests[_look(site, machine)["uid"]]["power"] == "running"


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("machine")
def test_the_hosts_of_a_cluster_hold_the_set_of_those_who_vote(hosts: list[SimulatedHost]) -> None:
    voters = {(host.seen()["uid"], host.peer_port) for host in hosts}

    def held(host: SimulatedHost) -> set[tuple[str, int]]:
        kept = host.folder / "state/member-set.json"
        members = json.loads(kept.read_text())["members"] if kept.exists() else []
        return {(each["uid"], each["port"]) for each in members}

    until(
        lambda: all(held(host) == voters for host in hosts),
        HEARD_SECONDS,
        lambda: str([held(host) for host in hosts]),
    )


@pytest.mark.timeout(600)
def test_ag_1_an_agent_killed_ten_times_leaves_node_and_machine_as_they_are(
    site: Site, hosts: list[SimulatedHost], machine: str
) -> None:
    host = _host_of(site, machine, hosts)
    node, before = host.seen(), _look(site, machine)
    guest = host.guests[before["uid"]]

    for _ in range(RESTARTS):
        host.kill("agent")
        _start_agent(host)

    after = _look(site, machine)
    assert host.seen()["uid"] == node["uid"]
    assert host.seen()["sessionEpoch"] == node["sessionEpoch"]
    assert (after["state"], after["runEpoch"]) == (before["state"], before["runEpoch"])
    assert host.guests[before["uid"]] == guest


@pytest.mark.timeout(600)
def test_rg_1_a_guardian_killed_ten_times_is_one_node_with_the_same_id(
    site: Site, hosts: list[SimulatedHost], machine: str
) -> None:
    host = _host_of(site, machine, hosts)
    before = host.seen()
    guest = host.guests[_look(site, machine)["uid"]]

    for _ in range(RESTARTS):
        instance = int(host.seen()["instance"])
        host.kill("guardian")
        host.start("guardian")
        host.wait_ready(newer_than=instance)

    after = host.seen()
    same = ("name", "uid", "machineUuid", "createTime", "cluster", "mode")
    assert {key: after[key] for key in same} == {key: before[key] for key in same}
    assert int(after["instance"]) >= int(before["instance"]) + RESTARTS
    listed = site.door.must(NODES + "ListNodes", {"pageSize": 1000})["nodes"]
    assert [each["uid"] for each in listed].count(before["uid"]) == 1
    assert host.guests[_look(site, machine)["uid"]] == guest


@pytest.mark.timeout(600)
def test_gen_5_power_verbs_answer_a_retry_as_before_and_refuse_another_body(
    site: Site, machine: str
) -> None:
    wanted = {"cluster": _look(site, machine)["cluster"], "memoryBytes": str(128 << 20)}
    made = {"virtualMachineId": "switched", "virtualMachine": wanted, "startOnCreate": True}
    site.door.must(VM + "CreateVirtualMachine", made)
    _until_state(site, "vms/switched", "STATE_RUNNING")

    for verb, state in (
        ("PowerOff", "STATE_STOPPED"),
        ("Start", "STATE_RUNNING"),
        ("Shutdown", "STATE_STOPPED"),
        ("Delete", None),
    ):
        path = f"{VM}{verb}VirtualMachine"
        body = {"name": "vms/switched", "requestId": new_request_id()}
        first = site.door.must(path, body)
        if state:
            _until_state(site, "vms/switched", state)

        assert site.door.must(path, body)["name"] == first["name"]
        other = site.door.connect(path, {**body, "name": machine})
        assert (other.code, other.reason) == ("invalid_argument", "IDEMPOTENCY_KEY_REUSED")


def _until_state(site: Site, machine: str, state: str) -> None:
    until(
        lambda: _look(site, machine).get("state") == state,
        MADE_SECONDS,
        lambda: str(_look(site, machine)),
    )


def _start_agent(host: SimulatedHost) -> None:
    """Start the agent and wait until it serves."""
    log = host.folder / "agent.log"
    starts = log.read_text().count('"process.started"')
    host.start("agent")
    until(
        lambda: log.read_text().count('"process.started"') > starts,
        HEARD_SECONDS,
        lambda: log.read_text()[-2000:],
    )
