"""Annex A: which verb is allowed in which state."""

from dataclasses import replace
from datetime import timedelta

import pytest

from qvdc_core.errors import EtagMismatch, Refusal
from qvdc_vm.domain.observation import ObservedState
from qvdc_vm.domain.refusals import Busy, DeleteProtected, InvalidPowerState
from qvdc_vm.domain.state import HostPower, State, Verb
from qvdc_vm.domain.values import PowerWish
from qvdc_vm.domain.verbs import (
    Admission,
    admit,
    deleting,
    powering_off,
    shutting_down,
    starting,
)
from qvdc_vm.domain.virtual_machine import Work, host_power, settle
from tests.vm_testing.builders import NOW, WITHIN, a_machine, a_new_machine

START, SHUTDOWN, POWER_OFF, DELETE = Verb.START, Verb.SHUTDOWN, Verb.POWER_OFF, Verb.DELETE

ALLOWED = {
    State.STOPPED: {START, DELETE},
    State.CRASHED: {START, POWER_OFF, DELETE},
    State.SUSPENDED: {START},
    State.ERROR: {START, DELETE},
    State.RUNNING: {SHUTDOWN, POWER_OFF},
    State.PAUSED: {POWER_OFF},
    State.STARTING: {POWER_OFF},
    State.STOPPING: {POWER_OFF},
    State.UNKNOWN: {POWER_OFF},
    State.LOST: {DELETE},
    State.PENDING: {DELETE},
}
GOALS = {(START, State.RUNNING), (SHUTDOWN, State.STOPPED), (POWER_OFF, State.STOPPED)}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("verb", [START, SHUTDOWN, POWER_OFF, DELETE])
def test_annex_a_row_by_row(state: State, verb: Verb) -> None:
    machine = replace(a_machine(), state=state)
    if (verb, state) in GOALS or (verb, state) == (DELETE, State.TERMINATED):
        assert admit(machine, verb) == Admission(goal_holds=True)
    elif verb in ALLOWED.get(state, set()):
        assert admit(machine, verb) == Admission()
    else:
        with pytest.raises(InvalidPowerState) as refused:
            admit(machine, verb)
        assert refused.value.facts == {
            "vm": "vms/web-1",
            "state": state.value,
            "verb": verb.value,
        }


@pytest.mark.parametrize("state", [state for state in State if state is not State.TERMINATED])
def test_force_deletes_in_any_state(state: State) -> None:
    assert admit(replace(a_machine(), state=state), DELETE, force=True) == Admission()


def test_a_running_operation_makes_others_wait_but_yields_to_power_off_and_force() -> None:
    stopped = a_machine(ObservedState.STOPPED)
    machine = settle(starting(stopped, operation="vm-1", now=NOW, within=WITHIN), NOW)

    assert machine.state is State.STARTING
    for verb in (START, SHUTDOWN, DELETE):
        with pytest.raises(Busy) as refused:
            admit(machine, verb)
        assert refused.value.facts["operation"] == "operations/vm-1"
    assert admit(machine, POWER_OFF).interrupts == "vm-1"
    assert admit(machine, DELETE, force=True).interrupts == "vm-1"


def test_a_deletion_yields_to_nothing() -> None:
    machine = settle(deleting(a_machine(), operation="vm-1", now=NOW), NOW)
    for verb in (START, SHUTDOWN, POWER_OFF, DELETE):
        with pytest.raises(Busy):
            admit(machine, verb, force=True)


def test_protection_refuses_deletion_by_force_too() -> None:
    machine = replace(a_machine(ObservedState.STOPPED), delete_protection=True)
    with pytest.raises(DeleteProtected):
        admit(machine, DELETE, force=True)


def test_each_start_has_a_run_epoch_of_its_own() -> None:
    stopped = a_machine(ObservedState.STOPPED)
    machine = starting(stopped, operation="vm-1", now=NOW, within=WITHIN)

    assert machine.run_epoch == stopped.run_epoch + 1
    assert machine.host_generation == stopped.host_generation + 1
    assert machine.power_wish is PowerWish.ON
    assert host_power(machine) is HostPower.ON


def test_what_hosts_are_told_follows_the_work() -> None:
    machine = a_machine()
    shutdown = shutting_down(
        machine,
        operation="vm-1",
        now=NOW,
        grace=timedelta(seconds=10),
        power_off_after_grace=True,
    )
    assert host_power(shutdown) is HostPower.SHUTDOWN
    assert host_power(powering_off(machine, operation="vm-1", now=NOW)) is HostPower.OFF
    assert host_power(machine) is HostPower.ON
    assert host_power(a_machine(ObservedState.STOPPED)) is HostPower.OFF


def test_a_stopped_guest_that_was_wished_on_is_not_started_by_a_repeated_message() -> None:
    machine = replace(a_machine(ObservedState.STOPPED), power_wish=PowerWish.ON)

    assert host_power(machine) is HostPower.OFF


def test_a_stale_etag_names_who_was_faster() -> None:
    machine = a_machine()
    machine.require("")
    machine.require(machine.etag)
    with pytest.raises(EtagMismatch) as refused:
        machine.require("older")
    assert refused.value.facts["changed_by"] == "user:ann"


@pytest.mark.parametrize(
    ("seen", "shown"),
    [
        (ObservedState.RUNNING, State.RUNNING),
        (ObservedState.STOPPING, State.RUNNING),
        (ObservedState.STOPPED, State.STOPPED),
        (ObservedState.PAUSED, State.PAUSED),
        (ObservedState.CRASHED, State.CRASHED),
        (ObservedState.ABSENT, State.LOST),
        (ObservedState.PREPARING, State.UNKNOWN),
    ],
)
def test_at_rest_observation_alone_decides(seen: ObservedState, shown: State) -> None:
    machine = a_machine(seen)

    assert machine.state is shown
    assert settle(replace(machine, doubtful=True), NOW).state is State.UNKNOWN


@pytest.mark.parametrize("verb", list(Verb))
def test_work_shows_its_own_state(verb: Verb) -> None:
    shown = {
        Verb.CREATE: State.STARTING,
        Verb.START: State.STARTING,
        Verb.SHUTDOWN: State.STOPPING,
        Verb.POWER_OFF: State.STOPPING,
        Verb.DELETE: State.DELETING,
    }
    work = Work(verb=verb, operation="vm-1", start_time=NOW)

    assert settle(replace(a_machine(), work=work), NOW).state is shown[verb]


def test_a_new_machine_is_pending_then_provisioning() -> None:
    new = a_new_machine()
    placed = replace(new, node="nodes/h1", node_uid=a_machine().node_uid)

    assert new.state is State.PENDING
    assert settle(placed, NOW).state is State.PROVISIONING


def test_every_refusal_has_a_reason() -> None:
    assert all(each.reason != Refusal.reason for each in (Busy, DeleteProtected))
