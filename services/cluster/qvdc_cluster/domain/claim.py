"""Capacity held for one machine on one host."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from qvdc_cluster.domain.cluster import ClusterUid, NodeUid
from qvdc_cluster.domain.placement import Decision, Demand, Obstacle
from qvdc_core.errors import Kind, Refusal

RETRY_NO_PLACEMENT = timedelta(seconds=5)
FIRST_VERDICTS = 20
"""Verdicts named in a refusal."""


@dataclass(frozen=True, slots=True)
class PlacementPlan:
    """A decision with how old the knowledge was that it rests on.

    Args:
        age: of the oldest projection used; None when one was never heard.
        stale: older than three heartbeats.
    """

    decision: Decision
    age: timedelta | None
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What is promised to one machine; one claim a machine, whatever is retried.

    Args:
        vm_uid: whose it is.
        vm: the machine's name.
        pool: where its disks are promised; "" when it has none.
        generation: tells claims of one machine apart, rising.
    """

    vm_uid: str
    vm: str
    cluster_uid: ClusterUid
    node: str
    node_uid: NodeUid
    demand: Demand
    pool: str
    generation: int
    create_time: datetime
    plan: PlacementPlan


class NoPlacement(Refusal):
    """No host can take the machine; the facts carry a verdict a host."""

    kind = Kind.EXHAUSTED
    reason = "NO_PLACEMENT"

    def __init__(self, demand: Demand, decision: Decision) -> None:
        verdicts = {
            verdict.node: _told(verdict.obstacles) for verdict in decision.verdicts[:FIRST_VERDICTS]
        }
        considered = len(decision.verdicts)
        why = "; ".join(f"{node}: {text}" for node, text in verdicts.items())
        super().__init__(
            f"None of the {considered} hosts of {demand.cluster} can take"
            f" {demand.vcpu_count} vCPUs and {demand.memory_bytes} bytes of memory."
            + (f" {why}." if why else ""),
            retry_after=RETRY_NO_PLACEMENT,
            hosts_considered=considered,
            vcpu_count=demand.vcpu_count,
            memory_bytes=demand.memory_bytes,
        )
        self.facts |= verdicts


def _told(obstacles: tuple[Obstacle, ...]) -> str:
    return ", ".join(obstacle.message for obstacle in obstacles)
