"""How a cluster stands, and why (CL-6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from qvdc_cluster.domain.settings import HaSettings
from qvdc_cluster.domain.usage import Usage

HIGH_PERCENT = 90
"""Above this share of its capacity a resource is worth a warning."""


class StatusState(Enum):
    """The verdict."""

    HEALTHY = "HEALTHY"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"
    MAINTENANCE = "MAINTENANCE"


@dataclass(frozen=True, slots=True)
class StatusReason:
    """One reason, with numbers for people."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Status:
    """The verdict with all reasons that apply, the decisive one first."""

    state: StatusState
    reasons: tuple[StatusReason, ...]


def judge(ha: HaSettings, usage: Usage) -> Status:
    """Return the status of a cluster with these settings and this usage."""
    nodes = usage.nodes
    if nodes.total == 0:
        return Status(StatusState.HEALTHY, (StatusReason("NO_NODES", "It has no nodes."),))
    if nodes.maintenance == nodes.total:
        why = StatusReason("ALL_IN_MAINTENANCE", f"All {nodes.total} nodes are in maintenance.")
        return Status(StatusState.MAINTENANCE, (why, *_warnings(ha, usage)))
    warnings = tuple(_warnings(ha, usage))
    if nodes.offline * 2 > nodes.total:
        return Status(StatusState.CRITICAL, warnings)
    if warnings:
        return Status(StatusState.WARNING, warnings)
    return Status(StatusState.HEALTHY, ())


def _warnings(ha: HaSettings, usage: Usage) -> Iterator[StatusReason]:
    nodes = usage.nodes
    if nodes.offline:
        yield StatusReason("NODES_OFFLINE", f"{nodes.offline} of {nodes.total} nodes are offline.")
    if nodes.not_ready:
        yield StatusReason(
            "NODES_NOT_READY", f"{nodes.not_ready} of {nodes.total} nodes are not ready."
        )
    resources = {"CPU": usage.cpu_mhz, "memory": usage.memory_bytes, "storage": usage.storage_bytes}
    for name, resource in resources.items():
        percent = resource.used_percent
        if percent is not None and percent > HIGH_PERCENT:
            yield StatusReason(f"{name.upper()}_HIGH", f"{percent:.0f} % of {name} is used.")
    needed = ha.admission.failover_capacity + 1
    if ha.enabled and nodes.online < needed:
        yield StatusReason(
            "HA_TOO_FEW_NODES", f"HA needs {needed} ready nodes, there are {nodes.online}."
        )
