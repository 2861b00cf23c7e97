"""Who is protected, and when that may be said (HA-2, HA-14)."""

from dataclasses import replace

import pytest

from qvdc_vm.domain import plan, records
from qvdc_vm.domain.observation import ObservedState
from qvdc_vm.domain.protection import (
    HaPolicy,
    IsolationResponse,
    RestartPolicy,
    RestartWish,
    Unprotected,
    protection_of,
    unprotected_because,
)
from qvdc_vm.domain.virtual_machine import VirtualMachine
from qvdc_vm.domain.wanted import wanted_of
from tests.vm_testing.builders import NOW, a_machine, seen

ON = HaPolicy(cluster="clusters/prod", enabled=True, response=IsolationResponse.SHUTDOWN)


@pytest.mark.parametrize(
    ("wish", "policy", "why"),
    [
        (RestartWish(), ON, None),
        (RestartWish(policy=RestartPolicy.ON_FAILURE), ON, None),
        (RestartWish(policy=RestartPolicy.NEVER), ON, Unprotected.NEVER_RESTARTED),
        (RestartWish(auto_restart=False), ON, Unprotected.AUTO_RESTART_OFF),
        (RestartWish(), replace(ON, enabled=False), Unprotected.HA_OFF),
        (RestartWish(), None, Unprotected.CLUSTER_UNKNOWN),
    ],
)
def test_protection_follows_from_wish_and_policy(
    wish: RestartWish, policy: HaPolicy | None, why: Unprotected | None
) -> None:
    assert unprotected_because(wish, policy) is why
    if policy is not None:
        assert protection_of(wish, policy).protected is (why is None)


def test_a_running_machine_that_becomes_protected_is_told_to_its_host_again() -> None:
    machine = replace(a_machine(), ha=ON)
    assert isinstance(plan.next_step(machine, plan.Host.UP, NOW), plan.Protect)

    told = records.protected(machine)

    assert isinstance(plan.next_step(told, plan.Host.UP, NOW), plan.Apply)
    wanted = wanted_of(told, user_data="", sources={})
    assert wanted.protection.response is IsolationResponse.SHUTDOWN
    assert wanted.generation == machine.host_generation + 1
    assert records.protected(told) == told


def test_nobody_counts_on_a_machine_that_its_host_does_not_guard_yet() -> None:
    told = records.protected(replace(a_machine(), ha=ON))
    assert told.unprotected is Unprotected.NOT_GUARDED_YET

    held = _seeing(told, guarded=False)
    assert held.unprotected is Unprotected.NOT_GUARDED_YET
    assert _seeing(told, guarded=True).unprotected is None


def test_an_unknown_policy_takes_no_protection_away() -> None:
    guarded = _seeing(records.protected(replace(a_machine(), ha=ON)), guarded=True)
    unknown = replace(guarded, ha=None)

    assert isinstance(plan.next_step(unknown, plan.Host.UP, NOW), plan.Rest)
    assert unknown.unprotected is None


def test_a_machine_at_rest_is_protected_as_soon_as_its_host_knows() -> None:
    told = records.protected(replace(a_machine(ObservedState.STOPPED), ha=ON))
    known = seen(ObservedState.STOPPED, generation=told.host_generation)

    assert replace(told, observed=known).unprotected is None


def _seeing(machine: VirtualMachine, *, guarded: bool) -> VirtualMachine:
    known = seen(ObservedState.RUNNING, generation=machine.host_generation)
    return replace(machine, observed=replace(known, guarded=guarded))
