"""Turning what PostgreSQL says into refusals."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from qvdc_core.errors import DeadlineExceeded, Kind, Refusal, StoreUnavailable

STORE = "postgresql"
CONFLICTS = frozenset({"40001", "40P01", "55P03"})
"""Serialisation failure, deadlock, lock not available."""
SHUTTING_DOWN = frozenset({"57P01", "57P02", "57P03", "57P05", "53300"})
STATEMENT_CANCELLED = "57014"
IDLE_IN_TRANSACTION = "25P03"
NOT_MIGRATED = frozenset({"42P01", "3F000"})
"""A table or the schema is missing: the first migration has not run yet."""


class Contention(Refusal):
    """Others changed the same rows at the same time; nothing was changed."""

    kind = Kind.ABORTED
    reason = "BUSY"

    def __init__(self) -> None:
        super().__init__(
            "Others changed the same at the same time: try again.",
            retry_after=timedelta(milliseconds=100),
        )


class StoreBusy(StoreUnavailable):
    """Every connection of this process is in use; nothing was changed."""

    def __init__(self) -> None:
        super().__init__(STORE)
        self.message = f"Too many calls wait for {STORE}."


@contextmanager
def translated() -> Iterator[None]:
    """Raise refusals for a lost connection, a conflict and a statement that took too long.

    Other database errors are bugs and pass through.

    Raises:
        StoreUnavailable: PostgreSQL is away; whether a commit took effect is unknown.
        Contention: the transaction lost against others and was rolled back.
        DeadlineExceeded: a statement ran into its time-out.
    """
    try:
        yield
    except (DBAPIError, PoolTimeout, psycopg.Error, OSError) as error:
        refusal = refusal_for(error)
        if refusal is None:
            raise
        raise refusal from error


@contextmanager
def refusing(constraint: str, refusal: Refusal) -> Iterator[None]:
    """Raise `refusal` when the statement inside violates `constraint`.

    The transaction is void after that: let the refusal leave the unit of work.
    """
    try:
        yield
    except IntegrityError as error:
        if violated_constraint(error) == constraint:
            raise refusal from error
        raise


def violated_constraint(error: IntegrityError) -> str | None:
    """Name of the constraint that `error` is about."""
    cause = error.orig
    return cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None


def refusal_for(error: BaseException | None) -> Refusal | None:
    """The refusal that `error` of the database stands for; None when it stands for none."""
    if not isinstance(error, DBAPIError | PoolTimeout | psycopg.Error | OSError):
        return None
    if isinstance(error, PoolTimeout):
        return StoreBusy()
    if isinstance(error, OSError):
        return StoreUnavailable(STORE)
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None)
    if state in CONFLICTS:
        return Contention()
    if state == STATEMENT_CANCELLED:
        return DeadlineExceeded("A statement took too long.")
    if state in NOT_MIGRATED or _lost_connection(error, cause, state):
        return StoreUnavailable(STORE)
    return None


def _lost_connection(error: Exception, cause: object, state: str | None) -> bool:
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if state is not None:
        return state.startswith("08") or state in SHUTTING_DOWN or state == IDLE_IN_TRANSACTION
    return isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError)
