"""Machines that hosts have and that no record here accounts for: seen, never touched."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from qvdc_core.event import EventDraft, Severity
from qvdc_vm.domain.observation import Domain, Observed, ObservedState, Sighting
from qvdc_vm.domain.state import State
from qvdc_vm.domain.values import HostUid, MachineUid
from qvdc_vm.domain.virtual_machine import STALE_AFTER, VirtualMachine


class Origin(Enum):
    """Why a host has a machine that it should not."""

    FOREIGN = "FOREIGN"
    """Somebody made it on the host."""
    LEFT_BEHIND = "LEFT_BEHIND"
    """It is marked as ours, and no record has its uid (any more)."""
    WRONG_NODE = "WRONG_NODE"
    """It is a managed machine on a host that is not its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmanagedMachine:
    """One domain on one host.

    Args:
        host_name: of the node; "" while the node service has not told of it.
        machine: name of the managed machine with this uid, "" for none.
        host_alive: the host has a session; read with it, never written, as the next.
        host_report_time: when the host last told anything.
    """

    uid: MachineUid
    host: HostUid
    origin: Origin
    observed: Observed
    domain: Domain
    machine: str = ""
    host_name: str = ""
    host_alive: bool = False
    host_report_time: datetime | None = None

    @property
    def state(self) -> State:
        """What it is doing, in the words of machines."""
        return _STATES[self.observed.state]

    def stale(self, now: datetime) -> bool:
        """Whether its host did not confirm it for three reporting intervals (GEN-13)."""
        told = self.host_report_time
        return not self.host_alive or told is None or now - told > STALE_AFTER


def unaccounted(
    machine: VirtualMachine | None, sighting: Sighting, host: HostUid
) -> UnmanagedMachine | None:
    """What `sighting` on `host` is if no record accounts for it; None if one does, or nothing is
    there. `machine` is the record with its uid."""
    if sighting.observed.state is ObservedState.ABSENT:
        return None
    gone = machine is None or machine.terminate_time is not None
    if machine is not None and not gone and machine.node_uid == host:
        return None
    domain = sighting.domain or Domain(name="", marked=True)
    origin = Origin.LEFT_BEHIND if domain.marked else Origin.FOREIGN
    return UnmanagedMachine(
        uid=sighting.uid,
        host=host,
        origin=origin if gone or machine is None else Origin.WRONG_NODE,
        observed=sighting.observed,
        domain=domain,
        machine="" if gone or machine is None else machine.name,
    )


def newer(known: UnmanagedMachine | None, seen: UnmanagedMachine) -> bool:
    """Whether `seen` says anything that `known` does not; late news does not."""
    if known is None:
        return True
    if seen.observed.older_than(known.observed):
        return False
    same_time = replace(seen.observed, observe_time=known.observed.observe_time)
    told = (seen.origin, seen.domain, seen.machine, same_time)
    return told != (known.origin, known.domain, known.machine, known.observed)


def unmanaged_event(
    node: str, before: UnmanagedMachine | None, after: UnmanagedMachine | None
) -> EventDraft | None:
    """What to tell of a machine that came, changed its state, or went; of the managed machine if
    there is one with its uid, else of the node."""
    shown = after or before
    if shown is None or not node:
        return None
    if before is not None and after is not None and before.state is after.state:
        return None
    kind = "Gone" if after is None else "Found" if before is None else "Changed"
    called = shown.domain.name or shown.uid
    what = "is gone" if after is None else f"is {shown.state.value}"
    cause = f" ({shown.observed.cause})" if after is not None and shown.observed.cause else ""
    return EventDraft(
        subject=shown.machine or node,
        subject_uid=shown.uid if shown.machine else shown.host,
        kind=f"UnmanagedMachine{kind}",
        severity=Severity.INFO if after is None else Severity.WARNING,
        actor=f"node/{shown.host}",
        text=f"The unmanaged machine {called} on {node} {what}{cause}.",
        details={
            "uid": shown.uid,
            "domain": shown.domain.name,
            "node": node,
            "origin": shown.origin.value,
            "state": "" if after is None else shown.state.value,
            "cause": shown.observed.cause,
        },
    )


_STATES = {
    ObservedState.PREPARING: State.PROVISIONING,
    ObservedState.STOPPED: State.STOPPED,
    ObservedState.RUNNING: State.RUNNING,
    ObservedState.PAUSED: State.PAUSED,
    ObservedState.CRASHED: State.CRASHED,
    ObservedState.ABSENT: State.LOST,
    ObservedState.STOPPING: State.STOPPING,
}
