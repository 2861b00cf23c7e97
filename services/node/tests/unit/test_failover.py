"""Member sets and promises, case by case."""

from datetime import timedelta

import pytest

from qvdc_core.clock import ManualClock
from qvdc_node.domain.inventory import Address, Purpose
from qvdc_node.domain.member_set import Member, MemberSet, Voter, due, members_of
from qvdc_node.domain.node import Mode
from qvdc_node.domain.session import NodeFenced
from qvdc_node.usecases.acknowledgement import Acknowledgements
from tests.node_testing.builders import UID


def a_voter(uid: str, cluster: str = "clusters/a", **fields: object) -> Voter:
    told: dict[str, object] = {
        "uid": uid,
        "cluster": cluster,
        "mode": Mode.ACTIVE,
        "draining": False,
        "addresses": (Address("10.0.0.1", 7444, Purpose.GUARDIAN),),
    }
    return Voter(**(told | fields))  # type: ignore[arg-type]


def a_member(uid: str) -> Member:
    return Member(uid, "10.0.0.1", 7444)


def test_hosts_vote_until_they_are_in_maintenance_and_empty() -> None:
    voters = [
        a_voter("1"),
        a_voter("2", mode=Mode.CORDONED),
        a_voter("3", mode=Mode.MAINTENANCE, draining=True),
        a_voter("4", mode=Mode.MAINTENANCE),
        a_voter("5", addresses=(Address("10.0.0.1", 7443, Purpose.AGENT),)),
        a_voter("6", cluster=""),
        a_voter("7", cluster="clusters/b"),
    ]
    assert members_of(voters) == {
        "clusters/a": tuple(map(a_member, "123")),
        "clusters/b": (a_member("7"),),
    }


def test_only_what_changed_gets_a_version_that_grows_over_all_clusters() -> None:
    stored = {
        "clusters/a": MemberSet(
            cluster="clusters/a", site_term=1, version=4, members=(a_member("1"),)
        ),
        "clusters/b": MemberSet(
            cluster="clusters/b", site_term=1, version=9, members=(a_member("7"),)
        ),
    }
    same = {"clusters/a": (a_member("1"),), "clusters/b": (a_member("7"),)}
    assert due(same, stored, site_term=1) == ()
    (grown,) = due({**same, "clusters/a": (a_member("1"), a_member("2"))}, stored, site_term=1)
    assert (grown.cluster, grown.version, grown.site_term) == ("clusters/a", 10, 1)
    restored = due(same, stored, site_term=2)
    assert [(each.version, each.site_term) for each in restored] == [(10, 2), (11, 2)]


def test_a_promise_tells_the_age_of_the_last_acknowledgement() -> None:
    clock = ManualClock()
    acknowledged = Acknowledgements(clock)
    clock.advance(timedelta(seconds=5))
    assert acknowledged.promise("never-heard", "i") == timedelta(seconds=5)
    acknowledged.acknowledge(UID, begun=acknowledged.begin())
    clock.advance(timedelta(seconds=2))
    assert acknowledged.promise(UID, "incidents/i") == timedelta(seconds=2)


def test_a_promise_stops_what_is_under_way_and_ends_with_the_fence() -> None:
    clock = ManualClock()
    acknowledged = Acknowledgements(clock)
    begun = acknowledged.begin()
    clock.advance(timedelta(seconds=1))
    acknowledged.promise(UID, "incidents/i")
    with pytest.raises(NodeFenced):
        acknowledged.acknowledge(UID, begun=begun)
    # At the same instant nobody can tell which came first.
    with pytest.raises(NodeFenced):
        acknowledged.acknowledge(UID, begun=acknowledged.begin())
    clock.advance(timedelta(seconds=1))
    # etcd showed a session after the promise: the host has confessed.
    acknowledged.acknowledge(UID, begun=acknowledged.begin())
    clock.advance(timedelta(seconds=3))
    assert acknowledged.promise(UID, "incidents/j") == timedelta(seconds=3)
