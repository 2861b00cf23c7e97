"""What a host says of its memory and its clock."""

from datetime import timedelta

import pytest

from qvdc_agent.adapters.kernel_clock import STA_NANO, STA_UNSYNC, TIME_ERROR, kernel_clock, reading
from qvdc_agent.domain.host_health import KernelClock, memory_condition, time_condition
from qvdc_agent.domain.host_report import Status

MILLISECOND = timedelta(milliseconds=1)


def test_memory_pressure_begins_late_and_ends_later() -> None:
    def status(available: int, *, pressed: bool) -> Status:
        return memory_condition(100, 100 - available, pressed=pressed).status

    assert status(6, pressed=False) is Status.FALSE
    assert status(4, pressed=False) is Status.TRUE
    assert status(6, pressed=True) is Status.TRUE
    assert status(11, pressed=True) is Status.FALSE
    assert memory_condition(None, None, pressed=True).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("clock", "status", "reason"),
    [
        (KernelClock(True, 3 * MILLISECOND, MILLISECOND), Status.TRUE, ""),
        (KernelClock(True, -499 * MILLISECOND, MILLISECOND), Status.FALSE, "OFFSET_TOO_LARGE"),
        (KernelClock(False, timedelta(), timedelta()), Status.UNKNOWN, "NOT_DISCIPLINED"),
        (None, Status.UNKNOWN, "UNREADABLE"),
    ],
)
def test_a_clock_is_synchronised_only_if_it_is_known_to_be(
    clock: KernelClock | None, status: Status, reason: str
) -> None:
    told = time_condition(clock)

    assert (told.status, told.reason) == (status, reason)


def test_the_kernels_words_are_read_in_their_units() -> None:
    nano = reading(0, STA_NANO, offset=-2_000_000, error_us=500)

    assert nano == KernelClock(True, -2 * MILLISECOND, timedelta(microseconds=500))
    assert reading(0, 0, offset=2000, error_us=0).offset == 2 * MILLISECOND
    assert not reading(0, STA_UNSYNC, offset=0, error_us=0).disciplined
    assert not reading(TIME_ERROR, 0, offset=0, error_us=0).disciplined


def test_this_machine_answers() -> None:
    assert kernel_clock() is not None
