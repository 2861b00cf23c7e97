"""The phase of a node: a function of intent, session and conditions (ND-5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from qvdc_node.domain.inventory import Condition, Status
from qvdc_node.domain.mark import HOST_LEFT, HOST_POWER, has_mark
from qvdc_node.domain.node import Mode, Phase, Standing

NEVER_REPORTED_AFTER = timedelta(seconds=300)
IDENTITY_PROPOSED = "IDENTITY_PROPOSED"
INVENTORY_MISSING = "INVENTORY_MISSING"
NEEDED_CONDITIONS = ("HypervisorReady", "NetworkReady", "StorageReady")


@dataclass(frozen=True, slots=True)
class Liveness:
    """What etcd shows of a node; `fenced` is the incident, "" for none."""

    session: bool
    fenced: str = ""


@dataclass(frozen=True, slots=True)
class OpenFences:
    """The fences that stood in etcd at `revision`: uid -> incident."""

    revision: int
    incidents: Mapping[str, str]


def phase_of(node: Standing, live: Liveness, now: datetime) -> tuple[Phase, str]:
    """Return the phase of `node` and the reason for it, "" when all is well."""
    if live.fenced:
        return Phase.FENCED, live.fenced
    if node.proposal and live.session:
        return Phase.PENDING, IDENTITY_PROPOSED
    if (absent := _absent(node, live, now)) is not None:
        return absent
    if has_mark(node.marks, HOST_POWER):
        return Phase.NOT_READY, "HOST_POWER"
    if node.draining:
        return Phase.DRAINING, ""
    if node.mode is Mode.MAINTENANCE:
        return Phase.MAINTENANCE, ""
    if missing := _missing(node.conditions):
        return Phase.NOT_READY, missing
    if not node.inventoried:
        return Phase.PENDING, INVENTORY_MISSING
    return Phase.READY, ""


def _absent(node: Standing, live: Liveness, now: datetime) -> tuple[Phase, str] | None:
    if not live.session and has_mark(node.marks, HOST_LEFT):
        return Phase.OFFLINE, "LEFT"
    if node.last_heartbeat_time is None:
        if now - node.register_time >= NEVER_REPORTED_AFTER:
            return Phase.OFFLINE, "NEVER_REPORTED"
        return Phase.PENDING, ""
    if not live.session:
        return Phase.OFFLINE, "SESSION_LOST"
    return None


def _missing(conditions: Iterable[Condition]) -> str:
    status = {condition.type: condition.status for condition in conditions}
    failing = (Status.FALSE, Status.UNKNOWN)
    return next((kind for kind in NEEDED_CONDITIONS if status.get(kind) in failing), "")
