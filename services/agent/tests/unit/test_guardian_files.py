"""What the guardian keeps over its own restarts and its host's."""

from pathlib import Path

import pytest

from qvdc_agent.domain.guarded import Guarded
from qvdc_agent.domain.machine import MachineUid, Response
from qvdc_agent.domain.places import Places
from qvdc_agent.guardian.answering import Answering
from qvdc_agent.guardian.domain.members import Member, MemberSet
from qvdc_agent.guardian.domain.promises import OpenIncidents, Promise
from qvdc_agent.guardian.errors import Refused, Superseded, Unanswered
from qvdc_agent.guardian.guarded_file import GuardedFile
from qvdc_agent.guardian.identity import Identity, next_instance
from qvdc_agent.guardian.member_file import MemberFile
from qvdc_agent.guardian.promise_book import PromiseBook
from qvdc_core.clock import ManualClock
from qvdc_core.fence import Fence

BOOT = "11111111-1111-4111-8111-111111111111"
FENCE = Fence(1, "failover", 7)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(state=tmp_path / "state", run=tmp_path / "run")


def a_book(places: Places, *, boot_id: str = BOOT, now: float = 100.0) -> PromiseBook:
    return PromiseBook(places, boot_id=boot_id, now=now)


def test_a_promise_outlives_a_reboot(places: Places) -> None:
    a_book(places).promise(Promise("x", "i1", 50), FENCE)
    after = a_book(places, boot_id="another life")

    assert after.against("x")
    after.told(OpenIncidents(51, frozenset()))
    assert not a_book(places).against("x")


def test_promises_that_cannot_be_read_are_not_taken_for_none(places: Places) -> None:
    a_book(places).promise(Promise("x", "i1", 50), FENCE)
    places.promises.write_text("{")

    with pytest.raises(ValueError, match="Expecting"):
        a_book(places)


def test_noes_outlive_the_guardian_and_begin_anew_with_a_boot(places: Places) -> None:
    a_book(places, now=100.0).say_no("x", 120.0)

    again = a_book(places, now=200.0)
    assert (again.last_no_age("x", 210.0), again.last_no_age("y", 210.0)) == (90.0, 110.0)
    rebooted = a_book(places, boot_id="another life", now=5.0)
    assert rebooted.last_no_age("x", 15.0) == 10.0


def test_member_sets_are_kept_and_only_newer_ones_replace_them(places: Places) -> None:
    newer = MemberSet(0, 4, (Member("a", "10.0.0.1", 7444),))
    assert MemberFile(places.member_set).told(newer)

    kept = MemberFile(places.member_set)
    assert kept.held == newer
    assert not kept.told(MemberSet(0, 3, ()))
    assert kept.told(MemberSet(1, 1, ()))


def test_an_older_guardian_leaves_the_list_to_the_newer(places: Places) -> None:
    first = Identity("u", BOOT, next_instance(places.instance, BOOT), "f")
    machine = Guarded(MachineUid("m"), 1, Response.LEAVE, 4711, 99)
    kept = GuardedFile(places, first)
    kept.write([machine])
    second = Identity("u", BOOT, next_instance(places.instance, BOOT), "f")

    with pytest.raises(Superseded):
        kept.write([])
    assert GuardedFile(places, second).read() == (machine,)
    assert GuardedFile(places, Identity("u", "another life", 1, "f")).read() == ()


class Renewals:
    """Answers renewals as told, and counts them."""

    def __init__(self, outcome: Exception | None) -> None:
        self.outcome = outcome
        self.count = 0

    async def __call__(self) -> None:
        self.count += 1
        if self.outcome is not None:
            raise self.outcome


@pytest.mark.parametrize(
    ("outcome", "can_renew"),
    [(None, True), (Refused("NODE_FENCED", ""), True), (Unanswered("nobody"), False)],
)
async def test_only_silence_is_a_no(
    places: Places, outcome: Exception | None, *, can_renew: bool
) -> None:
    answering = Answering(Renewals(outcome), a_book(places), ManualClock())

    assert await answering.can_renew("x") is can_renew


async def test_a_promise_forbids_a_no_without_a_try(places: Places) -> None:
    book, renewals = a_book(places), Renewals(Unanswered("nobody"))
    book.promise(Promise("x", "i1", 50), FENCE)
    answering = Answering(renewals, book, ManualClock())

    assert await answering.can_renew("x")
    assert renewals.count == 0
    assert not await answering.can_renew("y")


async def test_a_promise_given_meanwhile_forbids_a_no_too(places: Places) -> None:
    book = a_book(places)

    async def promising() -> None:
        book.promise(Promise("x", "i1", 50), FENCE)
        raise Unanswered("nobody")

    assert await Answering(promising, book, ManualClock()).can_renew("x")


async def test_a_no_is_written_before_it_is_said(places: Places) -> None:
    clock = ManualClock()
    await Answering(Renewals(Unanswered("nobody")), a_book(places), clock).can_renew("x")

    assert a_book(places, now=500.0).last_no_age("x", clock.boottime()) == 0.0
    assert '"x"' in places.noes.read_text()
