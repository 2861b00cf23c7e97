"""Terms change in two steps, and nothing is counted shorter than a host may run (PROTOCOLS 3)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qvdc_coord.fencing import LONGEST_LADDER
from qvdc_node.adapters.terms_key import (
    grant_from_key,
    grant_from_text,
    grant_to_key,
    grant_to_text,
)
from qvdc_node.domain.terms import (
    LONGEST,
    USUAL,
    USUAL_GRANT,
    Grant,
    Terms,
    first_grant,
    least_interval,
    next_grant,
    terms_of,
)

SLOW, QUICK = terms_of(timedelta(seconds=30)), terms_of(timedelta(seconds=6))


@pytest.mark.parametrize(
    ("detection", "least", "interval", "session", "ladder"),
    [
        (9, 0, 3, 9, 13),
        (6, 1, 2, 6, 10),
        (60, 3, 20, 60, 64),
        (9, 12, 12, 36, 40),
        (60, 90, 60, 180, 184),
    ],
)
def test_everything_follows_from_the_detection(
    detection: int, least: int, interval: int, session: int, ladder: int
) -> None:
    terms = terms_of(timedelta(seconds=detection), least=timedelta(seconds=least))
    told = (terms.interval, terms.session, terms.ladder)
    assert [each.total_seconds() for each in told] == [interval, session, ladder]


@pytest.mark.parametrize(
    ("hosts", "seconds"), [(0, 0), (1, 1), (600, 1), (1800, 3), (1801, 4), (5000, 9)]
)
def test_hb_1_more_hosts_than_can_be_borne_beat_more_slowly(hosts: int, seconds: int) -> None:
    assert least_interval(hosts, 600) == timedelta(seconds=seconds)


def test_what_grows_counts_before_the_host_is_told() -> None:
    grown = next_grant(USUAL_GRANT, SLOW, said=1)
    assert grown == Grant(SLOW, 2, SLOW.session, SLOW.ladder)
    assert next_grant(grown, SLOW, said=1) == grown


def test_what_shrinks_counts_when_the_host_says_that_it_runs_it() -> None:
    slow = first_grant(SLOW)
    told = next_grant(slow, QUICK, said=1)
    assert told == Grant(QUICK, 2, SLOW.session, SLOW.ladder)
    assert next_grant(told, QUICK, said=1) == told
    assert next_grant(told, QUICK, said=2) == Grant(QUICK, 2, QUICK.session, QUICK.ladder)


def test_terms_that_were_told_and_never_confirmed_still_count() -> None:
    told = next_grant(next_grant(first_grant(QUICK), SLOW, said=1), USUAL, said=1)
    assert (told.told, told.ladder) == (USUAL, SLOW.ladder)


def test_terms_that_nobody_knows_are_the_longest() -> None:
    lost = next_grant(None, USUAL, said=7)
    assert (lost.told, lost.lease, lost.ladder) == (USUAL, USUAL.session, LONGEST.ladder)
    assert lost.version > 7
    assert next_grant(lost, USUAL, said=lost.version).ladder == USUAL.ladder
    rolled_back = next_grant(USUAL_GRANT, None, said=5)
    assert (rolled_back.told, rolled_back.ladder) == (USUAL, LONGEST.ladder)
    assert LONGEST.ladder == LONGEST_LADDER


def test_a_copy_that_does_not_know_what_is_wanted_changes_nothing() -> None:
    assert next_grant(first_grant(SLOW), None, said=1) == first_grant(SLOW)


@given(
    st.lists(st.tuples(st.sampled_from([USUAL, SLOW, QUICK, None]), st.booleans(), st.booleans()))
)
def test_no_history_counts_less_than_the_host_may_run(
    history: list[tuple[Terms | None, bool, bool]],
) -> None:
    """Each beat says what the host runs; its answer may be lost, or come after the next one."""
    grant, runs, version, late = USUAL_GRANT, USUAL, 1, (USUAL, 1)
    for wanted, heard, comes_late in history:
        grant = next_grant(grant, wanted, said=version)
        answers = [late] if comes_late else []
        late = (grant.told, grant.version)
        answers += [late] if heard else []
        for told, numbered in answers:
            if numbered >= version:
                runs, version = told, numbered
        assert grant.ladder >= runs.ladder
        assert grant.lease >= runs.session


@given(st.integers(1, 60), st.integers(1, 2**40), st.integers(1, 200), st.integers(1, 200))
def test_etcd_gives_back_what_was_written(
    seconds: int, version: int, lease: int, ladder: int
) -> None:
    grant = Grant(
        terms_of(timedelta(seconds=3 * seconds)),
        version,
        timedelta(seconds=lease),
        timedelta(seconds=ladder),
    )
    assert grant_from_text(grant_to_text(grant)) == grant
    assert grant_from_key(grant_to_key(grant, "life"), "life") == grant
    assert grant_from_key(grant_to_key(grant, "another"), "life") is None
    assert grant_from_text("") is None
