"""A migrated store, and the machine loop's parts on it with neighbours in memory."""

import uuid
from collections.abc import AsyncIterator, Callable

import pytest

from qvdc_core.clock import ManualClock
from qvdc_db.database import Database
from qvdc_db.migrations import Migrations
from qvdc_db.store import Store
from qvdc_db.wakeups import Wakeups
from qvdc_testing.postgresql import TestDatabase
from qvdc_vm.store.unit_of_work import MIGRATIONS, SCHEMA, VmUnitOfWork
from tests.vm_testing.site import Site, a_site


@pytest.fixture
def clock() -> ManualClock:
    """A clock that the test moves."""
    return ManualClock()


@pytest.fixture
async def store(postgresql: TestDatabase, clock: ManualClock) -> AsyncIterator[Store]:
    """The schema of the vm service, empty."""
    url = postgresql.url("qvdc_vm")
    Migrations(MIGRATIONS, SCHEMA, url, postgresql.admin_url).run()
    database = Database(url, schema=SCHEMA)
    yield Store("vm", database, Wakeups("", service="vm"), clock, lambda: str(uuid.uuid4()))
    await database.close()


@pytest.fixture
def transaction(store: Store) -> Callable[[], VmUnitOfWork]:
    """Opens transactions."""
    return lambda: VmUnitOfWork(store)


@pytest.fixture
async def site(store: Store, clock: ManualClock) -> Site:
    """Use cases and loop on the store, with one live host."""
    return await a_site(store, clock)
