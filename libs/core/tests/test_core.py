from datetime import UTC, datetime, timedelta

import pytest

from qvdc_core.actor import Actor, ActorKind, service_actor
from qvdc_core.clock import Clock, ManualClock, SystemClock
from qvdc_core.errors import InUse, InvalidField, Kind, Refusal, StaleFence, UnknownField
from qvdc_core.fence import Fence
from qvdc_core.ids import Name, check_id
from qvdc_core.units import GIB, MIB, format_bytes, parse_bytes


class NoPlacement(Refusal):
    kind = Kind.EXHAUSTED
    reason = "NO_PLACEMENT"


def test_a_refusal_carries_facts_as_text() -> None:
    refusal = NoPlacement("no", considered=3, cordoned=True, names=["a", "b"], left_out=None)

    assert refusal.facts == {"considered": "3", "cordoned": "true", "names": "a,b"}
    assert str(refusal) == "no"


def test_an_unknown_field_names_each_field_once() -> None:
    assert [violation.field for violation in UnknownField("b", "a", "b").fields] == ["a", "b"]


def test_in_use_names_at_most_twenty_blockers() -> None:
    refusal = InUse("images/a", [f"vms/{number}" for number in range(30)], 30)

    assert len(refusal.facts["blockers"].split(",")) == 20
    assert refusal.facts["total"] == "30"


def test_a_higher_site_term_outranks_any_revision() -> None:
    assert Fence(2, "ha", 1) > Fence(1, "ha", 900)
    assert Fence(1, "ha", 5) <= Fence(1, "ha", 5)
    assert not Fence(1, "ha", 5) < Fence(1, "ha", 5)


def test_fences_of_two_loops_have_no_order() -> None:
    with pytest.raises(ValueError, match="no order"):
        assert Fence(1, "a", 1) < Fence(1, "b", 2)


@pytest.mark.parametrize("value", ["a", "web-1", "a" * 63])
def test_good_ids_pass(value: str) -> None:
    assert check_id(value) == value


@pytest.mark.parametrize(
    "value",
    ["", "A", "1a", "a-", "a_b", "a" * 64, "a\n", "upload", "abcdefab-1234-1234-1234-123456789abc"],
)
def test_bad_ids_are_refused(value: str) -> None:
    with pytest.raises(InvalidField):
        check_id(value)


def test_a_name_is_read_by_id_and_by_uid() -> None:
    by_uid = Name.parse("vms/0b6f3a52-5a5c-4c5d-9d0e-0a1b2c3d4e5f", "vms")

    assert by_uid.has_uid
    assert str(Name.parse("vms/web-1", "vms")) == "vms/web-1"


@pytest.mark.parametrize("text", ["vms", "vms/", "nodes/a", "vms/a/b", "vms/../a"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidField):
        Name.parse(text, "vms")


def test_sizes_are_read_and_written() -> None:
    assert parse_bytes("512MiB") == 512 * MIB
    assert parse_bytes("1.5g") == 3 * GIB // 2
    assert parse_bytes("10GB") == 10**10
    assert format_bytes(3 * GIB // 2) == "1.5 GiB"
    with pytest.raises(ValueError, match="not a size"):
        parse_bytes("many")


def test_permissions_match_exactly_by_noun_or_all() -> None:
    def holding(*permissions: str) -> Actor:
        return Actor("user:ada", ActorKind.USER, frozenset(permissions))

    assert holding("cluster.create").may("cluster.create")
    assert holding("cluster.*").may("cluster.create")
    assert holding("*").may("cluster.create")
    assert not holding("clus.*", "cluster.get").may("cluster.create")
    assert service_actor("vm").short_name == "vm"


def test_clocks_agree_with_their_promise() -> None:
    clocks: list[Clock] = [SystemClock(), manual := ManualClock()]
    assert all(clock.now().tzinfo is UTC for clock in clocks)

    manual.advance(timedelta(seconds=5))

    assert manual.boottime() == 5
    assert manual.now() == datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC)


def test_a_stale_fence_names_both() -> None:
    assert StaleFence("ha", Fence(1, "ha", 2), Fence(1, "ha", 3)).facts["newest"] == "ha@1.3"
