"""What a beat leads to."""

import pytest

from qvdc_node.domain.session import (
    AnotherBoot,
    Incarnate,
    KnownHost,
    NodeFenced,
    NotOpened,
    Put,
    Renew,
    StaleInstance,
    judge_beat,
)
from tests.node_testing.builders import BOOT, OTHER_BOOT, UID, a_session, a_view

FIRST, SECOND = Incarnate(BOOT, 1), Incarnate(BOOT, 2)


def test_a_beat_of_the_session_renews_it() -> None:
    assert judge_beat(UID, FIRST, a_view(a_session()), None) == Renew(a_session())


def test_a_higher_instance_takes_over_under_the_next_epoch() -> None:
    verdict = judge_beat(UID, SECOND, a_view(a_session()), None)
    assert isinstance(verdict, Put)
    assert (verdict.session.epoch, verdict.session.life) == (5, SECOND)
    assert verdict.old == a_session()


def test_a_lower_instance_must_exit() -> None:
    with pytest.raises(StaleInstance):
        judge_beat(UID, FIRST, a_view(a_session(life=SECOND)), None)


def test_another_boot_must_register() -> None:
    with pytest.raises(AnotherBoot):
        judge_beat(UID, Incarnate(OTHER_BOOT, 9), a_view(a_session()), None)


def test_a_fence_forbids_even_the_session_that_stands() -> None:
    with pytest.raises(NodeFenced):
        judge_beat(UID, FIRST, a_view(a_session(), fenced="incidents/i1"), None)


def test_nothing_is_granted_before_etcd_is_opened() -> None:
    with pytest.raises(NotOpened):
        judge_beat(UID, FIRST, a_view(a_session(), incarnation=""), None)


def test_a_lost_session_is_put_back_under_its_epoch() -> None:
    known = KnownHost(uid=UID, life=FIRST, epoch=4)
    verdict = judge_beat(UID, FIRST, a_view(), known)
    assert isinstance(verdict, Put)
    assert (verdict.session.epoch, verdict.old) == (4, None)
    assert verdict.session.incarnation == "life"


def test_a_session_of_another_life_of_etcd_counts_as_lost() -> None:
    known = KnownHost(uid=UID, life=FIRST, epoch=4)
    stale = a_session(incarnation="before")
    verdict = judge_beat(UID, FIRST, a_view(stale), known)
    assert isinstance(verdict, Put)
    assert verdict.old == stale


def test_without_a_session_the_registry_must_be_asked() -> None:
    assert judge_beat(UID, FIRST, a_view(), None) is None
    with pytest.raises(StaleInstance):
        judge_beat(UID, FIRST, a_view(), KnownHost(uid=UID, life=SECOND, epoch=5))
