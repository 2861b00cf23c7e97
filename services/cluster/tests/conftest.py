"""A cluster service on a real store."""

import uuid
from collections.abc import AsyncIterator
from functools import partial

import pytest

from qvdc_cluster.app import MIGRATIONS
from qvdc_cluster.store.cluster_watch import StoredClusterWatch
from qvdc_cluster.store.unit_of_work import ClusterUnitOfWork
from qvdc_cluster.usecases.cluster import ClusterUseCases
from qvdc_cluster.usecases.membership import MembershipUseCases
from qvdc_cluster.usecases.placement import PlacementUseCases
from qvdc_cluster.usecases.projection import ProjectionUseCases
from qvdc_core.clock import SystemClock
from qvdc_db.database import Database
from qvdc_db.migrations import Migrations
from qvdc_db.store import Store
from qvdc_db.wakeups import Wakeups
from qvdc_testing.postgresql import TestDatabase
from tests.cluster_testing.service import Service


@pytest.fixture
def migrations(postgresql: TestDatabase) -> Migrations:
    """The service's schema in an empty database."""
    url = postgresql.url("qvdc_cluster")
    return Migrations(MIGRATIONS, "cluster", url, postgresql.admin_url)


@pytest.fixture
async def service(migrations: Migrations) -> AsyncIterator[Service]:
    """The use cases on a migrated store."""
    migrations.run()
    clock = SystemClock()
    database = Database(migrations.url, schema="cluster")
    wakeups = Wakeups("", service="cluster")
    store = Store("cluster", database, wakeups, clock, lambda: str(uuid.uuid4()))
    begin = partial(ClusterUnitOfWork, store)
    yield Service(
        store,
        ClusterUseCases(begin, StoredClusterWatch(store), clock, store.new_id),
        MembershipUseCases(begin, clock),
        PlacementUseCases(begin, clock, lambda: None),
        ProjectionUseCases(begin),
    )
    await database.close()
