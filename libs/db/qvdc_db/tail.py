"""Reading the outbox from a position, so that nothing that commits late is skipped."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Row,
    Text,
    cast,
    exists,
    func,
    join,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.event import ResumeExpired
from qvdc_db.generic import event_horizon, events, site_term
from qvdc_db.position import Position

BATCH = 500
"""Rows read at once."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where the outbox stands in one snapshot.

    Args:
        settled: every row below has been committed or never will be.
        horizon: rows up to here may have been thrown away.
        waiting: committed rows are held back by an older transaction still under way.
    """

    settled: Position
    horizon: Position
    waiting: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows after a position, in order; go on from `position`."""

    rows: tuple[Row[Any], ...]
    position: Position
    waiting: bool


async def read_head(session: AsyncSession) -> Head:
    """Where the outbox stands for this transaction, which must be REPEATABLE READ."""
    xmin = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)
    row = (
        await session.execute(
            select(
                site_term.c.term,
                event_horizon.c.xid,
                event_horizon.c.id,
                xmin.label("xmin"),
                exists().where(events.c.xid >= xmin).label("waiting"),
            ).select_from(join(site_term, event_horizon, true()))
        )
    ).one()
    return Head(
        settled=Position(row.term, row.xmin, 0),
        horizon=Position(row.term, row.xid, row.id),
        waiting=row.waiting,
    )


async def read_batch(session: AsyncSession, after: Position, *, noun: str | None) -> Batch:
    """Read settled rows after `after`: those of `noun`, or, with None, all that are events.

    Raises:
        ResumeExpired: rows after `after` may be gone, or it is of another site term.
    """
    head = await read_head(session)
    if after.term != head.settled.term or after < head.horizon or after.xid > head.settled.xid:
        raise ResumeExpired
    query = select(events).where(
        tuple_(events.c.xid, events.c.id) > tuple_(literal(after.xid), literal(after.id)),
        events.c.xid < head.settled.xid,
    )
    wanted = events.c.kind != "" if noun is None else events.c.noun == noun
    rows = (
        await session.execute(query.where(wanted).order_by(events.c.xid, events.c.id).limit(BATCH))
    ).all()
    whole = len(rows) < BATCH
    last = head.settled if whole else Position(after.term, rows[-1].xid, rows[-1].id)
    return Batch(tuple(rows), last, waiting=head.waiting)
