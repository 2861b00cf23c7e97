"""Protected machines of real hosts: handed over while they run, confessed, started again.

The failover that fences is played by the test: it writes the fence as soon as the session is gone.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from tests.lab.site import Site, machine_processes

from qvdc_lab.demo import objects
from qvdc_lab.errors import LabError
from qvdc_lab.guest.protected import machine_uuid
from qvdc_lab.hosts.host import Host
from qvdc_lab.shell import run, wait_for

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

CLUSTERS = "quantix.cluster.v1.ClusterService"
MACHINES = "quantix.vm.v1.VirtualMachineService"
SOON = timedelta(seconds=120)


@pytest.fixture
def machine(site: Site) -> Iterator[dict[str, Any]]:
    """The demo's machine, running, in a cluster whose cut-off hosts leave their machines alone."""
    if objects.machine_now(site.door)["state"] != "STATE_RUNNING":
        site.door.call(f"{MACHINES}/StartVirtualMachine", {"name": "vms/web-1"})
    _has(site, lambda now: now["state"] == "STATE_RUNNING")
    _set_ha(site, enabled=True, isolation_response="ISOLATION_RESPONSE_LEAVE")
    yield _has(site, lambda now: now["protection"].get("protected", False))
    _set_ha(site, enabled=False, isolation_response="ISOLATION_RESPONSE_POWER_OFF")
    _has(site, lambda now: not now["protection"].get("protected", False))


def test_ha_2_a_running_machine_is_handed_over_and_let_go(
    site: Site, machine: dict[str, Any]
) -> None:
    host = _host_of(site, machine)
    processes = machine_processes(host)
    assert _guarded(host) == {machine["uid"]: int(machine["runEpoch"])}
    assert _watchdog(site, host) == ("STATUS_FALSE", "IDLE")

    _set_ha(site, enabled=True, isolation_response="ISOLATION_RESPONSE_POWER_OFF")
    _until(lambda: _watchdog(site, host)[0] == "STATUS_TRUE", lambda: _watchdog(site, host))
    _set_ha(site, enabled=False, isolation_response="ISOLATION_RESPONSE_POWER_OFF")

    _until(lambda: _guarded(host) == {}, lambda: _guarded(host))
    _until(lambda: _watchdog(site, host) == ("STATUS_FALSE", "IDLE"), lambda: _watchdog(site, host))
    now = _has(site, lambda now: now["protection"].get("reason") == "HA_OFF")
    assert now["runEpoch"] == machine["runEpoch"]
    assert machine_processes(host) == processes


def test_a_fenced_host_keeps_a_machine_that_nothing_replaced(
    site: Site, machine: dict[str, Any]
) -> None:
    host = _host_of(site, machine)
    processes = machine_processes(host)
    _fence(site, host)
    assert machine_processes(host) == processes

    _returns(site, host)

    epoch = int(machine["runEpoch"]) + 1
    now = _has(site, lambda now: int(now["runEpoch"]) == epoch and _rests(now))
    assert now["node"] == machine["node"]
    _until(lambda: _guarded(host) == {machine["uid"]: epoch}, lambda: _guarded(host))
    assert machine_processes(host) == processes


def test_ag_1_a_protected_machine_comes_back_with_its_rebooted_host_as_a_new_start(
    site: Site, machine: dict[str, Any]
) -> None:
    host = _host_of(site, machine)
    count = len(machine_processes(host))
    host.reboot()

    now = _has(site, lambda now: int(now["runEpoch"]) > int(machine["runEpoch"]) and _rests(now))
    assert now["node"] == machine["node"]
    assert len(machine_processes(host)) <= count
    _until(lambda: {node["phase"] for node in site.nodes().values()} == {"PHASE_READY"}, site.nodes)


def _set_ha(site: Site, *, enabled: bool, isolation_response: str) -> None:
    ha = {"enabled": enabled, "isolationResponse": isolation_response}
    cluster = {"name": f"clusters/{objects.CLUSTER}", "ha": ha}
    mask = "ha.enabled,ha.isolationResponse"
    site.door.call(f"{CLUSTERS}/UpdateCluster", {"cluster": cluster, "updateMask": mask})


def _fence(site: Site, host: Host) -> None:
    """Cut the host off until its session is gone, and fence it."""
    key = f"/quantix/nodes/{machine_uuid(host)}"
    host.control_plane_loss()
    _until(lambda: f"{key}/session" not in site.sessions(), site.sessions)
    _etcdctl(site, "put", f"{key}/fenced", f"incidents/{uuid.uuid4()}")


def _returns(site: Site, host: Host) -> None:
    """Let the host reach the control plane; return once its session has replaced its fence."""
    key = f"/quantix/nodes/{machine_uuid(host)}"
    host.control_plane_back()

    def back() -> bool:
        return f"{key}/session" in site.sessions() and f"{key}/fenced" not in site.etcd_keys(key)

    _until(back, lambda: (site.etcd_keys(key), host.log("guardian").read_text()[-2000:]))


def _etcdctl(site: Site, *words: str) -> str:
    command = ["etcdctl", "--endpoints", site.lab.etcd.endpoint, *words]
    return run(command, environment={**os.environ, "ETCDCTL_API": "3"})


def _host_of(site: Site, machine: dict[str, Any]) -> Host:
    uid = machine["nodeUid"]
    return next(host for host in site.lab.hosts if machine_uuid(host) == uid)


def _guarded(host: Host) -> dict[str, int]:
    """What the guardian has, with run epochs."""
    kept = json.loads((host.folders.volatile / "quantix/guarded.json").read_text())
    return {each["vm_uid"]: each["run_epoch"] for each in kept["machines"]}


def _watchdog(site: Site, host: Host) -> tuple[str, str]:
    node = next(each for each in site.nodes().values() if each["uid"] == machine_uuid(host))
    found = next(each for each in node["conditions"] if each["type"] == "WatchdogArmed")
    return found["status"], found.get("reason", "")


def _rests(now: dict[str, Any]) -> bool:
    return now["state"] == "STATE_RUNNING" and not now.get("operation")


def _has(site: Site, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the machine once it is so."""
    _until(
        lambda: condition(dict(objects.machine_now(site.door))),
        lambda: objects.machine_now(site.door),
    )
    return dict(objects.machine_now(site.door))


def _until(condition: Callable[[], bool], seen: Callable[[], object]) -> None:
    wait_for(condition, within=SOON, otherwise=lambda: LabError(f"it is {seen()}"))
