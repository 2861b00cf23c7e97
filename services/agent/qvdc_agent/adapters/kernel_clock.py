"""Asks the kernel how good its clock is; changes nothing."""

import ctypes
from datetime import timedelta

from qvdc_agent.domain.host_health import KernelClock

STA_UNSYNC, STA_NANO = 0x0040, 0x2000
TIME_ERROR = 5


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2); what is not read here is padding."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("padding", ctypes.c_byte * 256),
    )


def kernel_clock() -> KernelClock | None:
    """What the kernel knows of its clock; None where it does not say."""
    libc = ctypes.CDLL(None, use_errno=True)
    timex = _Timex()
    try:
        state = libc.adjtimex(ctypes.byref(timex))
    except AttributeError:
        return None
    if state < 0:
        return None
    return reading(state, timex.status, offset=timex.offset, error_us=timex.esterror)


def reading(state: int, status: int, *, offset: int, error_us: int) -> KernelClock:
    """Return what adjtimex(2) said.

    Args:
        state: its result.
        offset: in microseconds, or in nanoseconds if STA_NANO is set.
        error_us: the estimated error, in microseconds.
    """
    per_us = 1000 if status & STA_NANO else 1
    return KernelClock(
        disciplined=state != TIME_ERROR and not status & STA_UNSYNC,
        offset=timedelta(microseconds=offset / per_us),
        error=timedelta(microseconds=error_us),
    )
