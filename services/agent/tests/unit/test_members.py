"""Votes and promises, counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qvdc_agent.guardian.domain.members import Ballot, Member, MemberSet
from qvdc_agent.guardian.domain.promises import Noes, OpenIncidents, Promise, Promises
from qvdc_core.errors import StaleFence
from qvdc_core.fence import Fence


def members(*uids: str, version: int = 1) -> MemberSet:
    return MemberSet(0, version, tuple(Member(uid, "10.0.0.1", 7444) for uid in uids))


def test_more_than_half_carry_a_question() -> None:
    ballot = Ballot("a").asked(10.0)

    assert ballot.carried(members("a", "b", "c")) is None
    assert ballot.no(10.0, "b").carried(members("a", "b", "c")) == 10.0
    assert ballot.no(10.0, "b").carried(members("a", "b", "c", "d")) is None


def test_half_is_not_enough() -> None:
    assert Ballot("a").asked(1.0).carried(members("a", "b")) is None


def test_a_host_alone_in_its_set_carries_itself() -> None:
    assert Ballot("a").asked(1.0).carried(members("a")) == 1.0


def test_a_host_outside_the_set_and_strangers_do_not_count() -> None:
    ballot = Ballot("a").asked(1.0).no(1.0, "b").no(1.0, "c")

    assert ballot.carried(members("b", "c")) is None
    assert ballot.carried(MemberSet()) is None
    assert ballot.carried(members("a", "x", "y", "z")) is None


def test_answers_count_for_their_own_question_alone() -> None:
    ballot = Ballot("a").asked(1.0).asked(4.0).no(1.0, "b").no(4.0, "c")

    assert ballot.carried(members("a", "b", "c", "d")) is None
    assert ballot.no(1.0, "c").carried(members("a", "b", "c", "d")) == 1.0


def test_a_question_is_forgotten_in_time() -> None:
    ballot = Ballot("a").asked(1.0).asked(40.0)

    assert ballot.no(1.0, "b").carried(members("a", "b")) is None


def test_newer_sets_replace_older_ones_term_first() -> None:
    assert members("a", version=2).newer_than(members("a", version=1))
    assert MemberSet(1, 1).newer_than(MemberSet(0, 9))
    assert not members("a").newer_than(members("a", "b"))


@given(st.sets(st.sampled_from("bcdefgh")), st.sets(st.sampled_from("bcdefgh")))
def test_a_vote_and_promises_of_half_share_a_member(voters: set[str], promised: set[str]) -> None:
    """PROTOCOLS 5: |V| > |M|/2, |Q| >= |M|/2, the asker not in Q: V and Q meet outside it."""
    held = members("a", *"bcdefgh")
    ballot = Ballot("a").asked(1.0)
    for voter in voters:
        ballot = ballot.no(1.0, voter)
    if ballot.carried(held) is not None and 2 * len(promised) >= len(held.members):
        assert voters & promised


def fence(revision: int) -> Fence:
    return Fence(1, "failover", revision)


def test_a_promise_stands_until_its_incident_is_closed() -> None:
    promises = Promises().with_promise(Promise("x", "i1", 50), fence(5))
    still_open = OpenIncidents(60, frozenset({("i1", "x")}))

    assert promises.against("x")
    assert not promises.against("y")
    assert promises.told(still_open).against("x")
    assert not promises.told(OpenIncidents(60, frozenset())).against("x")
    assert not promises.told(OpenIncidents(60, frozenset({("i2", "x")}))).against("x")


def test_a_list_older_than_the_fence_drops_nothing() -> None:
    promises = Promises().with_promise(Promise("x", "i1", 50), fence(5))

    assert promises.told(OpenIncidents(49, frozenset())).against("x")


def test_an_older_leader_gets_no_promise() -> None:
    promises = Promises().with_promise(Promise("x", "i1", 50), fence(5))

    with pytest.raises(StaleFence):
        promises.with_promise(Promise("y", "i2", 51), fence(4))


def test_a_no_ages_from_when_it_was_said() -> None:
    noes = Noes(began=100.0)

    assert noes.age("x", 130.0) == 30.0
    assert noes.said("x", 120.0).age("x", 130.0) == 10.0
    assert noes.said("x", 120.0).said("x", 110.0).age("x", 130.0) == 10.0
