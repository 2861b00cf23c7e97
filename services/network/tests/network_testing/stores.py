"""Use cases on a real PostgreSQL."""

import itertools
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from qvdc_core.actor import Actor, ActorKind, service_actor
from qvdc_core.clock import Clock
from qvdc_db.database import Database
from qvdc_db.migrations import Migrations
from qvdc_db.store import Store
from qvdc_db.wakeups import Wakeups
from qvdc_network.store.unit_of_work import (
    MIGRATIONS,
    SCHEMA,
    NetworkStreams,
    NetworkUnitOfWork,
)
from qvdc_network.usecases.network import Networks
from qvdc_network.usecases.port import Ports
from qvdc_network.usecases.port_sync import PortReports
from qvdc_testing.postgresql import TestDatabase
from tests.network_testing.builders import UNDERLAY_MTU

ANN = Actor("user:ann", ActorKind.USER, frozenset({"*"}))
VM = service_actor("vm")


@dataclass(frozen=True)
class Site:
    """Everything up to the wire, on a migrated database."""

    store: Store
    networks: Networks
    ports: Ports
    reports: PortReports

    def unit_of_work(self) -> NetworkUnitOfWork:
        """A new transaction."""
        return NetworkUnitOfWork(self.store)


@asynccontextmanager
async def site_on(postgresql: TestDatabase, clock: Clock) -> AsyncIterator[Site]:
    """A site on an empty database."""
    url = postgresql.url("qvdc_network")
    Migrations(MIGRATIONS, SCHEMA, url, postgresql.admin_url).run()
    database = Database(url, schema=SCHEMA)
    store = Store("network", database, Wakeups("", service="network"), clock, _new_id)
    streams = NetworkStreams(store)
    numbers = itertools.count(1)

    def unit_of_work() -> NetworkUnitOfWork:
        return NetworkUnitOfWork(store)

    networks = Networks(
        unit_of_work=unit_of_work,
        streams=streams,
        clock=clock,
        new_id=_new_id,
        underlay_mtu=UNDERLAY_MTU,
    )
    ports = Ports(
        unit_of_work=unit_of_work,
        streams=streams,
        clock=clock,
        new_id=_new_id,
        mac_prefix="02:71:76",
        draw=lambda below: next(numbers) % below,
    )
    yield Site(store, networks, ports, PortReports(unit_of_work=unit_of_work, clock=clock))
    await database.close()


def _new_id() -> str:
    return str(uuid.uuid4())
