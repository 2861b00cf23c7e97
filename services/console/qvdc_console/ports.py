"""What the door needs from the world."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self, TypeVar

from qvdc_console.domain.api_key import ApiKey, PlainKey
from qvdc_console.domain.audit import AuditFilter, AuditRecord
from qvdc_console.domain.rate import Rate
from qvdc_console.domain.role import BuiltInRole, Role
from qvdc_console.domain.session import Failures, Session
from qvdc_console.domain.user import User
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey

T = TypeVar("T")
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class KnownSession:
    """A session with whose it is and what they may do."""

    session: Session
    user_id: str
    display_name: str
    disabled: bool
    password_change_required: bool
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key with what its owner and its role may do.

    Args:
        role_permissions: None without a role.
    """

    key: ApiKey
    owner_disabled: bool
    owner_display_name: str
    owner_permissions: frozenset[str]
    role_permissions: frozenset[str] | None


class Identities(Protocol):
    """Where sessions and keys are looked up; every method may raise StoreUnavailable."""

    async def find_session(self, session_id: str) -> KnownSession | None:
        """Return the session of that id."""
        ...

    async def find_key(self, key_id: str) -> KnownKey | None:
        """Return the key of that id."""
        ...

    async def used_session(self, session_id: str, *, now: datetime) -> None:
        """Note its use, to a minute."""
        ...

    async def used_key(self, key_id: str, *, address: str, now: datetime) -> None:
        """Note its use, to a minute."""
        ...


class FirstKeys(Protocol):
    """Where the bootstrap key is kept."""

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
    """Where a first secret is handed out."""

    def write(self, text: str) -> None:
        """Replace the file's content, readable by its owner alone.

        Raises:
            OSError: it cannot be written.
        """
        ...


class Users(Protocol):
    """The users, in one transaction."""

    async def add(self, user: User, password_hash: str) -> None: ...
    async def get(self, name: str, *, now: datetime) -> User: ...
    async def with_password(
        self, user_id: str, *, now: datetime, locked: bool
    ) -> tuple[User, str] | None: ...
    async def signed_in(self, user: User, *, now: datetime) -> None: ...
    async def page(self, query: str, page: PageRequest, *, now: datetime) -> Page[User]: ...
    async def save(self, user: User, password_hash: str | None = None) -> User: ...
    async def remove(self, user: User) -> None: ...
    async def administrators(self) -> int: ...
    async def count_failure(self, name: str, *, most: int, now: datetime) -> Failures: ...
    async def take_back_failure(self, name: str) -> None: ...
    async def forgive(self, name: str) -> None: ...
    async def forget_old_failures(self, *, before: datetime) -> None: ...
    async def mark(self, what: str) -> bool: ...


class Roles(Protocol):
    """The roles, in one transaction."""

    async def add(self, role: Role) -> None: ...
    async def get(self, name: str) -> Role: ...
    async def of(self, ids: Iterable[str]) -> list[Role]: ...
    async def page(self, page: PageRequest) -> Page[Role]: ...
    async def save(self, role: Role) -> Role: ...
    async def remove(self, role: Role) -> None: ...
    async def keep_built_in(self, role: BuiltInRole, *, uid: str, now: datetime) -> None: ...


class ApiKeys(Protocol):
    """The keys, in one transaction; `owner` is the uid of the one user whose keys are meant."""

    async def add(self, key: ApiKey) -> None: ...
    async def get(self, name: str, *, owner: str | None) -> ApiKey: ...
    async def page(self, page: PageRequest, *, owner: str | None) -> Page[ApiKey]: ...
    async def remove(self, key: ApiKey) -> None: ...
    async def revoke(self, name: str, *, now: datetime) -> bool: ...


class Sessions(Protocol):
    """The sessions, in one transaction."""

    async def add(self, made: Session) -> None: ...
    async def end(self, session_id: str) -> None: ...
    async def end_all(self, user_uid: str, *, but: str = "") -> None: ...
    async def forget_ended(self, now: datetime) -> None: ...


class Requests(Protocol):
    """First answers to request ids."""

    async def recall(self, key: RequestKey | None, kind: type[T]) -> T | None: ...
    async def repeated(self, key: RequestKey | None) -> bool: ...
    async def remember(self, key: RequestKey | None, answer: object) -> None: ...


class UnitOfWork(Protocol):
    """One transaction; rolled back unless committed."""

    @property
    def users(self) -> Users: ...
    @property
    def roles(self) -> Roles: ...
    @property
    def api_keys(self) -> ApiKeys: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def requests(self) -> Requests: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    async def commit(self) -> None: ...


UnitsOfWork = Callable[[], UnitOfWork]


class Passwords(Protocol):
    """Keeps passwords as slow hashes."""

    async def hash(self, password: str) -> str:
        """Return what is kept of `password`; SignInBusy when too many wait."""
        ...

    async def fits(self, password: str, hashed: str | None) -> bool:
        """Whether `password` is the one of `hashed`; None costs the same time and is False.

        Raises:
            SignInBusy: too many wait.
        """
        ...


class RateLimits(Protocol):
    """How often callers call."""

    async def take(self, caller: str, rate: Rate) -> timedelta:
        """Take one of `caller`'s calls; return how long to wait for it, zero when granted."""
        ...


class AccessTokens(Protocol):
    """Short bearer tokens that stand for a session or a key."""

    def sign(self, reference: str, *, until: datetime) -> str:
        """Return a token for `reference`."""
        ...

    def read(self, token: str) -> str | None:
        """Return the reference of a token; None if it is forged or expired."""
        ...


class AuditTrail(Protocol):
    """Where audit records are kept; they are only ever added."""

    async def add(self, records: Sequence[AuditRecord]) -> None:
        """Store `records` in one transaction; StoreUnavailable when PostgreSQL is away."""
        ...

    async def page(self, wanted: AuditFilter, page: PageRequest) -> Page[AuditRecord]:
        """Return a page of records, newest first."""
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
