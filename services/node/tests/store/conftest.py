"""The node service's schema in a database of the test's own."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable

import pytest

from qvdc_core.clock import SystemClock
from qvdc_db.database import Database
from qvdc_db.migrations import Migrations
from qvdc_db.store import Store
from qvdc_db.wakeups import Wakeups
from qvdc_node.store.unit_of_work import MIGRATIONS, SCHEMA, NodeUnitOfWork
from qvdc_testing.postgresql import TestDatabase


@pytest.fixture
async def work(postgresql: TestDatabase) -> AsyncIterator[Callable[[], NodeUnitOfWork]]:
    """Open transactions of the node service."""
    url = postgresql.url("qvdc_node")
    migrations = Migrations(MIGRATIONS, SCHEMA, url, postgresql.admin_url)
    await asyncio.to_thread(migrations.run)
    database = Database(url, schema=SCHEMA)
    clock = SystemClock()
    store = Store("node", database, Wakeups("", service="node"), clock, lambda: str(uuid.uuid4()))
    yield lambda: NodeUnitOfWork(store, clock)
    await database.close()
