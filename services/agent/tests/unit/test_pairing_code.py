"""The one-time code of a pairing: few tries, some minutes, never read twice the same way wrong."""

from datetime import timedelta

import pytest

from qvdc_agent.pairing.code import (
    ALPHABET,
    TRIES,
    CodeExpired,
    CodeInvalid,
    CodeMissing,
    OneTimeCode,
    TriedTooSoon,
)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def code(clock: Clock) -> OneTimeCode:
    letters = iter(ALPHABET)
    return OneTimeCode(lambda _: next(letters), clock, timedelta(minutes=10))


def test_jn_2_the_code_is_read_whatever_its_case_and_dashes(code: OneTimeCode) -> None:
    assert code.shown == "ABCD-EFGH"
    for given in ("ABCD-EFGH", "abcdefgh", "abcd efgh"):
        code.check(given)


def test_jn_2_no_code_is_missing_and_a_wrong_one_is_counted(
    code: OneTimeCode, clock: Clock
) -> None:
    with pytest.raises(CodeMissing):
        code.check("  -")
    for left in reversed(range(TRIES)):
        with pytest.raises(CodeInvalid) as refused:
            code.check("WRONGONE")
        assert refused.value.facts["tries_left"] == str(left)
        clock.now += 1.5
    with pytest.raises(CodeExpired):
        code.check("ABCD-EFGH")


def test_jn_2_a_second_try_has_to_wait(code: OneTimeCode, clock: Clock) -> None:
    with pytest.raises(CodeInvalid):
        code.check("WRONGONE")
    with pytest.raises(TriedTooSoon) as refused:
        code.check("ABCD-EFGH")
    assert refused.value.retry_after == timedelta(seconds=1)
    clock.now += 1
    code.check("ABCD-EFGH")


def test_jn_2_the_code_ends_with_its_time(code: OneTimeCode, clock: Clock) -> None:
    clock.now = 600
    with pytest.raises(CodeExpired):
        code.check("ABCD-EFGH")
    assert code.ended
