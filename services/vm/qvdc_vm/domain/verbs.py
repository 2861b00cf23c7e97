"""Annex A: which verb is allowed in which state, and what it changes in what is wanted."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from qvdc_vm.domain.refusals import Busy, DeleteProtected, InvalidPowerState
from qvdc_vm.domain.state import State, Verb
from qvdc_vm.domain.values import PowerWish
from qvdc_vm.domain.virtual_machine import VirtualMachine, Work

DEFAULT_GRACE = timedelta(seconds=120)
MIN_GRACE = timedelta(seconds=10)
MAX_GRACE = timedelta(seconds=3600)
"""How long a guest may take to shut down (annex A)."""

_ALLOWED: dict[Verb, frozenset[State]] = {
    Verb.CREATE: frozenset(),
    Verb.START: frozenset({State.STOPPED, State.CRASHED, State.SUSPENDED, State.ERROR}),
    Verb.SHUTDOWN: frozenset({State.RUNNING}),
    Verb.POWER_OFF: frozenset(
        {
            State.RUNNING,
            State.PAUSED,
            State.STARTING,
            State.STOPPING,
            State.CRASHED,
            State.UNKNOWN,
        }
    ),
    Verb.DELETE: frozenset({State.STOPPED, State.CRASHED, State.LOST, State.ERROR, State.PENDING}),
}
_GOAL: dict[Verb, State | None] = {
    Verb.CREATE: None,
    Verb.START: State.RUNNING,
    Verb.SHUTDOWN: State.STOPPED,
    Verb.POWER_OFF: State.STOPPED,
    Verb.DELETE: State.TERMINATED,
}
_INTERRUPTS: dict[Verb, frozenset[Verb]] = {
    Verb.CREATE: frozenset(),
    Verb.START: frozenset(),
    Verb.SHUTDOWN: frozenset(),
    Verb.POWER_OFF: frozenset({Verb.START, Verb.SHUTDOWN, Verb.CREATE}),
    Verb.DELETE: frozenset({Verb.START, Verb.SHUTDOWN, Verb.CREATE, Verb.POWER_OFF}),
}
"""The work that a verb may take the machine away from, in the states where it is allowed."""


@dataclass(frozen=True, slots=True)
class Admission:
    """A verb that may go ahead.

    Args:
        goal_holds: there is nothing to do.
        interrupts: id of the operation that ends by this one; "" for none.
    """

    goal_holds: bool = False
    interrupts: str = ""


def admit(machine: VirtualMachine, verb: Verb, *, force: bool = False) -> Admission:
    """Say whether `verb` may begin on `machine` now.

    Args:
        force: with DELETE, in any state.

    Raises:
        DeleteProtected: it may not be deleted at all.
        Busy: an operation runs that this verb does not interrupt.
        InvalidPowerState: the state does not allow it.
    """
    if verb is Verb.DELETE and machine.delete_protection:
        raise DeleteProtected(machine.name)
    work = machine.work
    if work is None and machine.state is _GOAL[verb]:
        return Admission(goal_holds=True)
    allowed = machine.state in _ALLOWED[verb] or (verb is Verb.DELETE and force)
    if work is not None and (not allowed or work.verb not in _INTERRUPTS[verb]):
        raise Busy(machine.name, work.operation)
    if not allowed:
        raise InvalidPowerState(machine.name, machine.state, verb)
    return Admission(interrupts=work.operation if work is not None else "")


def starting(
    machine: VirtualMachine, *, operation: str, now: datetime, within: timedelta
) -> VirtualMachine:
    """`machine` with the wish to run under a new run epoch.

    One that never came into being (ERROR) is made from the beginning.
    """
    work = Work(verb=Verb.START, operation=operation, start_time=now, deadline=now + within)
    return replace(
        machine,
        work=work,
        power_wish=PowerWish.ON,
        run_epoch=machine.run_epoch + 1,
        generation=machine.generation + 1,
        host_generation=machine.host_generation + 1,
        removing=False,
        released=frozenset(),
    )


def shutting_down(
    machine: VirtualMachine,
    *,
    operation: str,
    now: datetime,
    grace: timedelta,
    power_off_after_grace: bool,
) -> VirtualMachine:
    """`machine` with the wish that its guest goes down by itself within `grace`."""
    work = Work(
        verb=Verb.SHUTDOWN,
        operation=operation,
        start_time=now,
        grace_deadline=now + grace,
        power_off_after_grace=power_off_after_grace,
    )
    return _stopping(machine, work)


def powering_off(machine: VirtualMachine, *, operation: str, now: datetime) -> VirtualMachine:
    """`machine` with the wish that its power is cut; one never seen made is taken off its host."""
    work = Work(verb=Verb.POWER_OFF, operation=operation, start_time=now)
    return replace(_stopping(machine, work), removing=not machine.provisioned, released=frozenset())


def deleting(machine: VirtualMachine, *, operation: str, now: datetime) -> VirtualMachine:
    """`machine` with the wish that nothing of it is left.

    If it runs, its power is cut first and seen to be.
    """
    return _stopping(machine, Work(verb=Verb.DELETE, operation=operation, start_time=now))


def _stopping(machine: VirtualMachine, work: Work) -> VirtualMachine:
    return replace(
        machine,
        work=work,
        power_wish=PowerWish.OFF,
        generation=machine.generation + 1,
        host_generation=machine.host_generation + 1,
    )
