"""What maintenance wants, taint by taint and blocker by blocker."""

from dataclasses import replace

import pytest

from qvdc_core.errors import InvalidField
from qvdc_node.domain.inventory import Cpu, Inventory
from qvdc_node.domain.maintenance import (
    Busy,
    blocked,
    draining,
    given_up,
    in_maintenance,
    out_of_maintenance,
    told,
    uncordoned,
)
from qvdc_node.domain.node import Drain, Intent, Mode, Phase
from qvdc_node.domain.phase import Liveness, phase_of
from qvdc_node.domain.placement import Placed
from qvdc_node.domain.taint import Effect, Taint, with_taint, without_taint
from tests.node_testing.builders import NOW, a_node

ALIVE = Liveness(session=True)


def test_a_drain_cordons_and_a_second_one_is_busy() -> None:
    drained = draining(a_node(), "node-1")
    assert drained.intent.mode is Mode.CORDONED
    with pytest.raises(Busy) as refused:
        draining(drained, "node-2")
    assert refused.value.facts["operation"] == "operations/node-1"


def test_maintenance_goes_on_with_the_drain_that_is_under_way() -> None:
    entered = in_maintenance(draining(a_node(), "node-1"), "node-2")
    assert (entered.intent.mode, entered.drain) == (Mode.MAINTENANCE, Drain("node-1"))
    assert in_maintenance(entered, "node-3") == entered


def test_a_node_is_draining_then_in_maintenance_then_ready() -> None:
    entered = in_maintenance(a_node(), "node-1")
    empty = replace(entered, drain=None)
    left = out_of_maintenance(empty)
    phases = [phase_of(each.standing, ALIVE, NOW)[0] for each in (entered, empty, left)]
    assert phases == [Phase.DRAINING, Phase.MAINTENANCE, Phase.READY]


def test_leaving_maintenance_leaves_a_cordon_alone() -> None:
    cordoned = a_node(mode=Mode.CORDONED)
    assert out_of_maintenance(cordoned) == cordoned


def test_a_cancelled_drain_stays_cordoned() -> None:
    left = given_up(in_maintenance(a_node(), "node-1"))
    assert (left.intent.mode, left.drain) == (Mode.CORDONED, None)


def test_uncordon_leaves_maintenance_alone_and_a_drain_to_its_end() -> None:
    maintained = a_node(mode=Mode.MAINTENANCE)
    assert uncordoned(maintained) == maintained.intent
    assert uncordoned(a_node(mode=Mode.CORDONED)).mode is Mode.ACTIVE
    with pytest.raises(Busy):
        uncordoned(draining(a_node(), "node-1"))


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("RUNNING", "NOT_MOVABLE"),
        ("PAUSED", "NOT_MOVABLE"),
        ("STARTING", "IN_TRANSITION"),
        ("LOST", "UNOBSERVED"),
        ("", "UNOBSERVED"),
    ],
)
def test_each_machine_says_what_it_blocks_by(state: str, reason: str) -> None:
    drain = blocked(Drain("node-1"), [Placed("vms/a", "nodes/h1", state)], 3)
    assert [each.reason for each in drain.blockers] == [reason]
    assert told(drain) == f"3 machines: vms/a ({reason}) and 2 more"


def test_a_taint_replaces_its_like_and_an_absent_one_is_no_loss() -> None:
    old = Taint(key="gpu", value="a", effect=Effect.NO_SCHEDULE)
    other = Taint(key="gpu", value="a", effect=Effect.NO_EXECUTE)
    new = Taint(key="gpu", value="b", effect=Effect.NO_SCHEDULE)
    taints = with_taint(with_taint(with_taint((), old), other), new)
    assert set(taints) == {other, new}
    assert without_taint(taints, "absent", None) == taints
    assert without_taint(taints, "gpu", Effect.NO_EXECUTE) == (new,)
    assert without_taint(taints, "gpu", None) == ()


@pytest.mark.parametrize(
    ("intent", "fits"),
    [
        (Intent(reserved_cores=2), True),
        (Intent(reserved_cores=3), False),
        (Intent(reserved_memory_bytes=8 << 30), True),
        (Intent(reserved_memory_bytes=9 << 30), False),
    ],
)
def test_reservations_leave_most_of_the_hardware(intent: Intent, fits: bool) -> None:
    inventory = Inventory(cpu=Cpu(cpu_count=8), memory_total_bytes=16 << 30)
    intent.check_reservations(Inventory())
    if fits:
        intent.check_reservations(inventory)
        return
    with pytest.raises(InvalidField):
        intent.check_reservations(inventory)
