"""Operations: rows that survive whoever advances them (GEN-7, GEN-8, PROTOCOLS 9)."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.errors import Kind, NotCancellable, NotFound, Refusal
from qvdc_core.event import Change, EventDraft, Severity
from qvdc_core.operation import (
    LIVE_STATES,
    Operation,
    OperationFailure,
    OperationFilter,
    OperationState,
)
from qvdc_core.page import Page, PageRequest
from qvdc_db.events import EventLog
from qvdc_db.generic import operations as table
from qvdc_db.operation_rows import COLUMNS, operation_of
from qvdc_db.pagination import fetch_page
from qvdc_db.store import Store

NOUN = "operations"
MAX_LIVE_PERCENT = 99
"""100 % is for success alone."""


class LeaseLost(Refusal):
    """Another attempt has taken the operation over; this one may not write any more."""

    kind = Kind.ABORTED
    reason = "BUSY"

    def __init__(self, operation_id: str, attempt: int) -> None:
        super().__init__(
            f"Attempt {attempt} of operations/{operation_id} was taken over.",
            operation=operation_id,
            attempt=attempt,
        )


class OperationEnded(Refusal):
    """The operation has ended; it cannot be advanced."""

    kind = Kind.PRECONDITION
    reason = "OPERATION_ENDED"

    def __init__(self, operation: Operation) -> None:
        super().__init__(
            f"{operation.name} has ended: {operation.state.value}.",
            operation=operation.id,
            state=operation.state.value,
        )


class Operations:
    """The operations of one service, in one transaction."""

    def __init__(self, session: AsyncSession, store: Store, events: EventLog) -> None:
        self._session = session
        self._store = store
        self._events = events

    async def start(
        self,
        verb: str,
        *,
        target: str,
        target_uid: str,
        requester: str,
        cancellable: bool = False,
        stage: str = "",
        total_bytes: int | None = None,
        parent: str | None = None,
        trace_id: str = "",
    ) -> Operation:
        """Write down work that is wanted, QUEUED."""
        now = self._store.clock.now()
        row = {
            "id": f"{self._store.service}-{self._store.new_id()}",
            "verb": verb,
            "target": target,
            "target_uid": target_uid,
            "requester": requester,
            "state": OperationState.QUEUED.value,
            "cancellable": cancellable,
            "stage": stage,
            "total_bytes": total_bytes,
            "parent": parent,
            "trace_id": trace_id,
            "create_time": now,
            "last_beat_time": now,
        }
        await self._session.execute(table.insert().values(row))
        return await self._told(str(row["id"]))

    async def get(self, operation_id: str) -> Operation:
        """Read one operation by id (without `operations/`).

        Raises:
            NotFound: there is none, or it was kept its 30 days.
        """
        row = (
            await self._session.execute(select(*COLUMNS).where(table.c.id == operation_id))
        ).one_or_none()
        if row is None:
            raise NotFound("operation", f"operations/{operation_id}")
        return operation_of(row)

    async def page(self, wanted: OperationFilter, request: PageRequest) -> Page[Operation]:
        """One page of the operations that match, newest first."""
        query = select(*COLUMNS)
        if wanted.target:
            query = query.where(table.c.target == wanted.target)
        if wanted.states:
            query = query.where(table.c.state.in_([state.value for state in wanted.states]))
        rows, token = await fetch_page(
            self._session,
            query,
            keys=[table.c.create_time, table.c.id],
            page=request,
            bound=wanted,
            descending=True,
        )
        return Page(tuple(operation_of(row) for row in rows), token)

    async def live(self, *, target: str | None = None, verb: str | None = None) -> list[Operation]:
        """All operations that have not ended, oldest first."""
        query = select(*COLUMNS).where(_is_live())
        if target is not None:
            query = query.where(table.c.target == target)
        if verb is not None:
            query = query.where(table.c.verb == verb)
        rows = await self._session.execute(query.order_by(table.c.create_time, table.c.id))
        return [operation_of(row) for row in rows]

    async def advance(
        self,
        operation_id: str,
        *,
        stage: str | None = None,
        message: str | None = None,
        progress_percent: int | None = None,
        done_bytes: int | None = None,
        total_bytes: int | None = None,
        attempt: int | None = None,
    ) -> Operation:
        """Beat, and say how far the work is; progress and bytes never go backwards.

        QUEUED becomes RUNNING. With `attempt`, only while that attempt holds the lease.

        Raises:
            OperationEnded: it has ended.
            LeaseLost: another attempt has taken over.
            NotFound: there is none.
        """
        now = self._store.clock.now()
        values: dict[str, Any] = {
            "state": _running_if_queued(),
            "start_time": func.coalesce(table.c.start_time, now),
            "last_beat_time": func.greatest(table.c.last_beat_time, now),
            "generation": table.c.generation + 1,
        }
        if stage is not None:
            values["stage"] = stage
        if message is not None:
            values["message"] = message
        if progress_percent is not None:
            capped = max(0, min(progress_percent, MAX_LIVE_PERCENT))
            values["progress_percent"] = func.greatest(table.c.progress_percent, capped)
        if done_bytes is not None:
            values["done_bytes"] = func.greatest(func.coalesce(table.c.done_bytes, 0), done_bytes)
        if total_bytes is not None:
            values["total_bytes"] = total_bytes
        return await self._change(operation_id, values, attempt)

    async def succeed(self, operation_id: str, *, attempt: int | None = None) -> Operation:
        """End it as SUCCEEDED; call it after its last visible effect. Repeating changes nothing.

        Raises:
            OperationEnded, LeaseLost, NotFound: as `advance`.
        """
        return await self._end(
            operation_id, OperationState.SUCCEEDED, {"progress_percent": 100}, attempt
        )

    async def fail(
        self, operation_id: str, failure: OperationFailure, *, attempt: int | None = None
    ) -> Operation:
        """End it as FAILED with `failure`. Repeating changes nothing.

        Raises:
            OperationEnded, LeaseLost, NotFound: as `advance`.
        """
        values = {
            "failure_kind": failure.kind.name,
            "failure_reason": failure.reason,
            "failure_message": failure.message,
            "failure_facts": dict(failure.facts),
        }
        return await self._end(operation_id, OperationState.FAILED, values, attempt)

    async def cancelled(self, operation_id: str, *, attempt: int | None = None) -> Operation:
        """End it as CANCELLED, when everything is undone or stopped. Repeating changes nothing.

        Raises:
            OperationEnded, LeaseLost, NotFound: as `advance`.
        """
        return await self._end(operation_id, OperationState.CANCELLED, {}, attempt)

    async def request_cancel(self, operation_id: str) -> Operation:
        """Ask for the work to stop; its loop sees `cancel_requested`. Repeating changes nothing.

        Raises:
            NotCancellable: it cannot stop cleanly, or has ended.
            NotFound: there is none.
        """
        changed = await self._session.scalar(
            update(table)
            .where(table.c.id == operation_id, _is_live(), table.c.cancellable)
            .values(
                state=OperationState.CANCELLING.value,
                cancel_requested=True,
                generation=table.c.generation + 1,
            )
            .returning(table.c.id)
        )
        if changed is None:
            operation = await self.get(operation_id)
            raise NotCancellable(operation.name, operation.state.value)
        return await self._told(operation_id)

    async def take(
        self, verbs: tuple[str, ...], *, owner: str, life: timedelta
    ) -> Operation | None:
        """Take the oldest live operation of `verbs` that nobody holds, under a new attempt.

        For jobs that any copy may run. The lease lasts `life` by PostgreSQL's clock; renew it by
        `hold`. None when there is nothing to do.
        """
        free = or_(table.c.lease_expire_time.is_(None), table.c.lease_expire_time < func.now())
        oldest = (
            select(table.c.id)
            .where(table.c.verb.in_(verbs), _is_live(), free)
            .order_by(table.c.create_time, table.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        now = self._store.clock.now()
        taken = await self._session.scalar(
            update(table)
            .where(table.c.id == oldest)
            .values(
                attempt=table.c.attempt + 1,
                lease_owner=owner,
                lease_expire_time=func.now() + life,
                state=_running_if_queued(),
                start_time=func.coalesce(table.c.start_time, now),
                last_beat_time=func.greatest(table.c.last_beat_time, now),
                generation=table.c.generation + 1,
            )
            .returning(table.c.id)
        )
        return None if taken is None else await self._told(taken)

    async def hold(self, operation_id: str, *, attempt: int, life: timedelta) -> Operation:
        """Renew the lease and beat; the answer tells whether cancel was asked for.

        Raises:
            OperationEnded, LeaseLost, NotFound: as `advance`.
        """
        values = {
            "lease_expire_time": func.now() + life,
            "last_beat_time": func.greatest(table.c.last_beat_time, self._store.clock.now()),
        }
        return await self._change(operation_id, values, attempt)

    async def _end(
        self,
        operation_id: str,
        state: OperationState,
        values: dict[str, Any],
        attempt: int | None,
    ) -> Operation:
        now = self._store.clock.now()
        ending = values | {
            "state": state.value,
            "start_time": func.coalesce(table.c.start_time, now),
            "end_time": now,
            "last_beat_time": func.greatest(table.c.last_beat_time, now),
            "lease_expire_time": None,
            "message": "",
            "generation": table.c.generation + 1,
        }
        try:
            await self._change(operation_id, ending, attempt)
        except OperationEnded:
            operation = await self.get(operation_id)
            if operation.state is state:
                return operation
            raise
        return await self._told(operation_id)

    async def _change(
        self, operation_id: str, values: dict[str, Any], attempt: int | None
    ) -> Operation:
        change = update(table).where(table.c.id == operation_id, _is_live())
        if attempt is not None:
            change = change.where(table.c.attempt == attempt)
        row = (await self._session.execute(change.values(values).returning(*COLUMNS))).one_or_none()
        if row is not None:
            return operation_of(row)
        operation = await self.get(operation_id)
        if not operation.state.live:
            raise OperationEnded(operation)
        raise LeaseLost(operation_id, attempt or 0)

    async def _told(self, operation_id: str) -> Operation:
        operation = await self.get(operation_id)
        failed = operation.state is OperationState.FAILED
        await self._events.append(
            EventDraft(
                subject=operation.name,
                kind="OperationFailed" if failed else "",
                change=Change.CHANGED,
                revision=operation.generation,
                severity=Severity.ERROR if failed else Severity.INFO,
                actor=operation.requester,
                operation=operation.name,
                trace_id=operation.trace_id,
                text=operation.failure.message if operation.failure else "",
                details={"target": operation.target, "verb": operation.verb},
            )
        )
        return operation


def _is_live() -> ColumnElement[bool]:
    return table.c.state.in_([state.value for state in LIVE_STATES])


def _running_if_queued() -> ColumnElement[str]:
    queued = table.c.state == OperationState.QUEUED.value
    return case((queued, literal(OperationState.RUNNING.value)), else_=table.c.state)
