"""One service's way to PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from qvdc_db.errors import translated

CONNECT_SECONDS = 3
"""How long one attempt to connect may take."""
POOL_SIZE = 5
POOL_OVERFLOW = 5
POOL_WAIT_SECONDS = 10
"""How long a call waits for a free connection before it is refused with `StoreBusy`."""
STATEMENT_TIMEOUT = timedelta(seconds=15)
IDLE_IN_TRANSACTION_TIMEOUT = timedelta(seconds=15)
"""Idle transactions hold up every Watch (PROTOCOLS 8), so they are cut."""


class Database:
    """Connections of one service to its own schema; connects when first used.

    Every connection has the schema as its search path, so tables are declared without one.
    """

    def __init__(
        self,
        url: str,
        *,
        schema: str,
        statement_timeout: timedelta = STATEMENT_TIMEOUT,
    ) -> None:
        self.schema = schema
        self.url = url
        self._engine = create_async_engine(
            url,
            pool_size=POOL_SIZE,
            max_overflow=POOL_OVERFLOW,
            pool_timeout=POOL_WAIT_SECONDS,
            pool_pre_ping=True,
            pool_recycle=1800,
            connect_args={
                "connect_timeout": CONNECT_SECONDS,
                "application_name": f"qvdc-{schema}",
                "keepalives_idle": 5,
                "keepalives_interval": 2,
                "keepalives_count": 3,
                "tcp_user_timeout": 10_000,
                "options": _options(schema, statement_timeout),
            },
        )

    def session(self) -> AsyncSession:
        """A session that begins a READ COMMITTED transaction with its first statement."""
        return AsyncSession(self._engine, expire_on_commit=False)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """One REPEATABLE READ, READ ONLY transaction: all statements see the same moment.

        Raises:
            StoreUnavailable: PostgreSQL is away.
        """
        with translated():
            async with self.session() as session:
                await session.connection(
                    execution_options={
                        "isolation_level": "REPEATABLE READ",
                        "postgresql_readonly": True,
                    }
                )
                yield session

    async def ping(self) -> None:
        """Return when PostgreSQL answered.

        Raises:
            StoreUnavailable: PostgreSQL is away.
        """
        with translated():
            async with self.session() as session:
                await session.execute(text("select 1"))

    async def close(self) -> None:
        """Close every connection; it may be used again."""
        await self._engine.dispose()


def _options(schema: str, statement_timeout: timedelta) -> str:
    settings = {
        "search_path": schema,
        "statement_timeout": _milliseconds(statement_timeout),
        "idle_in_transaction_session_timeout": _milliseconds(IDLE_IN_TRANSACTION_TIMEOUT),
        "timezone": "UTC",
    }
    return " ".join(f"-c{name}={value}" for name, value in settings.items())


def _milliseconds(interval: timedelta) -> int:
    return int(interval.total_seconds() * 1000)
