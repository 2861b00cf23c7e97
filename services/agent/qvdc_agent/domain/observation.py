"""What the host tells of a machine: its state, judged from what is seen and planned."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from qvdc_agent.domain.machine import MachineUid, Power, WantedMachine
from qvdc_agent.domain.plan import Plan
from qvdc_agent.domain.seen import (
    BaseState,
    DomainPower,
    DomainView,
    Remembered,
    Seen,
    StrangerView,
)
from qvdc_core.state_hash import SeenItem
from qvdc_core.state_hash import state_hash as hash_of

CRASHED = "crashed"
"""The cause of an end that the guest did not choose."""
BY_HAND = "started on the host"
"""The cause of a start that nobody asked this host for."""
ENDED_WITH_HOST = "host"
"""The cause of an end that came with the end of the host's own life."""


class MachineState(Enum):
    """What a machine is doing on this host; the values are words of the contract."""

    PREPARING = "preparing"
    STOPPED = "stopped"
    RUNNING = "running"
    PAUSED = "paused"
    CRASHED = "crashed"
    ABSENT = "absent"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class Problem:
    """What stands in the way; `final` when trying again will not help."""

    reason: str
    message: str
    final: bool = False


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """A domain of which this host holds no wanted state.

    Args:
        name: what the hypervisor calls it.
        marked: it carries our mark: the wanted state was lost.
    """

    name: str
    vcpu_count: int | None = None
    memory_bytes: int | None = None
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """A machine as this host sees it at one moment.

    Args:
        generation: of the wanted state that this host holds.
        settled: that wanted state is reached.
        stage: what the host does now; empty when there is nothing to do.
        guarded: the guardian has the running start: it ends with the host's session.
    """

    state: MachineState
    generation: int
    run_epoch: int
    settled: bool = False
    cause: str = ""
    stage: str = ""
    bytes_done: int | None = None
    bytes_total: int | None = None
    problem: Problem | None = None
    guarded: bool = False
    unmanaged: Unmanaged | None = None


@dataclass(frozen=True, slots=True)
class ObservedMachine:
    """An observation with its place in time.

    Args:
        change_count: counts the changes; of two observations the one with the lower is the older.
        since: when it came into its state.
        observed: when it was last looked at.
    """

    uid: MachineUid
    observation: Observation
    change_count: int
    since: datetime
    observed: datetime


def judge(
    wanted: WantedMachine,
    seen: Seen,
    remembered: Remembered,
    plan: Plan,
    problem: Problem | None,
) -> Observation:
    """Return what is told of a machine that was `seen` and for which `plan` was made."""
    waiting = plan.waiting
    if problem is None and waiting is not None and waiting.reason:
        problem = Problem(waiting.reason, waiting.message, waiting.final)
    stage = plan.steps[0].stage if plan.steps else waiting.stage if waiting is not None else ""
    done, total = _progress(seen) if stage == "pulling" else (None, None)
    return Observation(
        state=_state(wanted, seen, remembered),
        generation=wanted.generation,
        run_epoch=_epoch(wanted, seen.domain, remembered),
        settled=plan.settled,
        cause=_cause(seen, remembered),
        stage=stage,
        bytes_done=done,
        bytes_total=total,
        problem=problem,
    )


def judge_unwanted(domain: DomainView | StrangerView | None) -> Observation:
    """Return what is told of a domain of which this host holds no wanted state: one of ours of
    which it was lost, or one that somebody made on the host."""
    match domain:
        case None:
            return Observation(MachineState.ABSENT, generation=0, run_epoch=0)
        case DomainView():
            return Observation(
                state=_POWERS[domain.power],
                generation=domain.generation,
                run_epoch=domain.run_epoch,
                cause=domain.cause,
                unmanaged=Unmanaged(domain.name, marked=True),
            )
        case StrangerView():
            running = domain.power is DomainPower.RUNNING
            return Observation(
                state=_POWERS[domain.power],
                generation=0,
                run_epoch=0,
                cause=domain.cause or (BY_HAND if running else ""),
                unmanaged=Unmanaged(domain.name, domain.vcpu_count, domain.memory_bytes),
            )


def state_hash(machines: Iterable[ObservedMachine]) -> str:
    """Return what host and owner compare; what is ABSENT counts as not there (HB-3)."""
    return hash_of(
        SeenItem(each.uid, each.observation.state.name, each.change_count)
        for each in machines
        if each.observation.state is not MachineState.ABSENT
    )


def _state(wanted: WantedMachine, seen: Seen, remembered: Remembered) -> MachineState:
    domain = seen.domain
    if domain is None:
        if not wanted.absent:
            return MachineState.PREPARING
        return MachineState.STOPPED if seen.files.anything else MachineState.ABSENT
    shall_run = wanted.power is Power.ON and not wanted.absent
    if domain.power is DomainPower.RUNNING and not shall_run:
        return MachineState.STOPPING
    if domain.power.active:
        return _POWERS[domain.power]
    crashed = domain.power is DomainPower.CRASHED or remembered.ended == CRASHED
    return MachineState.CRASHED if crashed and shall_run else MachineState.STOPPED


def _epoch(wanted: WantedMachine, domain: DomainView | None, remembered: Remembered) -> int:
    """The start that runs or ran last; before the first one, the one that is asked for."""
    if domain is not None and domain.power.active:
        return domain.run_epoch
    if remembered.started_epoch is not None:
        return remembered.started_epoch
    return wanted.run_epoch if wanted.absent else 0


def _cause(seen: Seen, remembered: Remembered) -> str:
    if seen.domain is not None and seen.domain.power.active:
        return seen.domain.cause or (BY_HAND if remembered.by_hand else "")
    if remembered.ended is not None:
        return remembered.ended
    if remembered.started_epoch is not None:
        return ENDED_WITH_HOST
    return seen.domain.cause if seen.domain is not None else ""


def _progress(seen: Seen) -> tuple[int | None, int | None]:
    pulls = [view for view in seen.bases.values() if view.state is not BaseState.READY]
    return sum(view.bytes_done for view in pulls), sum(view.bytes_total for view in pulls)


_POWERS = {
    DomainPower.RUNNING: MachineState.RUNNING,
    DomainPower.PAUSED: MachineState.PAUSED,
    DomainPower.STOPPED: MachineState.STOPPED,
    DomainPower.CRASHED: MachineState.CRASHED,
}
