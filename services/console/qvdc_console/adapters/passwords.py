"""argon2id, off the event loop and never more than two at once."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from qvdc_console.domain.refusals import SignInBusy

AT_ONCE = 2
WAITING = 32

R = TypeVar("R")


class Argon2Passwords:
    """Hashes with argon2-cffi's defaults (RFC 9106: 64 MiB, 3 passes).

    Two at once and 32 waiting are the most memory and time that strangers can cost.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._inside = 0
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        return await self._worked(self._hasher.hash, password)

    async def fits(self, password: str, hashed: str | None) -> bool:
        return await self._worked(self._verify, password, hashed)

    def _verify(self, password: str, hashed: str | None) -> bool:
        if self._decoy is None:
            self._decoy = self._hasher.hash("nobody has this password")
        try:
            fits = self._hasher.verify(hashed or self._decoy, password)
        except (VerificationError, InvalidHashError):
            return False
        return fits and hashed is not None

    async def _worked(self, work: Callable[..., R], *given: object) -> R:
        if self._inside >= AT_ONCE + WAITING:
            raise SignInBusy
        self._inside += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work, *given)
        finally:
            self._inside -= 1
