"""What must agree when all is quiet again: inventory, hosts, operations, leases, promises."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import psycopg
from tests.mesh.simulated import NODES, SimulatedHost
from tests.mesh.site import Site

VM = "/quantix.vm.v1.VirtualMachineService/"
AT_REST = {"STATE_STOPPED", "STATE_CRASHED", "STATE_ERROR", "STATE_PENDING"}
ACTIVE = {"running", "paused"}
UNENDED = "select id, verb, target, stage from {}.operations where end_time is null"
CLAIMS = "select vm_uid from {}.claims"
SERVICES_WITH_OPERATIONS = ("cluster", "node", "image", "network", "vm")


def differences(site: Site, hosts: list[SimulatedHost]) -> list[str]:
    """Return everything that does not agree, in words; empty when all does."""
    machines = site.door.must(VM + "ListVirtualMachines", {"pageSize": 1000})
    listed = machines.get("virtualMachines", [])
    return [
        *_of_machines(listed, hosts),
        *_of_hosts(site, hosts),
        *_of_the_database(site, {machine["uid"] for machine in listed}),
        *_of_etcd(site, hosts),
        *_of_promises(hosts),
    ]


def _of_machines(listed: list[dict[str, Any]], hosts: list[SimulatedHost]) -> Iterator[str]:
    held = {host.name: host.guests for host in hosts}
    known = {machine["uid"]: machine for machine in listed}
    for uid, machine in known.items():
        node, state = machine.get("node", ""), machine.get("state", "")
        guest = held.get(node, {}).get(uid)
        power = guest["power"] if guest else "absent"
        if machine.get("operation"):
            yield f"{machine['name']} is still at {machine['operation']}"
        runs = state == "STATE_RUNNING" and power == "running"
        if not runs and (state not in AT_REST or power in ACTIVE):
            yield f"{machine['name']} is {state} in the inventory and {power} on {node}"
    for node, guests in held.items():
        for uid in guests:
            if uid not in known or known[uid].get("node", "") != node:
                yield f"{node} has {uid}, which belongs to {known.get(uid)}"


def _of_hosts(site: Site, hosts: list[SimulatedHost]) -> Iterator[str]:
    nodes = site.door.must(NODES + "ListNodes", {"pageSize": 1000})["nodes"]
    for host in hosts:
        phases = [each["phase"] for each in nodes if each["name"] == host.name]
        if phases != ["PHASE_READY"]:
            yield f"{host.name} is {phases}"


def _of_the_database(site: Site, machines: set[str]) -> Iterator[str]:
    url = site.lab.postgres.url("quantix").replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        for service in SERVICES_WITH_OPERATIONS:
            for row in connection.execute(UNENDED.format(service)):
                yield f"operation {row} has not ended"
        for service in ("cluster", "image"):
            claimed = {str(row[0]) for row in connection.execute(CLAIMS.format(service))}
            if left := claimed - machines:
                yield f"{service} keeps claims of {left}, which are no machines"


def _of_etcd(site: Site, hosts: list[SimulatedHost]) -> Iterator[str]:
    keys = site.keys("/quantix/nodes/")
    if fences := [key for key in keys if key.endswith("/fenced")]:
        yield f"fences stand: {fences}"
    sessions = {key.split("/")[3] for key in keys if key.endswith("/session")}
    wanted = {host.seen()["uid"] for host in hosts}
    if sessions != wanted:
        yield f"sessions of {sessions}, hosts {wanted}"
    for lease in leases(site):
        if not lease["keys"]:
            yield f"lease {lease['id']:x} holds nothing"


def leases(site: Site) -> list[dict[str, Any]]:
    """Return every lease of etcd with its keys."""
    found = _etcdctl(site, "lease", "list").get("leases") or []
    told = []
    for each in found:
        lease = _etcdctl(site, "lease", "timetolive", f"{each['id']:x}", "--keys")
        if lease["ttl"] > 0:
            told.append({"id": each["id"], "keys": lease.get("keys") or []})
    return told


def _etcdctl(site: Site, *arguments: str) -> dict[str, Any]:
    command = ["etcdctl", "--endpoints", site.lab.etcd.endpoint, "--write-out=json", *arguments]
    environment = {**os.environ, "ETCDCTL_API": "3"}
    done = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _of_promises(hosts: list[SimulatedHost]) -> Iterator[str]:
    for host in hosts:
        kept = host.folder / "state/promises.json"
        given = json.loads(kept.read_text())["given"] if kept.exists() else []
        if given:
            yield f"{host.name} still promises {given}"
