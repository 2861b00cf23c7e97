"""What a host tells of itself to whom it may be joined by."""

import json
from contextlib import suppress
from dataclasses import asdict
from enum import Enum
from itertools import pairwise
from pathlib import Path

from google.protobuf import json_format

from quantix.agent.v1 import pairing_pb2 as wire
from quantix.node.v1 import node_pb2
from qvdc_agent.adapters import host_facts
from qvdc_agent.domain.host_report import Inventory
from qvdc_agent.domain.places import Places
from qvdc_agent.domain.session import Phase, SessionState
from qvdc_agent.guardian.app import own_system
from qvdc_agent.guardian.identity import hostname, machine_uuid
from qvdc_agent.host_verbs.running import emulators, last_report
from qvdc_core.clock import SystemClock

_GUEST = "guest="
UNNAMED = "unnamed"


def described(places: Places) -> wire.DescribeResponse:
    """Identity, versions, hardware, pools, and the machines that run here already."""
    report = last_report(places, SystemClock().boottime())
    inventory = Inventory(
        cpu=host_facts.cpu(),
        memory_total_bytes=host_facts.memory_bytes()[0],
        disks=host_facts.disks(),
        nics=host_facts.nics(),
    )
    plain = json.loads(json.dumps(asdict(inventory), default=_plain))
    plain["pools"] = list(report.pools) if report is not None else []
    return wire.DescribeResponse(
        machine_uuid=machine_uuid(places),
        hostname=hostname(),
        node=joined_as(places),
        system=json_format.ParseDict(own_system(), node_pb2.NodeSystem()),
        inventory=json_format.ParseDict(
            plain, node_pb2.NodeInventory(), ignore_unknown_fields=True
        ),
        machines=[wire.DescribeResponse.FoundMachine(name=each) for each in found_machines()],
    )


def joined_as(places: Places) -> str:
    """Name of the node that this host is at a control plane; empty if it is at none."""
    with suppress(OSError, ValueError):
        state = SessionState.from_text(places.session.read_text())
        if places.certificate.exists() and state.phase not in (Phase.LEFT, Phase.UNJOINED):
            return state.node
    return ""


def found_machines() -> list[str]:
    """Names of the guests that run here, as their QEMUs were told."""
    found = []
    for pid in emulators():
        with suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
            found.append(_name(words))
    return sorted(found)


def _name(words: list[str]) -> str:
    for flag, value in pairwise(words):
        if flag == "-name":
            first = value.split(",")[0]
            return first.removeprefix(_GUEST)[:128] or UNNAMED
    return UNNAMED


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"no plain form of {type(value).__name__}")
