"""What a host's report means against what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from qvdc_vm.domain import records
from qvdc_vm.domain.observation import (
    Conflict,
    ConflictKind,
    Observed,
    ObservedState,
    Sighting,
    missing_from_report,
)
from qvdc_vm.domain.state import State
from qvdc_vm.domain.values import HostUid, MachineUid
from qvdc_vm.domain.virtual_machine import VirtualMachine, settle


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one host tells of its machines.

    Args:
        full: what it does not name is not there.
        state_hash: of all that the host has, named or not; "" for not told.
    """

    host: HostUid
    boot_id: str
    sightings: tuple[Sighting, ...]
    full: bool
    state_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a full report came to: named and known, named and not known, known and not named."""

    reconciled: int
    discovered: int
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The owner's view of a report; `outcome` of a full one."""

    state_hash: str
    request_full: bool
    conflicts: tuple[Conflict, ...]
    outcome: Outcome | None = None


def heard(
    machine: VirtualMachine | None, sighting: Sighting, host: HostUid, now: datetime
) -> tuple[VirtualMachine | None, Conflict | None]:
    """Return the machine as it is after `sighting`, and where host and owner differ.

    Only its own host's word changes a machine; no word changes what is wanted.
    """
    seen = sighting.observed
    there = seen.state is not ObservedState.ABSENT
    if machine is None or machine.terminate_time is not None:
        kind = ConflictKind.MISSING_IN_INVENTORY if there else None
        return machine, _conflict(sighting.uid, kind)
    if machine.node_uid != host:
        return machine, _conflict(sighting.uid, ConflictKind.WRONG_NODE if there else None)
    after = settle(records.observed_as(machine, seen), now)
    return after, _conflict(sighting.uid, _difference(after, seen))


def unheard(machine: VirtualMachine, now: datetime) -> tuple[VirtualMachine, Conflict | None]:
    """Return `machine` as it is after its host's full report did not name it."""
    known = machine.observed
    if known is None or known.state is ObservedState.ABSENT:
        return machine, None
    after = settle(replace(machine, observed=missing_from_report(known, now), doubtful=False), now)
    return after, Conflict(machine.uid, ConflictKind.MISSING_ON_NODE)


def outcome_of(report: Report, conflicts: Sequence[Conflict]) -> Outcome:
    """Count what a full report came to."""
    unknown = (ConflictKind.MISSING_IN_INVENTORY, ConflictKind.WRONG_NODE)
    discovered = sum(each.kind in unknown for each in conflicts)
    there = sum(each.observed.state is not ObservedState.ABSENT for each in report.sightings)
    return Outcome(
        reconciled=there - discovered,
        discovered=discovered,
        lost=sum(each.kind is ConflictKind.MISSING_ON_NODE for each in conflicts),
    )


def difference(machine: VirtualMachine) -> ConflictKind | None:
    """How the record of `machine` differs from what its own host told last, None if it does not.

    While an operation is under way, differences are what it is about.
    """
    seen = machine.observed
    if seen is None or machine.work is not None or machine.terminate_time is not None:
        return None
    if machine.provisioned and seen.state is ObservedState.ABSENT:
        return ConflictKind.MISSING_ON_NODE
    if seen.state.up and seen.run_epoch < machine.run_epoch:
        return ConflictKind.STALE_EPOCH
    if machine.provisioned and not machine.held:
        return ConflictKind.STATE_MISMATCH
    return None


def conflict_kind(before: VirtualMachine, after: VirtualMachine) -> str:
    """The kind of event by which a new conflict is told, "" for none: a lost machine is told by its
    state, and one that holds something older is told anew all the time."""
    stale = ConflictKind.STALE_EPOCH
    return (
        "StaleEpochRuns" if difference(after) is stale and difference(before) is not stale else ""
    )


def _difference(machine: VirtualMachine, seen: Observed) -> ConflictKind | None:
    if seen.state.up and seen.run_epoch < machine.run_epoch and machine.work is None:
        return ConflictKind.STALE_EPOCH
    if machine.work is None and machine.state in (State.LOST, State.UNKNOWN):
        return ConflictKind.STATE_MISMATCH
    if machine.work is None and machine.provisioned and not machine.held:
        return ConflictKind.STATE_MISMATCH
    return None


def _conflict(uid: MachineUid, kind: ConflictKind | None) -> Conflict | None:
    return Conflict(uid, kind) if kind is not None else None
