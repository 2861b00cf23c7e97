"""Where a node stands, its board controller, what it may promise; and its first inventory."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from qvdc_node.domain.facility import Bmc, BmcKind, Eviction, FailureDomain, Overcommit
from qvdc_node.domain.inventory import Inventory, Status, System
from qvdc_node.domain.node import Intent, Phase
from qvdc_node.domain.phase import Liveness, phase_of
from qvdc_node.domain.service_condition import service_conditions
from qvdc_node.usecases.node import IntentChange
from tests.node_testing.builders import NOW, a_node

BMC = Bmc(address="10.9.0.7", kind=BmcKind.REDFISH, user="root", sealed="s1", secret_set=True)


def changed(intent: Intent, *paths: str, sealed: str = "", **values: object) -> Intent:
    change = IntentChange(replace(Intent(), **values), frozenset(paths))  # type: ignore[arg-type]
    return change.applied_to(intent, sealed=sealed)


@pytest.mark.parametrize(
    ("wish", "sealed", "secret"),
    [
        (replace(BMC, sealed=""), "s2", "s2"),
        (replace(BMC, sealed="", kind=BmcKind.IPMI), "", "s1"),
        (replace(BMC, sealed="", user="admin"), "", ""),
        (replace(BMC, sealed="", address="10.9.0.8"), "", ""),
    ],
)
def test_a_secret_stays_with_its_controller_and_user(wish: Bmc, sealed: str, secret: str) -> None:
    after = changed(Intent(bmc=BMC), "bmc", sealed=sealed, bmc=wish).bmc

    assert after is not None
    assert (after.sealed, after.secret_set) == (secret, bool(secret))


def test_a_controller_is_taken_away_by_its_mask() -> None:
    assert changed(Intent(bmc=BMC), "bmc").bmc is None
    assert changed(Intent(bmc=BMC), "labels").bmc == BMC


def test_a_secret_is_shown_to_nobody() -> None:
    assert "s1" not in repr(BMC)
    assert BMC.shown.sealed == ""
    assert BMC.shown.secret_set


def test_a_part_is_changed_whole_or_by_its_fields() -> None:
    before = Intent(
        overcommit=Overcommit(cpu_ratio=2.0, memory_ratio=1.5),
        failure_domain=FailureDomain(room="a", rack="1"),
    )
    wish = Overcommit(cpu_ratio=3.0)

    whole = changed(before, "overcommit", overcommit=wish)
    field = changed(before, "overcommit.cpu_ratio", overcommit=wish)

    assert whole.overcommit == Overcommit(cpu_ratio=3.0)
    assert field.overcommit == Overcommit(cpu_ratio=3.0, memory_ratio=1.5)
    assert whole.failure_domain == before.failure_domain


def test_nd_5_a_node_is_ready_only_after_its_first_inventory() -> None:
    known = a_node()
    unknown = replace(known, observed=replace(known.observed, inventory=Inventory()))

    assert phase_of(known.standing, Liveness(session=True), NOW) == (Phase.READY, "")
    told = phase_of(unknown.standing, Liveness(session=True), NOW)
    assert told == (Phase.PENDING, "INVENTORY_MISSING")


def test_an_eviction_says_what_it_asks_and_that_nothing_moves() -> None:
    told = Eviction(("old",), ("vms/a", "vms/b"), 5).told

    assert "old asks 5 machines to leave" in told
    assert "vms/a, vms/b and 3 more" in told


def test_nd_4_a_certificate_near_its_end_that_was_not_renewed_is_not_valid() -> None:
    def said(ends: datetime | None) -> tuple[Status, str]:
        valid, _ = service_conditions(a_node(certificate_expire_time=ends), NOW)
        return valid.status, valid.reason

    assert said(None) == (Status.UNKNOWN, "NONE_SIGNED")
    assert said(NOW + timedelta(days=10)) == (Status.TRUE, "")
    assert said(NOW + timedelta(days=2)) == (Status.FALSE, "ENDS_SOON")
    assert said(NOW) == (Status.FALSE, "EXPIRED")


def test_nd_4_a_version_is_supported_if_the_ranges_meet() -> None:
    def said(lowest: int, highest: int) -> Status:
        plain = a_node()
        system = System(protocol_lowest=lowest, protocol_highest=highest)
        spoken = replace(plain, observed=replace(plain.observed, system=system))
        return service_conditions(spoken, NOW)[1].status

    assert said(1, 1) is Status.TRUE
    assert said(7, 9) is Status.FALSE
    assert said(0, 0) is Status.UNKNOWN
