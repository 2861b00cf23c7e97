"""The machine loop's planner: what is the next step towards what is wanted.

Pure and total: the same machine, host and time always give the same step, and every step may be
done again, so that whoever takes over after a crash goes on from what was stored.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from qvdc_core.operation import OperationFailure
from qvdc_vm.domain.observation import ENDED_WITH_HOST, Observed, ObservedState
from qvdc_vm.domain.refusals import (
    DiskSmallerThanImage,
    GuestIgnoredShutdown,
    HostProblem,
    MachineLost,
    NotDoneInTime,
)
from qvdc_vm.domain.state import Verb
from qvdc_vm.domain.values import PowerWish
from qvdc_vm.domain.virtual_machine import Released, VirtualMachine, Work

SWEEP_AFTER = timedelta(seconds=60)
"""After this long nothing sent for a deleted machine is under way; what came late is released."""


class Host(Enum):
    """What is known of a machine's host."""

    UP = "UP"
    DOWN = "DOWN"
    """It does not answer, or was never heard of."""
    REMOVED = "REMOVED"
    """It was taken out of the inventory for good."""


@dataclass(frozen=True, slots=True)
class ClaimPlacement:
    """Ask the cluster for a host and its capacity."""


@dataclass(frozen=True, slots=True)
class ClaimImage:
    """Hold an image, by name, and learn what its bytes are."""

    image: str


@dataclass(frozen=True, slots=True)
class ClaimPool:
    """Hold room for a disk in its storage pool."""

    disk_id: str


@dataclass(frozen=True, slots=True)
class CreatePort:
    """Make the port of the network card at `position`."""

    position: int


@dataclass(frozen=True, slots=True)
class Protect:
    """What its host shall hold of its protection is no longer what is wanted."""


@dataclass(frozen=True, slots=True)
class Restart:
    """A protected machine died with its host, which is back: start it there, as a new start."""


@dataclass(frozen=True, slots=True)
class Apply:
    """Tell the host what it shall hold."""


@dataclass(frozen=True, slots=True)
class Observe:
    """Ask the host what it sees."""


@dataclass(frozen=True, slots=True)
class CutPower:
    """The grace is over: no longer ask the guest."""


@dataclass(frozen=True, slots=True)
class Undo:
    """Begin to take back what was done, because the work fails for `failure`."""

    failure: OperationFailure


@dataclass(frozen=True, slots=True)
class BeginRemoval:
    """The machine is seen down: from now on nothing of it shall be left on the host."""


@dataclass(frozen=True, slots=True)
class Release:
    """Give something back."""

    what: Released


@dataclass(frozen=True, slots=True)
class Finish:
    """The goal is observed: end the operation well."""


@dataclass(frozen=True, slots=True)
class Fail:
    """End the operation with `failure`."""

    failure: OperationFailure


@dataclass(frozen=True, slots=True)
class Terminate:
    """Nothing is left: end the deletion."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Release everything once more, for what came late."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before something is observed; `stage` and `message` tell on what it hangs."""

    stage: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Rest:
    """The machine is as wanted."""


Step = (
    ClaimPlacement
    | ClaimImage
    | ClaimPool
    | CreatePort
    | Protect
    | Restart
    | Apply
    | Observe
    | CutPower
    | Undo
    | BeginRemoval
    | Release
    | Finish
    | Fail
    | Terminate
    | Sweep
    | Wait
    | Rest
)


def next_step(machine: VirtualMachine, host: Host, now: datetime) -> Step:
    """Return what to do next for `machine`, whose host is as `host` says."""
    if machine.terminate_time is not None:
        due = not machine.swept and now - machine.terminate_time >= SWEEP_AFTER
        return Sweep() if due else Rest()
    if not machine.removing and machine.protection != machine.due_protection:
        return Protect()
    if machine.doubtful and machine.node_uid is not None and host is Host.UP:
        return Observe()
    work = machine.work
    if work is None:
        return _at_rest(machine, host)
    if work.failing is not None:
        return _undoing(machine, host, work.failing)
    match work.verb:
        case Verb.CREATE | Verb.START:
            return _towards_made(machine, work, host, now)
        case Verb.SHUTDOWN:
            return _towards_shut_down(machine, work, host, now)
        case Verb.POWER_OFF:
            return _towards_off(machine, host)
        case Verb.DELETE:
            return _towards_deleted(machine, host)


def _at_rest(machine: VirtualMachine, host: Host) -> Step:
    if machine.removing:
        step = _removal(machine, host)
        return Rest() if step is None or isinstance(step, Wait) else step
    seen = machine.observed
    if host is Host.UP and died_with_its_host(machine):
        return Restart()
    repeat = machine.provisioned and seen is not None and seen.state.defined and not machine.held
    return Apply() if repeat and host is Host.UP else Rest()


def died_with_its_host(machine: VirtualMachine) -> bool:
    """Whether a protected machine shall run and does not, by no doing of its guest.

    Its end came with that of its host, or the current start was never made: a confession raised the
    run epoch of a machine that was dead by then.
    """
    seen = machine.observed
    if seen is None or machine.power_wish is not PowerWish.ON or not machine.protection.protected:
        return False
    if not machine.provisioned or seen.state not in (ObservedState.STOPPED, ObservedState.CRASHED):
        return False
    return seen.run_epoch < machine.run_epoch or seen.cause == ENDED_WITH_HOST


def _towards_made(machine: VirtualMachine, work: Work, host: Host, now: datetime) -> Step:
    seen = machine.observed
    if (ending := _hopeless(machine, seen)) is not None:
        return ending
    if machine.held and seen is not None and seen.settled and seen.state.defined:
        return Finish()
    missing = _missing(machine)
    if work.deadline is not None and now >= work.deadline:
        failure = OperationFailure.of(NotDoneInTime(machine.name, _hangs_on(machine, host)))
        reachable = host is Host.UP or machine.node_uid is None
        return Undo(failure) if reachable else Fail(failure)
    if missing is not None:
        return missing
    if host is not Host.UP:
        return Wait("host", f"{machine.node} does not answer")
    return _waiting(seen) if machine.held else Apply()


def _missing(machine: VirtualMachine) -> Step | None:
    if machine.provisioned:
        return None
    if machine.node_uid is None:
        return ClaimPlacement()
    for disk in machine.spec.disks:
        if disk.image and disk.base is None:
            return ClaimImage(disk.image)
        if disk.base is not None and disk.effective_size_bytes < disk.base.virtual_size_bytes:
            needed = disk.base.virtual_size_bytes
            why = DiskSmallerThanImage(machine.name, disk.disk_id, disk.size_bytes, needed)
            return Undo(OperationFailure.of(why))
        if disk.pooled and disk.pool_uid is None:
            return ClaimPool(disk.disk_id)
    for position, nic in enumerate(machine.spec.nics):
        if nic.port is None:
            return CreatePort(position)
    return None


def _hopeless(machine: VirtualMachine, seen: Observed | None) -> Step | None:
    if seen is None:
        return None
    if machine.provisioned and seen.state is ObservedState.ABSENT:
        return Fail(OperationFailure.of(MachineLost(machine.name, machine.node)))
    if machine.held and seen.problem is not None and seen.problem.final:
        problem = seen.problem
        why = HostProblem(machine.name, machine.node, problem.reason, problem.message)
        return Undo(OperationFailure.of(why))
    return None


def _towards_shut_down(machine: VirtualMachine, work: Work, host: Host, now: datetime) -> Step:
    seen = machine.observed
    if seen is not None and seen.state.down and not machine.doubtful:
        return Finish()
    if host is not Host.UP:
        return Wait("host", f"{machine.node} does not answer")
    if not machine.held:
        return Apply()
    if work.grace_deadline is not None and now >= work.grace_deadline and not work.cut:
        if work.power_off_after_grace:
            return CutPower()
        waited = work.grace_deadline - work.start_time
        return Fail(OperationFailure.of(GuestIgnoredShutdown(machine.name, waited)))
    return _waiting(seen)


def _towards_off(machine: VirtualMachine, host: Host) -> Step:
    if machine.removing:
        return _removal(machine, host) or Finish()
    seen = machine.observed
    if seen is not None and not machine.doubtful:
        if seen.state is ObservedState.ABSENT:
            return Finish()
        if machine.held and seen.settled and seen.state.down:
            return Finish()
    if host is Host.REMOVED:
        return Finish()
    if host is not Host.UP:
        return Wait("host", f"{machine.node} does not answer; the power is cut when it returns")
    if not machine.held:
        return Apply()
    return _waiting(seen)


def _towards_deleted(machine: VirtualMachine, host: Host) -> Step:
    if not machine.removing:
        seen = machine.observed
        runs = seen is not None and seen.state.up
        if runs and machine.node_uid is not None and host is not Host.REMOVED:
            return _cutting(machine, seen, host)
        return BeginRemoval()
    return _removal(machine, host) or Terminate()


def _cutting(machine: VirtualMachine, seen: Observed | None, host: Host) -> Step:
    if host is not Host.UP:
        return Wait("host", f"{machine.node} does not answer; it is deleted when it returns")
    return _waiting(seen) if machine.held else Apply()


def _undoing(machine: VirtualMachine, host: Host, failure: OperationFailure) -> Step:
    if machine.removing:
        step = _removal(machine, host)
        stuck = isinstance(step, Wait) and (host is not Host.UP or _blocked(machine))
        return Fail(failure) if step is None or stuck else step
    if host is not Host.UP:
        return Fail(failure)
    if not machine.held:
        return Apply()
    seen = machine.observed
    down = seen is not None and (seen.settled or seen.state.down or seen.problem is not None)
    return Fail(failure) if down else _waiting(seen)


def _blocked(machine: VirtualMachine) -> bool:
    """Whether the host says that it can do no more: it goes on by itself when it can."""
    seen = machine.observed
    return machine.held and seen is not None and seen.problem is not None and seen.problem.final


def _removal(machine: VirtualMachine, host: Host) -> Step | None:
    there = machine.node_uid is not None and host is not Host.REMOVED
    if there and not machine.gone_from_host:
        if host is not Host.UP:
            return Wait("host", f"{machine.node} does not answer; it is deleted when it returns")
        return _waiting(machine.observed) if machine.held else Apply()
    for what in (Released.PORTS, Released.IMAGES, Released.POOLS, Released.PLACEMENT):
        if what not in machine.released:
            return Release(what)
    return None


def _waiting(seen: Observed | None) -> Wait:
    if seen is None:
        return Wait("applying")
    return Wait(seen.stage or "settling", seen.problem.message if seen.problem else "")


def _hangs_on(machine: VirtualMachine, host: Host) -> str:
    if machine.node_uid is None:
        return "a placement"
    if host is not Host.UP:
        return f"{machine.node} to answer"
    waiting = _waiting(machine.observed)
    return f"{waiting.stage} ({waiting.message})" if waiting.message else waiting.stage
