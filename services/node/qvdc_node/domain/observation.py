"""What a beat changes of a node."""

from dataclasses import dataclass, replace
from datetime import datetime

from qvdc_node.domain.inventory import Condition, Pool, Usage, merged_conditions, moved
from qvdc_node.domain.node import Node, Phase
from qvdc_node.domain.phase import Liveness, phase_of
from qvdc_node.domain.session import Incarnate


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the newest acknowledged beat of a host told; `at` is when it was acknowledged."""

    life: Incarnate
    epoch: int
    sequence: int
    usage: Usage | None
    pools: tuple[Pool, ...]
    conditions: tuple[Condition, ...]
    at: datetime
    member_set_version: int = 0

    def same_as(self, other: "Report") -> bool:
        """Return whether `other` told nothing that is worth a row."""
        return (
            self.life == other.life
            and self.epoch == other.epoch
            and self.pools == other.pools
            and self.conditions == other.conditions
            and self.member_set_version == other.member_set_version
            and not moved(self.usage, other.usage)
        )


def observed(node: Node, report: Report) -> Node | None:
    """Return `node` with what `report` changes; None when that is nothing, or it is too old."""
    if (report.epoch, report.sequence) <= (node.session_epoch, node.beat_sequence):
        return None
    seen = node.observed
    conditions = merged_conditions(seen.conditions, report.conditions, report.at)
    inventory = replace(seen.inventory, pools=report.pools or seen.inventory.pools)
    usage = report.usage if moved(seen.usage, report.usage) else seen.usage
    changed = replace(
        node,
        observed=replace(
            seen,
            conditions=conditions,
            inventory=inventory,
            usage=usage,
            boot_id=report.life.boot_id,
            instance=report.life.instance,
        ),
        session_epoch=report.epoch,
        member_set_version=report.member_set_version or node.member_set_version,
    )
    first = node.last_heartbeat_time is None
    alive = replace(changed, last_heartbeat_time=report.at)
    # A beat from before the fence may be written after it; only etcd shows that a fence is gone.
    if node.phase is not Phase.FENCED:
        phase, reason = phase_of(alive.standing, Liveness(session=True), report.at)
        changed = replace(changed, phase=phase, phase_reason=reason)
    if changed == node and not first:
        return None
    return replace(
        changed,
        beat_sequence=report.sequence,
        last_heartbeat_time=report.at,
        observe_time=report.at,
        observed=replace(changed.observed, usage=report.usage or changed.observed.usage),
    )
