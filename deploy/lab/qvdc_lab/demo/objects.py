"""What the demo makes through the public API: each object only when it is missing."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from qvdc_lab.demo.door import Door, Message, Refused
from qvdc_lab.errors import LabError
from qvdc_lab.shell import wait_for

CLUSTER, NETWORK, IMAGE, MACHINE = "demo", "blue", "quantix-guest", "web-1"
NETWORK_CIDR = "10.20.0.0/24"
MEMORY_BYTES = 256 * 1024 * 1024

CURSOR_MOVES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

LOOK_EVERY = timedelta(milliseconds=500)
JOINING = timedelta(seconds=90)
APPLYING = timedelta(seconds=60)
BOOTING = timedelta(minutes=4)

CLUSTERS = "quantix.cluster.v1.ClusterService"
NODES = "quantix.node.v1.NodeService"
TOKENS = "quantix.node.v1.JoinTokenService"
NETWORKS = "quantix.network.v1.NetworkService"
IMAGES = "quantix.image.v1.ImageService"
MACHINES = "quantix.vm.v1.VirtualMachineService"
OPERATIONS = "quantix.operation.v1.OperationService"


@dataclass(frozen=True, slots=True)
class JoinToken:
    """What lets a host join: a secret, and what tells it the right control plane."""

    secret: str
    ca_hash: str


def make_join_token(door: Door, *, uses: int) -> JoinToken:
    """Return a new join token, good for `uses` hosts within an hour."""
    token = {"ttl": "3600s", "maxUses": uses, "description": "made by qvdc-lab demo"}
    made = door.call(f"{TOKENS}/CreateJoinToken", {"joinToken": token, **_once()})
    return JoinToken(made["secret"], made["caHash"])


def ready_nodes(door: Door) -> dict[str, Message]:
    """Return the nodes that are READY, by hostname."""
    listed = door.call(f"{NODES}/ListNodes", {"pageSize": 1000})
    nodes = listed.get("nodes", [])
    return {node["hostname"]: node for node in nodes if node.get("phase") == "PHASE_READY"}


def wait_for_nodes(door: Door, hostnames: Iterable[str]) -> list[Message]:
    """Return the nodes of `hostnames` once all of them are READY.

    Raises:
        LabError: one is not in time; it says which, and what the API tells of it.
    """
    wanted = set(hostnames)

    def all_ready() -> list[Message] | None:
        ready = ready_nodes(door)
        return [ready[hostname] for hostname in sorted(wanted)] if wanted <= set(ready) else None

    def missing() -> LabError:
        listed = door.call(f"{NODES}/ListNodes", {"pageSize": 1000}).get("nodes", [])
        told = [f"{n.get('hostname')}: {n.get('phase')} {n.get('phaseReason', '')}" for n in listed]
        return LabError(
            f"Not all of {', '.join(sorted(wanted))} became READY",
            "; ".join(told) or "no host has registered",
            remedy="see .run/hosts/*/daemons/{guardian,agent}.log",
        )

    return wait_for(all_ready, within=JOINING, every=LOOK_EVERY, otherwise=missing)


def ensure_cluster(door: Door, nodes: list[Message]) -> bool:
    """Make the cluster with `nodes`, or add those it lacks; return whether anything changed."""
    name = f"clusters/{CLUSTER}"
    names = [node["name"] for node in nodes]
    cluster = door.find(f"{CLUSTERS}/GetCluster", name)
    if cluster is None:
        request = {
            "clusterId": CLUSTER,
            "cluster": {"displayName": "Demo"},
            "initialNodes": names,
            **_once(),
        }
        door.call(f"{CLUSTERS}/CreateCluster", request)
        return True
    lacking = [node for node in names if node not in cluster.get("nodes", [])]
    for node in lacking:
        added = {"name": name, "node": node.removeprefix("nodes/"), **_once()}
        door.call(f"{CLUSTERS}/AddClusterNode", added)
    return bool(lacking)


def ensure_network(door: Door) -> bool:
    """Make the overlay network with DHCP if missing, wait until it is READY."""
    name = f"networks/{NETWORK}"
    made = door.find(f"{NETWORKS}/GetNetwork", name) is None
    if made:
        network = {
            "type": "TYPE_OVERLAY",
            "displayName": "Blue",
            "ipv4": {"cidr": NETWORK_CIDR},
            "dhcp": {"enabled": True},
        }
        request = {"networkId": NETWORK, "network": network, **_once()}
        door.call(f"{NETWORKS}/CreateNetwork", request)
    _wait_for_field(
        lambda: door.call(f"{NETWORKS}/GetNetwork", {"name": name}),
        field="phase",
        wanted="PHASE_READY",
        within=APPLYING,
    )
    return made


def image_is_ready(door: Door) -> bool:
    """Return whether the guest's image is in the library and whole."""
    image = door.find(f"{IMAGES}/GetImage", f"images/{IMAGE}")
    return image is not None and image.get("state") == "STATE_READY"


def wait_for_room(door: Door) -> None:
    """Return once some host could take the machine: hosts tell what they have after they join.

    Raises:
        LabError: none could, in time; with the verdict on each host.
    """
    verdicts: list[str] = []

    def some_host_fits() -> bool:
        try:
            plan = door.call(f"{MACHINES}/PlaceVirtualMachine", {"virtualMachine": _machine()})
        except Refused as refused:
            verdicts[:] = [refused.why]
            return False
        return bool(plan.get("node"))

    wait_for(
        some_host_fits,
        within=JOINING,
        every=LOOK_EVERY,
        otherwise=lambda: LabError(f"No host can take {MACHINE}", "; ".join(verdicts)),
    )


def ensure_machine(door: Door, tell: Callable[[str], None]) -> bool:
    """Make the machine and start it, where needed; return whether anything was done.

    Args:
        tell: called with a line whenever the stage of the work changes.

    Raises:
        LabError: the work failed, or the machine is not RUNNING in time.
    """
    name = f"vms/{MACHINE}"
    machine = door.find(f"{MACHINES}/GetVirtualMachine", name)
    if machine is not None and machine.get("state") == "STATE_RUNNING":
        return False
    wait_for_room(door)
    if machine is None:
        request = {
            "virtualMachineId": MACHINE,
            "virtualMachine": _machine(),
            "startOnCreate": True,
            **_once(),
        }
        operation = door.call(f"{MACHINES}/CreateVirtualMachine", request)
        follow(door, operation["name"], tell)
    elif machine.get("operation"):
        follow(door, machine["operation"], tell)
    else:
        operation = door.call(f"{MACHINES}/StartVirtualMachine", {"name": name, **_once()})
        follow(door, operation["name"], tell)
    _wait_for_field(
        lambda: machine_now(door), field="state", wanted="STATE_RUNNING", within=BOOTING
    )
    return True


def machine_now(door: Door) -> Message:
    """Return the machine as the API tells it."""
    return door.call(f"{MACHINES}/GetVirtualMachine", {"name": f"vms/{MACHINE}"})


def serial_lines(door: Door) -> list[str]:
    """Return what the machine has said on its serial console, without what moves a cursor."""
    log = door.call(f"{MACHINES}/GetSerialLog", {"name": f"vms/{MACHINE}"})
    plain = CURSOR_MOVES.sub("", str(log.get("text", "")))
    return [line.rstrip() for line in plain.splitlines() if line.strip()]


def wait_until_booted(door: Door) -> list[str]:
    """Return the serial console's lines once the guest's userspace says that it is ready."""

    def booted() -> list[str] | None:
        lines = serial_lines(door)
        return lines if any("quantix-guest ready" in line for line in lines) else None

    return wait_for(
        booted,
        within=BOOTING,
        every=LOOK_EVERY,
        otherwise=lambda: LabError(
            f"{MACHINE} runs but did not finish booting", "\n".join(serial_lines(door)[-10:])
        ),
    )


def _machine() -> Message:
    return {
        "cluster": f"clusters/{CLUSTER}",
        "displayName": "Web 1",
        "vcpuCount": 1,
        "memoryBytes": str(MEMORY_BYTES),
        "disks": [{"image": f"images/{IMAGE}"}],
        "nics": [{"network": f"networks/{NETWORK}"}],
        "cloudInit": {"hostname": MACHINE},
    }


def follow(door: Door, operation: str, tell: Callable[[str], None]) -> None:
    """Wait until `operation` has succeeded, telling each new stage as a line.

    Raises:
        LabError: it failed, was cancelled, or has not ended in time.
    """
    told = ""

    def ended() -> Message | None:
        nonlocal told
        now = door.call(f"{OPERATIONS}/GetOperation", {"name": operation})
        line = " ".join(
            part
            for part in (
                now.get("stage", ""),
                f"{now.get('progressPercent', 0)} %",
                now.get("message", ""),
            )
            if part
        )
        if line != told:
            told = line
            tell(line)
        over = now.get("state") in ("STATE_SUCCEEDED", "STATE_FAILED", "STATE_CANCELLED")
        return now if over else None

    last = wait_for(
        ended,
        within=BOOTING,
        every=LOOK_EVERY,
        otherwise=lambda: LabError(f"{operation} has not ended after {BOOTING}", told),
    )
    if last.get("state") != "STATE_SUCCEEDED":
        error = last.get("error", {})
        why = f"{error.get('reason', last.get('state'))}: {error.get('message', '')}"
        raise LabError(f"The {last.get('verb')} of {last.get('target')} failed", why)


def _wait_for_field(
    read: Callable[[], Message], *, field: str, wanted: str, within: timedelta
) -> None:
    def reached() -> bool:
        return bool(read().get(field) == wanted)

    def late() -> LabError:
        now = read()
        why = now.get(f"{field}Message", "")
        return LabError(f"{now.get('name')} is {now.get(field)}, not {wanted}", why)

    wait_for(reached, within=within, every=LOOK_EVERY, otherwise=late)


def _once() -> Message:
    """A request id: a repeated send is answered as the first."""
    return {"requestId": str(uuid.uuid4())}
