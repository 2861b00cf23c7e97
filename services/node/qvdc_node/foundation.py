"""What the node service stands on: its stores, etcd, and how it is reached."""

import uuid
from dataclasses import dataclass

from qvdc_coord.client import Etcd
from qvdc_coord.discovery import Discovery, Endpoints
from qvdc_coord.incarnation import read_incarnation
from qvdc_coord.lease import Leases
from qvdc_core.clock import Clock, SystemClock
from qvdc_db.database import Database
from qvdc_db.gate import StoreGate
from qvdc_db.migrations import Migrations
from qvdc_db.store import Store
from qvdc_db.wakeups import Wakeups
from qvdc_node.connections import etcd_config_of
from qvdc_node.settings import Settings
from qvdc_node.store.unit_of_work import MIGRATIONS, SCHEMA
from qvdc_rpc.process import Process

SERVICE = "node"


@dataclass(frozen=True, slots=True)
class Stores:
    """PostgreSQL, and what tells of changes in it."""

    clock: Clock
    database: Database
    store: Store
    gate: StoreGate


@dataclass(frozen=True, slots=True)
class Coordination:
    """etcd, and what this copy holds there."""

    etcd: Etcd
    leases: Leases
    discovery: Discovery


def open_stores(settings: Settings, process: Process) -> Stores:
    """Build the stores of `process`; connects to nothing yet."""
    clock = SystemClock()
    database = Database(settings.database_url, schema=SCHEMA)
    wakeups = Wakeups(settings.redis_url, service=SERVICE)
    store = Store(SERVICE, database, wakeups, clock, new_id)
    migrations = Migrations(MIGRATIONS, SCHEMA, settings.database_url, settings.database_admin_url)
    gate = StoreGate(database, migrations)
    process.add_loop("store", gate.run)
    if settings.redis_url:
        process.add_loop("wakeups", wakeups.run)
    process.readiness.add("postgresql", gate.probe)
    process.on_stop(database.close)
    return Stores(clock, database, store, gate)


def open_coordination(settings: Settings, process: Process) -> Coordination:
    """Build what `process` has to do with etcd; connects to nothing yet."""
    etcd = Etcd(etcd_config_of(settings))
    leases = Leases(etcd, metrics=process.metrics)
    discovery = Discovery(etcd, leases, static=settings.static_endpoints())

    async def announce() -> None:
        host = settings.advertise_host
        here = Endpoints(f"{host}:{process.mesh_port}", f"{host}:{process.http_port}")
        await discovery.announce(SERVICE, settings.instance, here)

    async def probe() -> None:
        await read_incarnation(etcd)

    process.add_loop("discovery", discovery.run)
    process.add_loop("announcement", announce)
    process.readiness.add("etcd", probe)
    # Beats need etcd alone, so their health has a name of its own.
    process.readiness.health_name("heartbeat", needs=["etcd"])
    process.on_stop(etcd.close)
    process.on_stop(leases.close)
    return Coordination(etcd, leases, discovery)


def new_id() -> str:
    """Return a fresh random id."""
    return str(uuid.uuid4())
