"""The planner of the machine loop: every way ends, and nothing is left behind."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qvdc_core.errors import Refusal
from qvdc_vm.domain import plan, records
from qvdc_vm.domain.observation import ObservedState
from qvdc_vm.domain.plan import Host
from qvdc_vm.domain.refusals import NodeUnreachable
from qvdc_vm.domain.state import State, Verb
from qvdc_vm.domain.values import PowerWish
from qvdc_vm.domain.verbs import admit, deleting, powering_off, shutting_down, starting
from qvdc_vm.domain.virtual_machine import VirtualMachine, settle
from tests.vm_testing.builders import NOW, WITHIN, a_machine, a_new_machine, seen
from tests.vm_testing.world import World


def _ask(world: World, verb: Verb, *, force: bool = False, cut: bool = False) -> bool:
    machine = world.machine
    try:
        if admit(machine, verb, force=force).goal_holds:
            return False
    except Refusal:
        return False
    operation = f"vm-{verb.value}-{machine.generation}"
    now = world.now
    asked: VirtualMachine
    match verb:
        case Verb.START:
            asked = starting(machine, operation=operation, now=now, within=WITHIN)
        case Verb.SHUTDOWN:
            asked = shutting_down(
                machine,
                operation=operation,
                now=now,
                grace=timedelta(seconds=10),
                power_off_after_grace=cut,
            )
        case Verb.POWER_OFF:
            asked = powering_off(machine, operation=operation, now=now)
        case _:
            asked = deleting(machine, operation=operation, now=now)
    world.machine = settle(asked, now)
    return True


def test_a_machine_is_made_and_started() -> None:
    world = World(a_new_machine())
    world.run()

    assert world.machine.state is State.RUNNING
    assert world.host.starts == [1]
    assert world.ended == [("vm-create", None)]


def test_a_machine_made_without_start_is_seen_stopped() -> None:
    world = World(a_new_machine(start=False))
    world.run()

    assert world.machine.state is State.STOPPED
    assert world.host.starts == []


def test_deletion_by_force_stops_first_and_leaves_nothing() -> None:
    world = World(a_new_machine())
    world.run()
    _ask(world, Verb.DELETE, force=True)
    world.run()

    assert world.machine.state is State.TERMINATED
    assert world.holds_nothing


def test_a_guest_that_powers_itself_off_is_shown_stopped_and_not_started_again() -> None:
    world = World(a_new_machine())
    world.run()
    world.host.state = ObservedState.STOPPED
    world.host.change_count += 1
    world.observe()
    world.run()

    assert world.machine.state is State.STOPPED
    assert world.machine.power_wish is PowerWish.ON
    assert "by itself" in world.machine.state_message
    assert world.host.starts == [1]


@pytest.mark.parametrize("refused", ["ClaimPlacement", "ClaimImage", "CreatePort"])
def test_a_refused_claim_gives_back_what_was_claimed_before_it(refused: str) -> None:
    world = World(a_new_machine(), refusing={refused: NodeUnreachable("nodes/h1")})
    world.run()

    assert world.machine.state is State.ERROR
    assert world.machine.last_error is not None
    assert world.holds_nothing


def test_a_machine_in_error_is_made_by_starting_it() -> None:
    world = World(a_new_machine(), refusing={"CreatePort": NodeUnreachable("nodes/h1")})
    world.run()
    world.refusing.clear()
    assert _ask(world, Verb.START)
    world.run()

    assert world.machine.state is State.RUNNING
    assert world.machine.run_epoch == 2


def test_a_start_that_the_hypervisor_refuses_keeps_the_disks() -> None:
    world = World(a_new_machine(start=False))
    world.run()
    world.host.refuses_start = True
    _ask(world, Verb.START)
    world.run()

    assert world.machine.state is State.STOPPED
    assert world.machine.last_error is not None
    assert world.machine.last_error.reason == "HYPERVISOR_REFUSED"
    assert world.placement
    assert world.ports


def test_a_guest_that_ignores_its_shutdown_is_running_again() -> None:
    world = World(a_new_machine())
    world.run()
    world.host.ignores_shutdown = True
    _ask(world, Verb.SHUTDOWN)
    world.run()

    assert world.machine.state is State.RUNNING
    assert world.machine.power_wish is PowerWish.ON
    assert world.ended[-1][1] is not None
    assert world.ended[-1][1].reason == "GUEST_IGNORED_SHUTDOWN"
    assert world.host.starts == [1]


def test_a_guest_that_ignores_its_shutdown_is_cut_if_asked() -> None:
    world = World(a_new_machine())
    world.run()
    world.host.ignores_shutdown = True
    _ask(world, Verb.SHUTDOWN, cut=True)
    world.run()

    assert world.machine.state is State.STOPPED
    assert world.ended[-1][1] is None


def test_a_power_off_waits_for_a_host_that_does_not_answer() -> None:
    world = World(a_new_machine())
    world.run()
    world.reachable = Host.DOWN
    world.machine = settle(records.doubted(world.machine), world.now)
    states = [world.machine.state]
    assert _ask(world, Verb.POWER_OFF)
    world.run()
    states.append(world.machine.state)
    assert states == [State.UNKNOWN, State.UNKNOWN]
    world.reachable = Host.UP
    world.run()

    assert world.machine.state is State.STOPPED


def test_a_create_whose_host_dies_fails_at_its_deadline_and_keeps_its_claims() -> None:
    world = World(a_new_machine())
    while not isinstance(world.step(), plan.Apply):
        world.perform(world.step())
    world.reachable = Host.DOWN
    world.now += WITHIN
    world.run()

    assert world.machine.work is None
    assert world.machine.state is State.ERROR
    assert world.placement


def test_a_lost_machine_is_never_made_again_by_itself() -> None:
    machine = a_machine(ObservedState.RUNNING)
    lost = settle(
        replace(machine, observed=seen(ObservedState.ABSENT, generation=0), host_generation=5), NOW
    )

    assert lost.state is State.LOST
    assert plan.next_step(lost, Host.UP, NOW) == plan.Rest()


def test_a_start_of_a_machine_found_missing_fails_and_does_not_make_an_empty_one() -> None:
    stopped = a_machine(ObservedState.STOPPED)
    asked = starting(stopped, operation="vm-start", now=NOW, within=WITHIN)
    missing = replace(asked, observed=seen(ObservedState.ABSENT, generation=0))

    step = plan.next_step(missing, Host.UP, NOW)

    assert isinstance(step, plan.Fail)
    assert step.failure.reason == "MISSING_ON_NODE"


def test_what_came_late_for_a_deleted_machine_is_released_once_more() -> None:
    world = World(a_new_machine(start=False))
    world.run()
    _ask(world, Verb.DELETE)
    world.run()
    world.ports.add(0)
    assert world.step() == plan.Rest()
    world.now += plan.SWEEP_AFTER
    world.run()

    assert world.machine.swept
    assert world.holds_nothing


class History:
    """What may happen to a machine, one thing after the other."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._late = world.host.see(world.now)

    def happen(self, event: str) -> None:
        """Let `event` happen; what is no event of the world is a verb."""
        self._world.now += timedelta(milliseconds=100)
        if (found := getattr(self, f"_{event}", None)) is not None:
            found()
        else:
            _ask(self._world, Verb(event), force=True)

    def _step(self) -> None:
        self._world.perform(self._world.step())

    def _crash(self) -> None:
        self._world.perform(self._world.step(), record=False)

    def _twice(self) -> None:
        step = self._world.step()
        self._world.perform(step)
        if step == self._world.step():
            self._world.perform(step)

    def _observe(self) -> None:
        self._late = self._world.host.see(self._world.now)
        self._world.observe()

    def _old_news(self) -> None:
        world = self._world
        if world.machine.node_uid is not None:
            world.machine = settle(records.observed_as(world.machine, self._late), world.now)

    def _down(self) -> None:
        world = self._world
        world.reachable = Host.DOWN
        world.machine = settle(records.doubted(world.machine), world.now)

    def _up(self) -> None:
        self._world.reachable = Host.UP

    def _guest_off(self) -> None:
        host = self._world.host
        if host.state is ObservedState.RUNNING:
            host.state = ObservedState.STOPPED
            host.change_count += 1

    def _tick(self) -> None:
        self._world.now += timedelta(seconds=20)


_EVENTS = st.sampled_from(
    [
        "step",
        "step",
        "step",
        "crash",
        "twice",
        "observe",
        "observe",
        "old_news",
        "down",
        "up",
        "guest_off",
        "start",
        "shutdown",
        "powerOff",
        "delete",
        "tick",
    ]
)


@settings(max_examples=400, deadline=None)
@given(events=st.lists(_EVENTS, max_size=60), start=st.booleans(), ignores=st.booleans())
def test_any_history_converges_and_no_start_is_done_twice(
    events: list[str], *, start: bool, ignores: bool
) -> None:
    world = World(a_new_machine(start=start))
    world.host.ignores_shutdown = ignores
    history = History(world)
    for event in events:
        history.happen(event)
        _check_invariants(world.machine)
    world.reachable = Host.UP
    world.run()
    world.run()

    assert world.machine.work is None
    assert not world.machine.state.transitional
    assert len(world.host.starts) == len(set(world.host.starts))
    if world.machine.state is State.TERMINATED:
        assert world.holds_nothing
    elif not world.machine.removing and world.machine.provisioned:
        assert world.machine.observed is not None
        assert world.machine.observed.state is world.host.state


def _check_invariants(machine: VirtualMachine) -> None:
    if machine.state.transitional:
        assert machine.work is not None
    if machine.state is State.RUNNING:
        assert machine.observed is not None
        assert machine.observed.state.up
    if machine.node_uid is None:
        assert machine.state is not State.RUNNING
