"""The one-time code that a host shows to whom it may be joined by."""

import hmac
from collections.abc import Callable
from datetime import timedelta

from qvdc_core.errors import Kind, Refusal

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and digits that nobody takes for one another."""
LENGTH = 8
"""Forty bits: five tries within some minutes find nothing."""
TRIES = 5
PAUSE = timedelta(seconds=1)
"""Between a wrong code and the next try."""


class CodeMissing(Refusal):
    """No code was given."""

    kind = Kind.INVALID
    reason = "CODE_MISSING"

    def __init__(self) -> None:
        super().__init__("The pairing code that the host shows is needed.")


class CodeInvalid(Refusal):
    """The code is another one."""

    kind = Kind.DENIED
    reason = "CODE_INVALID"

    def __init__(self, tries_left: int) -> None:
        super().__init__(
            f"The pairing code is wrong; {tries_left} tries are left.", tries_left=tries_left
        )


class CodeExpired(Refusal):
    """The code can be used no more."""

    kind = Kind.PRECONDITION
    reason = "CODE_EXPIRED"

    def __init__(self) -> None:
        super().__init__(
            "The pairing code's time is over, or it was wrong too often:"
            " have the host show another."
        )


class TriedTooSoon(Refusal):
    """A wrong code came just now."""

    kind = Kind.EXHAUSTED
    reason = "RATE_LIMITED"

    def __init__(self) -> None:
        super().__init__("A wrong code came just now.", retry_after=PAUSE)


class OneTimeCode:
    """One code, for some minutes and few tries; compared in constant time.

    Args:
        choose: picks from a sequence, by chance.
        clock: monotonic seconds.
    """

    def __init__(
        self, choose: Callable[[str], str], clock: Callable[[], float], life: timedelta
    ) -> None:
        self._value = "".join(choose(ALPHABET) for _ in range(LENGTH))
        self._clock = clock
        self._end = clock() + life.total_seconds()
        self._tries = TRIES
        self._not_before = clock()

    @property
    def shown(self) -> str:
        """As people read it."""
        return f"{self._value[: LENGTH // 2]}-{self._value[LENGTH // 2 :]}"

    @property
    def ended(self) -> bool:
        """Whether it can be used no more."""
        return self._tries <= 0 or self._clock() >= self._end

    def check(self, given: str) -> None:
        """Return if `given` is the code; case, dashes and spaces do not matter.

        Raises:
            CodeMissing, CodeExpired, TriedTooSoon, CodeInvalid: it is not, or not now.
        """
        plain = given.upper().replace("-", "").replace(" ", "")
        if not plain:
            raise CodeMissing
        if self.ended:
            raise CodeExpired
        if self._clock() < self._not_before:
            raise TriedTooSoon
        if not hmac.compare_digest(plain.encode(), self._value.encode()):
            self._tries -= 1
            self._not_before = self._clock() + PAUSE.total_seconds()
            raise CodeInvalid(self._tries)
