"""The events that a change of a machine is told by."""

from qvdc_core.event import Change, EventDraft, Severity
from qvdc_vm.domain.state import State
from qvdc_vm.domain.virtual_machine import VirtualMachine

_KIND = {
    State.PENDING: "VirtualMachineCreated",
    State.PROVISIONING: "VirtualMachineProvisioning",
    State.STOPPED: "VirtualMachineStopped",
    State.STARTING: "VirtualMachineStarting",
    State.RUNNING: "VirtualMachineStarted",
    State.PAUSED: "VirtualMachinePaused",
    State.SUSPENDED: "VirtualMachineSuspended",
    State.STOPPING: "VirtualMachineStopping",
    State.MIGRATING: "VirtualMachineMigrating",
    State.CRASHED: "VirtualMachineCrashed",
    State.LOST: "VirtualMachineLost",
    State.UNKNOWN: "VirtualMachineUnknown",
    State.ERROR: "VirtualMachineFailed",
    State.DELETING: "VirtualMachineDeleting",
    State.TERMINATED: "VirtualMachineDeleted",
}
_SEVERITY = {
    State.CRASHED: Severity.ERROR,
    State.LOST: Severity.CRITICAL,
    State.ERROR: Severity.ERROR,
    State.UNKNOWN: Severity.WARNING,
}

_SEVERITY_OF_KIND = {"StaleEpochRuns": Severity.ERROR}


def told(
    before: VirtualMachine | None, after: VirtualMachine, *, actor: str, kind: str = ""
) -> EventDraft:
    """The event of a stored change: one of the state if that changed, else `kind`.

    Without either, watchers see the change and nobody reads about it. `after` is as stored, with
    its new revision. Secrets are no part of a machine, so none can be told.
    """
    state_changed = before is None or before.state is not after.state
    told_kind = _KIND[after.state] if state_changed else kind
    gone = after.state is State.TERMINATED
    return EventDraft(
        subject=after.name,
        subject_uid=after.uid,
        kind=told_kind,
        change=Change.DELETED if gone else Change.CHANGED,
        revision=after.revision,
        cluster=after.spec.cluster,
        severity=_severity(after, told_kind, state_changed=state_changed),
        actor=actor,
        operation=_operation(before, after),
        text=_text(after, told_kind),
        details=_details(before, after),
    )


def _severity(after: VirtualMachine, kind: str, *, state_changed: bool) -> Severity:
    if state_changed:
        return _SEVERITY.get(after.state, Severity.INFO)
    return _SEVERITY_OF_KIND.get(kind, Severity.INFO)


def _operation(before: VirtualMachine | None, after: VirtualMachine) -> str:
    work = after.work or (before.work if before is not None else None)
    return f"operations/{work.operation}" if work is not None else ""


def _text(after: VirtualMachine, kind: str) -> str:
    if not kind:
        return ""
    if kind == "StaleEpochRuns":
        return f"{after.node} runs an older start of {after.name} than {after.run_epoch}."
    why = f": {after.state_message}" if after.state_message else ""
    return f"{after.name} is {after.state.value}{why}."


def _details(before: VirtualMachine | None, after: VirtualMachine) -> dict[str, str]:
    facts = {
        "state": after.state.value,
        "previous_state": before.state.value if before is not None else "",
        "node": after.node or (before.node if before is not None else ""),
        "cause": after.observed.cause if after.observed is not None else "",
        "run_epoch": str(after.run_epoch),
    }
    return {name: value for name, value in facts.items() if value}
