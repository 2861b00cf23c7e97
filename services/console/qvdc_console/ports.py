"""What the door needs from the world."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from qvdc_console.domain.api_key import ApiKey, PlainKey

Headers = Sequence[tuple[str, str]]


class ApiKeys(Protocol):
    """Where API keys are kept."""

    async def find(self, key_id: str) -> ApiKey | None:
        """Return the stored key.

        Raises:
            StoreUnavailable: PostgreSQL is away.
        """
        ...

    async def add_first(self, key: ApiKey, handed_out: "KeyFile", plain: PlainKey) -> bool:
        """Store `key` unless one of its name is there, and hand it out in the same transaction.

        Returns whether it was stored. Killed in between, nothing is stored and the next attempt
        hands out another key.

        Raises:
            StoreUnavailable: PostgreSQL is away.
            OSError: the file cannot be written; nothing is stored.
        """
        ...


class KeyFile(Protocol):
    """Where the bootstrap key is handed out."""

    def write(self, key: PlainKey) -> None:
        """Replace the file's content, readable by its owner alone.

        Raises:
            OSError: it cannot be written.
        """
        ...


class Signer(Protocol):
    """Gives the door's word for a user."""

    def sign(self, *, subject: str, audience: str, permissions: Iterable[str]) -> str:
        """Return a short-lived assertion for the service `audience`."""
        ...


class BrokenOff(Exception):
    """An owner's answer ended before its end."""


@dataclass(frozen=True, slots=True)
class HttpReply:
    """An owner's answer, its body still coming; reading it may raise BrokenOff."""

    status: int
    headers: Headers
    body: AsyncIterator[bytes]


class HttpOwners(Protocol):
    """The HTTP ports of the services behind the door."""

    def send(
        self,
        service: str,
        *,
        method: str,
        target: str,
        headers: Headers,
        body: AsyncIterator[bytes] | bytes,
        silence: timedelta,
    ) -> AbstractAsyncContextManager[HttpReply]:
        """Send a request to a copy of `service`; both bodies stream.

        Args:
            target: path and query.
            silence: how long the answer may stand still before the copy counts as gone.

        Raises:
            OwnerAway: no copy could be reached, or it broke off before answering.
        """
        ...
