"""Phases, observations, intent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from qvdc_core.errors import EtagMismatch, InUse
from qvdc_core.event import Severity
from qvdc_node.domain.events import observation_events
from qvdc_node.domain.inventory import Condition, Pool, Status, Usage, merged_conditions
from qvdc_node.domain.node import Mode, Phase, cordoned
from qvdc_node.domain.observation import observed
from qvdc_node.domain.phase import Liveness, phase_of
from qvdc_node.domain.registration import Registration, candidate_ids
from qvdc_node.domain.session import Incarnate
from tests.node_testing.builders import BOOT, HEALTHY, NOW, a_node, a_registration, a_report

LIVE, GONE = Liveness(session=True), Liveness(session=False)
BROKEN = Condition(type="HypervisorReady", status=Status.FALSE)


@pytest.mark.parametrize(
    ("node", "live", "expected"),
    [
        (a_node(), LIVE, (Phase.READY, "")),
        (a_node(), GONE, (Phase.OFFLINE, "SESSION_LOST")),
        (a_node(), Liveness(session=True, fenced="i1"), (Phase.FENCED, "i1")),
        (a_node(mode=Mode.CORDONED), LIVE, (Phase.READY, "")),
        (a_node(mode=Mode.MAINTENANCE), LIVE, (Phase.MAINTENANCE, "")),
        (a_node(mode=Mode.MAINTENANCE), GONE, (Phase.OFFLINE, "SESSION_LOST")),
        (a_node(last_heartbeat_time=None), LIVE, (Phase.PENDING, "")),
        (
            a_node(last_heartbeat_time=None, register_time=NOW - timedelta(seconds=300)),
            LIVE,
            (Phase.OFFLINE, "NEVER_REPORTED"),
        ),
    ],
)
def test_phase_follows_from_intent_session_and_beats(node, live, expected) -> None:  # type: ignore[no-untyped-def]
    assert phase_of(node.standing, live, NOW) == expected


def test_a_needed_condition_that_is_false_makes_a_node_not_ready() -> None:
    node = a_node()
    node = replace(node, observed=replace(node.observed, conditions=(BROKEN, *HEALTHY[1:])))
    assert phase_of(node.standing, LIVE, NOW) == (Phase.NOT_READY, "HypervisorReady")


def test_nd_4_a_needed_condition_nobody_can_judge_makes_a_node_not_ready() -> None:
    unknown = replace(BROKEN, status=Status.UNKNOWN)
    node = a_node()
    node = replace(node, observed=replace(node.observed, conditions=(unknown, *HEALTHY[1:])))
    assert phase_of(node.standing, LIVE, NOW) == (Phase.NOT_READY, "HypervisorReady")


def test_a_beat_that_tells_nothing_new_changes_nothing() -> None:
    assert observed(a_node(), a_report()) is None


def test_the_first_beat_is_written_down() -> None:
    pending = a_node(last_heartbeat_time=None, beat_sequence=0, phase=Phase.PENDING)
    after = observed(pending, a_report())
    assert after is not None
    assert (after.phase, after.last_heartbeat_time) == (Phase.READY, a_report().at)


@pytest.mark.parametrize(
    "report",
    [
        a_report(conditions=(BROKEN,)),
        a_report(pools=(Pool(pool="local"),)),
        a_report(usage=Usage(cpu_percent=50.0)),
        a_report(life=Incarnate(BOOT, 2), epoch=2, sequence=1),
    ],
)
def test_what_changed_is_written_down(report) -> None:  # type: ignore[no-untyped-def]
    assert observed(a_node(), report) is not None


def test_a_late_beat_changes_nothing() -> None:
    late = a_report(conditions=(BROKEN,), sequence=1)
    assert observed(a_node(), late) is None
    assert observed(a_node(session_epoch=2, beat_sequence=0), a_report()) is None


def test_a_condition_keeps_its_since_while_its_status_stays() -> None:
    later = NOW + timedelta(hours=1)
    told = (Condition(type="HypervisorReady", status=Status.TRUE, message="other words"), BROKEN)
    merged = merged_conditions(HEALTHY, told[:1], later)
    assert merged[0].since == NOW
    assert merged[0].message == "other words"
    assert merged_conditions(HEALTHY, (BROKEN,), later)[0].since == later


def test_a_cordon_leaves_maintenance_alone() -> None:
    maintained = replace(a_node().intent, mode=Mode.MAINTENANCE)
    assert cordoned(maintained) == maintained


def test_a_stale_etag_is_refused_and_none_is_not() -> None:
    node = a_node()
    node.require("")
    node.require(node.etag)
    with pytest.raises(EtagMismatch):
        node.require(replace(node, generation=2).etag)


def test_a_member_of_a_cluster_is_not_removable() -> None:
    a_node().require_removable([], 0)
    with pytest.raises(InUse) as refused:
        a_node(cluster="clusters/prod").require_removable(["vms/a", "vms/b"], 2)
    assert refused.value.facts["blockers"] == "clusters/prod,vms/a,vms/b"
    assert refused.value.facts["total"] == "3"


@pytest.mark.parametrize(
    ("registration", "expected"),
    [
        (a_registration(hostname="H1.example.org"), "h1"),
        (a_registration(hostname="9lives"), "node-11111111"),
        (a_registration(hostname="_._"), "node-11111111"),
        (a_registration(hostname="upload"), "node-11111111"),
        (replace(a_registration(), wanted_id="chosen"), "chosen"),
    ],
)
def test_a_new_node_is_named_after_its_host(registration: Registration, expected: str) -> None:
    first, otherwise = candidate_ids(registration)
    assert first == expected
    assert otherwise == f"{expected}-11111111"


@pytest.mark.parametrize(
    ("condition", "status", "severity"),
    [
        ("HypervisorReady", Status.FALSE, Severity.WARNING),
        ("HypervisorReady", Status.TRUE, Severity.INFO),
        ("AgentSilent", Status.TRUE, Severity.WARNING),
        ("AgentSilent", Status.FALSE, Severity.INFO),
        ("DiskPressure", Status.TRUE, Severity.WARNING),
    ],
)
def test_a_condition_is_told_as_grave_as_it_is(
    condition: str, status: Status, severity: Severity
) -> None:
    told = (Condition(type=condition, status=status),)
    before = a_node()
    drafts = observation_events(
        before, replace(before, observed=replace(before.observed, conditions=told))
    )
    assert [draft.severity for draft in drafts] == [severity]


def test_a_late_beat_does_not_end_a_fence() -> None:
    fenced = a_node(phase=Phase.FENCED, phase_reason="incidents/i")
    after = observed(fenced, a_report(conditions=HEALTHY[:1]))
    assert after is not None
    assert (after.phase, after.phase_reason) == (Phase.FENCED, "incidents/i")
