"""Refusals: the typed ways in which the product says no.

A refusal is raised where the decision falls and translated once, at the edge, into a status with
a stable machine-readable reason. Facts are data, the message is for people.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum


class Kind(Enum):
    """What the caller should do about a refusal; the value is the code's name on the wire."""

    INVALID = "INVALID_ARGUMENT"
    """Fix the request."""
    PRECONDITION = "FAILED_PRECONDITION"
    """Change the system's state first."""
    ABORTED = "ABORTED"
    """Reread and retry."""
    EXHAUSTED = "RESOURCE_EXHAUSTED"
    """Ask for quota or capacity."""
    UNAVAILABLE = "UNAVAILABLE"
    """Wait and retry."""
    NOT_FOUND = "NOT_FOUND"
    """It does not exist, or the caller may not know that it does."""
    DENIED = "PERMISSION_DENIED"
    """Ask for permission."""
    UNAUTHENTICATED = "UNAUTHENTICATED"
    """Say who you are."""
    EXISTS = "ALREADY_EXISTS"
    """Choose another name."""
    DEADLINE = "DEADLINE_EXCEEDED"
    """The time given was too short; the effect is unknown."""
    CANCELLED = "CANCELLED"
    """The caller gave up."""
    UNIMPLEMENTED = "UNIMPLEMENTED"
    """This build does not do it."""
    INTERNAL = "INTERNAL"
    """A bug on the other side; raised only for what a remote answered."""


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One field of a request that broke a rule; `field` is its dotted path in proto spelling."""

    field: str
    description: str
    reason: str = "INVALID"


class Refusal(Exception):
    """A refusal with a reason that never changes once published.

    Subclasses set `kind` and `reason`, and pass a message for people plus facts by keyword.

    Attributes:
        facts: what the message says, as data; values are turned into text.
        fields: the request's fields at fault, if any.
        retry_after: how long to wait where waiting helps.
    """

    kind: Kind = Kind.PRECONDITION
    reason: str = "REFUSED"

    def __init__(
        self,
        message: str,
        *,
        fields: Iterable[FieldViolation] = (),
        retry_after: timedelta | None = None,
        **facts: object,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.fields = tuple(fields)
        self.retry_after = retry_after
        self.facts = {key: _text(value) for key, value in facts.items() if value is not None}

    def __str__(self) -> str:
        return self.message


class InvalidField(Refusal):
    """A field's value breaks a rule."""

    kind = Kind.INVALID
    reason = "INVALID_ARGUMENT"

    def __init__(self, field: str, why: str, **facts: object) -> None:
        super().__init__(f"{field}: {why}", fields=(FieldViolation(field, why),))
        self.facts |= {key: _text(value) for key, value in facts.items()}


class UnknownField(Refusal):
    """The request carries fields or mask paths that this contract does not know."""

    kind = Kind.INVALID
    reason = "UNKNOWN_FIELD"

    def __init__(self, *fields: str) -> None:
        named = sorted(set(fields))
        super().__init__(
            f"Unknown field: {', '.join(named)}.",
            fields=[FieldViolation(name, "is not a field here", self.reason) for name in named],
            unknown=",".join(named),
        )


class IdempotencyKeyReused(Refusal):
    """The same request id came with another body."""

    kind = Kind.INVALID
    reason = "IDEMPOTENCY_KEY_REUSED"

    def __init__(self, request_id: str) -> None:
        super().__init__(
            f"Request id {request_id} was used before with another request.",
            request_id=request_id,
        )


class EtagMismatch(Refusal):
    """The resource changed since the caller read it."""

    kind = Kind.ABORTED
    reason = "ETAG_MISMATCH"

    def __init__(
        self, name: str, *, changed_by: str | None = None, change_time: str | None = None
    ) -> None:
        by = f" by {changed_by}" if changed_by else ""
        at = f" at {change_time}" if change_time else ""
        super().__init__(
            f"{name} was changed{by}{at} since it was read.",
            name=name,
            changed_by=changed_by,
            change_time=change_time,
        )


class NotCancellable(Refusal):
    """The operation cannot undo or stop cleanly, or has ended."""

    kind = Kind.PRECONDITION
    reason = "NOT_CANCELLABLE"

    def __init__(self, operation: str, state: str) -> None:
        super().__init__(
            f"{operation} is {state} and cannot be cancelled.", operation=operation, state=state
        )


class InUse(Refusal):
    """Something depends on the resource; the first 20 blockers are named."""

    kind = Kind.PRECONDITION
    reason = "IN_USE"

    def __init__(self, name: str, blockers: Iterable[str], total: int) -> None:
        first = list(blockers)[:20]
        super().__init__(
            f"{name} is used by {total}: {', '.join(first)}.",
            name=name,
            blockers=",".join(first),
            total=total,
        )


class StaleFence(Refusal):
    """A leader older than one already seen tried to act."""

    kind = Kind.PRECONDITION
    reason = "STALE_FENCE"

    def __init__(self, loop: str, presented: object, newest: object) -> None:
        super().__init__(
            f"The fence {presented} of {loop} is older than {newest}.",
            loop=loop,
            presented=presented,
            newest=newest,
        )


class NotFound(Refusal):
    """There is no such resource, or the caller may not know of it."""

    kind = Kind.NOT_FOUND
    reason = "NOT_FOUND"

    def __init__(self, noun: str, name: str) -> None:
        super().__init__(f"There is no {noun} {name}.", noun=noun, name=name)


class PermissionMissing(Refusal):
    """The caller is known and lacks a permission."""

    kind = Kind.DENIED
    reason = "PERMISSION_MISSING"

    def __init__(self, permission: str) -> None:
        super().__init__(f"This needs the permission {permission}.", permission=permission)


class Unauthenticated(Refusal):
    """The caller did not prove who it is."""

    kind = Kind.UNAUTHENTICATED
    reason = "UNAUTHENTICATED"


class StoreUnavailable(Refusal):
    """A store is away; nothing was changed, or whether it was is unknown.

    `store` is postgresql, etcd or redis.
    """

    kind = Kind.UNAVAILABLE
    reason = "STORE_UNAVAILABLE"

    def __init__(self, store: str, retry_after: timedelta = timedelta(seconds=1)) -> None:
        super().__init__(f"{store} is away.", retry_after=retry_after, store=store)


class DeadlineExceeded(Refusal):
    """The work did not end within the time given; its effect is unknown."""

    kind = Kind.DEADLINE
    reason = "DEADLINE_EXCEEDED"


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | set | frozenset):
        return ",".join(_text(item) for item in value)
    return str(value)
