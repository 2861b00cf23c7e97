"""The site term: raised whenever a store begins a new life (PROTOCOLS 1).

Each service keeps the term of its own fences and resume tokens in its own schema; terms of
different services are never compared.
"""

from sqlalchemy import case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_db.database import Database
from qvdc_db.errors import translated
from qvdc_db.generic import site_term as table

TIMELINE_DIGITS = 8


async def current_term(database: Database) -> int:
    """The term now, after raising it if PostgreSQL was restored or its timeline changed.

    Raises:
        StoreUnavailable: PostgreSQL is away.
    """
    with translated():
        async with database.session() as session:
            timeline = await _timeline(session)
            await _raise_unless_equal(session, "timeline", timeline)
            term = await session.scalar(select(table.c.term))
            await session.commit()
    assert term is not None, "the site term row was made by the first migration"
    return int(term)


async def observe_incarnation(database: Database, incarnation: str) -> int:
    """The term to use in the etcd life `incarnation`, raised if that one was not seen before.

    Raises:
        StoreUnavailable: PostgreSQL is away.
    """
    with translated():
        async with database.session() as session:
            await _raise_unless_equal(session, "incarnation", incarnation)
            term = await session.scalar(select(table.c.term))
            await session.commit()
    assert term is not None, "the site term row was made by the first migration"
    return int(term)


async def _raise_unless_equal(session: AsyncSession, column: str, seen: str) -> None:
    stored = table.c[column]
    raised = case((stored == "", table.c.term), else_=table.c.term + 1)
    await session.execute(
        update(table).where(stored != seen).values({column: seen, "term": raised})
    )


async def _timeline(session: AsyncSession) -> str:
    segment = await session.scalar(select(func.pg_walfile_name(func.pg_current_wal_lsn())))
    return str(segment)[:TIMELINE_DIGITS]
