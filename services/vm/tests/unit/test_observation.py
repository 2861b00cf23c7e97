"""What may be believed of a host's news."""

from dataclasses import replace
from datetime import timedelta

from qvdc_core.state_hash import SeenItem, state_hash
from qvdc_vm.domain.observation import (
    Conflict,
    ConflictKind,
    ObservedState,
    Sighting,
    view_hash,
)
from qvdc_vm.domain.report import heard, unheard
from qvdc_vm.domain.state import State
from qvdc_vm.domain.values import HostUid
from tests.vm_testing.builders import HOST, NOW, UID, a_machine, a_new_machine, seen

LATER = timedelta(seconds=5)
OTHER = HostUid("eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee")


def test_news_is_late_only_if_every_sign_points_back() -> None:
    known = seen(ObservedState.RUNNING, change_count=5, at=LATER)

    assert seen(ObservedState.STOPPED, change_count=5).older_than(known)
    assert not seen(ObservedState.STOPPED, change_count=6).older_than(known)
    assert not seen(ObservedState.STOPPED, change_count=5, generation=2).older_than(known)
    restarted_agent = seen(ObservedState.STOPPED, change_count=0, at=2 * LATER)
    assert not restarted_agent.older_than(known)


def test_observation_never_touches_what_is_wanted() -> None:
    machine = a_machine()
    after, conflict = heard(
        machine, Sighting(UID, seen(ObservedState.CRASHED, change_count=2)), HOST, NOW
    )

    assert conflict is None
    assert after is not None
    assert after.state is State.CRASHED
    kept = replace(
        after,
        observed=machine.observed,
        state=machine.state,
        state_message=machine.state_message,
        state_time=machine.state_time,
    )
    assert kept == machine


def test_each_way_to_differ_has_its_kind() -> None:
    running = Sighting(UID, seen(ObservedState.RUNNING))
    terminated = replace(a_machine(), terminate_time=NOW)

    assert heard(None, running, HOST, NOW)[1] == Conflict(UID, ConflictKind.MISSING_IN_INVENTORY)
    assert heard(terminated, running, HOST, NOW)[1] == Conflict(
        UID, ConflictKind.MISSING_IN_INVENTORY
    )
    assert heard(a_machine(), running, OTHER, NOW)[1] == Conflict(UID, ConflictKind.WRONG_NODE)
    newer = replace(a_machine(), run_epoch=2)
    assert heard(newer, running, HOST, NOW)[1] == Conflict(UID, ConflictKind.STALE_EPOCH)
    ahead = replace(a_machine(), host_generation=9)
    assert heard(ahead, running, HOST, NOW)[1] == Conflict(UID, ConflictKind.STATE_MISMATCH)
    assert unheard(a_machine(), NOW)[1] == Conflict(UID, ConflictKind.MISSING_ON_NODE)


def test_another_host_s_word_changes_nothing() -> None:
    machine = a_machine()
    after, _ = heard(machine, Sighting(UID, seen(ObservedState.STOPPED)), OTHER, NOW)

    assert after == machine


def test_what_is_absent_where_nobody_wants_it_is_no_conflict() -> None:
    absent = Sighting(UID, seen(ObservedState.ABSENT))

    assert heard(None, absent, HOST, NOW) == (None, None)


def test_a_machine_that_was_never_seen_is_not_missing() -> None:
    assert unheard(a_new_machine(), NOW)[1] is None


def test_the_hash_leaves_out_what_is_absent() -> None:
    told = [("b", ObservedState.STOPPED, 2), ("c", ObservedState.ABSENT, 9)]
    told.append(("a", ObservedState.RUNNING, 1))

    assert view_hash(told) == state_hash([SeenItem("a", "RUNNING", 1), SeenItem("b", "STOPPED", 2)])


def test_what_was_seen_goes_stale_with_its_host_s_silence() -> None:
    machine = replace(a_machine(), host_report_time=NOW)

    assert not machine.stale(NOW + timedelta(seconds=45))
    assert machine.stale(NOW + timedelta(seconds=46))
    assert replace(machine, doubtful=True).stale(NOW)
