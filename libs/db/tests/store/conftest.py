"""A store with one noun, `things`."""

import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from qvdc_core.clock import ManualClock
from qvdc_db.database import Database
from qvdc_db.migrations import Migrations
from qvdc_db.store import Store
from qvdc_db.unit_of_work import UnitOfWork
from qvdc_db.wakeups import Wakeups
from qvdc_testing.postgresql import TestDatabase

SCHEMA = "things"


@pytest.fixture
def migrations(postgresql: TestDatabase) -> Migrations:
    """The migrations of the test's noun."""
    return Migrations(
        folder=Path(__file__).parent / "migrations",
        schema=SCHEMA,
        url=postgresql.url("qvdc_things"),
        admin_url=postgresql.admin_url,
    )


@pytest.fixture
def clock() -> ManualClock:
    """A clock that the test moves."""
    return ManualClock()


@pytest.fixture
async def store(migrations: Migrations, clock: ManualClock) -> AsyncIterator[Store]:
    """A migrated store."""
    migrations.run()
    database = Database(migrations.url, schema=SCHEMA)
    wakeups = Wakeups("", service="things")
    yield Store("things", database, wakeups, clock, lambda: str(uuid.uuid4()))
    await database.close()


@pytest.fixture
def unit_of_work(store: Store) -> Callable[[], UnitOfWork]:
    """Opens transactions."""
    return lambda: UnitOfWork(store)
