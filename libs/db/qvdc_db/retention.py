"""Throwing away what was kept long enough, in small transactions."""

from datetime import datetime, timedelta

from sqlalchemy import delete, literal, select, tuple_, update

from qvdc_db.errors import translated
from qvdc_db.generic import event_horizon, events, operations, request_ids
from qvdc_db.store import Store

REQUESTS_KEPT = timedelta(hours=24)
OPERATIONS_KEPT = timedelta(days=30)
EVENTS_KEPT = timedelta(days=90)
CHUNK = 1000
"""Rows deleted in one transaction."""


async def throw_old_away(store: Store, *, events_kept: timedelta = EVENTS_KEPT) -> int:
    """Delete request ids, ended operations and events older than what is kept; count the rows.

    Safe to run by several copies at once and to repeat. Resume tokens from before the newest
    deleted event are refused from then on.

    Raises:
        StoreUnavailable: PostgreSQL is away; go on later.
    """
    total = 0
    now = store.clock.now()
    steps = (
        (_requests, now - REQUESTS_KEPT),
        (_operations, now - OPERATIONS_KEPT),
        (_events, now - events_kept),
    )
    for step, before in steps:
        while deleted := await step(store, before):
            total += deleted
            if deleted < CHUNK:
                break
    return total


async def _requests(store: Store, before: datetime) -> int:
    old = (
        select(request_ids.c.actor, request_ids.c.rpc, request_ids.c.request_id)
        .where(request_ids.c.time < before)
        .limit(CHUNK)
    )
    key = tuple_(request_ids.c.actor, request_ids.c.rpc, request_ids.c.request_id)
    with translated():
        async with store.database.session() as session:
            gone = await session.execute(
                delete(request_ids).where(key.in_(old)).returning(request_ids.c.request_id)
            )
            count = len(gone.all())
            await session.commit()
    return count


async def _operations(store: Store, before: datetime) -> int:
    old = select(operations.c.id).where(operations.c.end_time < before).limit(CHUNK)
    with translated():
        async with store.database.session() as session:
            gone = await session.execute(
                delete(operations).where(operations.c.id.in_(old)).returning(operations.c.id)
            )
            count = len(gone.all())
            await session.commit()
    return count


async def _events(store: Store, before: datetime) -> int:
    old = (
        select(events.c.id)
        .where(events.c.time < before)
        .order_by(events.c.xid, events.c.id)
        .limit(CHUNK)
    )
    with translated():
        async with store.database.session() as session:
            gone = (
                await session.execute(
                    delete(events).where(events.c.id.in_(old)).returning(events.c.xid, events.c.id)
                )
            ).all()
            if gone:
                xid, last = max((row.xid, row.id) for row in gone)
                here = tuple_(event_horizon.c.xid, event_horizon.c.id)
                await session.execute(
                    update(event_horizon)
                    .where(here < tuple_(literal(xid), literal(last)))
                    .values(xid=xid, id=last)
                )
            await session.commit()
    return len(gone)
