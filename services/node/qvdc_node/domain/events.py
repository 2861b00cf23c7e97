"""What is told of nodes (ND-10)."""

from collections.abc import Sequence

from qvdc_core.event import Change, EventDraft, Severity
from qvdc_node.domain.hardware import hardware_diff
from qvdc_node.domain.inventory import Condition, Status, changed_conditions
from qvdc_node.domain.join_token import JoinToken
from qvdc_node.domain.mark import MARKS
from qvdc_node.domain.node import Node, Observed, Phase
from qvdc_node.domain.registration import Outcome, Registered

BAD_WHEN_TRUE = MARKS | {"AgentSilent", "DiskPressure", "MemoryPressure", "KillStuck"}
_GRAVE = frozenset({Phase.OFFLINE, Phase.FENCED, Phase.NOT_READY})


def node_event(
    node: Node,
    kind: str = "",
    text: str = "",
    *,
    actor: str = "",
    change: Change = Change.CHANGED,
    severity: Severity = Severity.INFO,
    details: dict[str, str] | None = None,
) -> EventDraft:
    """Return a draft about `node`; without a kind, Watch alone hears of it."""
    return EventDraft(
        subject=node.name,
        subject_uid=node.uid,
        kind=kind,
        change=change,
        revision=node.revision,
        cluster=node.cluster,
        severity=severity,
        actor=actor,
        text=text,
        details=details or {},
    )


def phase_event(before: Phase, node: Node) -> EventDraft:
    """Return what to tell of a new phase."""
    why = f" ({node.phase_reason})" if node.phase_reason else ""
    return node_event(
        node,
        "PhaseChanged",
        f"{node.name} went from {before.value} to {node.phase.value}{why}.",
        severity=Severity.ERROR if node.phase in _GRAVE else Severity.INFO,
        details={
            "before": before.value,
            "phase": node.phase.value,
            "reason": node.phase_reason,
        },
    )


def _severity(condition: str, status: Status) -> Severity:
    bad = Status.TRUE if condition in BAD_WHEN_TRUE else Status.FALSE
    return Severity.WARNING if status is bad else Severity.INFO


def observation_events(before: Node, node: Node) -> list[EventDraft]:
    """Return what to tell of beats that changed `before` to `node`; never empty."""
    drafts = [
        node_event(
            node,
            "ConditionChanged",
            f"{condition.type} of {node.name} is {condition.status.value}.",
            severity=_severity(condition.type, condition.status),
            details={
                "type": condition.type,
                "status": condition.status.value,
                "reason": condition.reason,
            },
        )
        for condition in changed_conditions(before.observed.conditions, node.observed.conditions)
    ]
    if before.phase is not node.phase:
        drafts.append(phase_event(before.phase, node))
    return drafts or [node_event(node)]


def change_details(before: Observed, now: Observed, fields: Sequence[str]) -> dict[str, str]:
    """Return what changed, before and after, of the fields named."""
    details = {"fields": ",".join(fields)}
    if "hostname" in fields:
        details |= {"hostname_before": before.hostname, "hostname": now.hostname}
    if "addresses" in fields:
        details["addresses_before"] = ",".join(map(str, before.addresses))
        details["addresses"] = ",".join(map(str, now.addresses))
    if hardware := hardware_diff(before.inventory, now.inventory):
        details["hardware"] = "; ".join(hardware)
    return details


def mark_events(before: Node, node: Node) -> list[EventDraft]:
    """Return what to tell of marks that came or went; never empty."""
    old = {mark.type: mark for mark in before.marks}
    new = {mark.type: mark for mark in node.marks}
    came = [kind for kind in new if kind not in old]
    drafts = [_mark_event(node, new[kind], Status.TRUE) for kind in came]
    drafts += [_mark_event(node, old[kind], Status.FALSE) for kind in old if kind not in new]
    return drafts or [node_event(node)]


def _mark_event(node: Node, mark: Condition, status: Status) -> EventDraft:
    return node_event(
        node,
        "ConditionChanged",
        f"{mark.type} of {node.name} is {status.value}.",
        severity=_severity(mark.type, status),
        details={"type": mark.type, "status": status.value, "reason": mark.reason},
    )


def token_event(
    token: JoinToken,
    kind: str,
    change: Change,
    actor: str,
    details: dict[str, str] | None = None,
) -> EventDraft:
    """Return what to tell of a join token; never its secret."""
    return EventDraft(
        subject=token.name,
        subject_uid=token.uid,
        kind=kind,
        change=change,
        revision=token.generation,
        actor=actor,
        text=f"{token.name}: {kind}.",
        details={
            "max_uses": str(token.max_uses),
            "expire_time": token.expire_time.isoformat(),
            **(details or {}),
        },
    )


def registration_events(registered: Registered) -> list[EventDraft]:
    """Return what to tell of a registration; never empty."""
    node, before = registered.node, registered.before
    actor = f"node/{node.uid}"
    if registered.outcome is Outcome.CREATED or before is None:
        return [node_event(node, "NodeJoined", f"{node.name} joined the site.", actor=actor)]
    drafts = []
    if before.session_epoch != node.session_epoch:
        text = f"{node.name} is back with session {node.session_epoch}."
        drafts.append(node_event(node, "NodeReconnected", text, actor=actor))
    if registered.changed_fields:
        fields = ", ".join(registered.changed_fields)
        text = f"{node.name} changed: {fields}."
        details = change_details(before.observed, node.observed, registered.changed_fields)
        drafts.append(node_event(node, "NodeChanged", text, actor=actor, details=details))
    return drafts or [node_event(node)]
