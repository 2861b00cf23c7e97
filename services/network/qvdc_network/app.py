"""The network service, wired."""

import secrets
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from qvdc_coord.client import Etcd, EtcdConfig, EtcdTls
from qvdc_coord.discovery import Discovery, Endpoints
from qvdc_coord.incarnation import read_incarnation
from qvdc_coord.leadership import Leadership
from qvdc_coord.lease import Leases
from qvdc_coord.revocation import Revocations
from qvdc_core.clock import Clock, SystemClock
from qvdc_core.fence import Fence
from qvdc_db.books import EventBook, OperationBook
from qvdc_db.database import Database
from qvdc_db.gate import StoreGate
from qvdc_db.holdup import HoldupWatch
from qvdc_db.migrations import Migrations
from qvdc_db.retention import throw_old_away
from qvdc_db.site_term import current_term, observe_incarnation
from qvdc_db.store import Store
from qvdc_db.wakeups import Wakeups
from qvdc_network.adapters.ovn import OvnDatabases
from qvdc_network.adapters.ovsdb import OvsdbTls
from qvdc_network.api.network import NETWORK_SERVICE, NetworkServicer
from qvdc_network.api.port import PORT_SERVICE, PortServicer
from qvdc_network.api.port_sync import PORT_SYNC_SERVICE, PortSyncServicer
from qvdc_network.reconcile.bell import wake_on
from qvdc_network.reconcile.ovn import LOOP, OvnReconciler
from qvdc_network.reconcile.retention import keep_tidy
from qvdc_network.settings import Settings
from qvdc_network.store.unit_of_work import (
    MIGRATIONS,
    SCHEMA,
    NetworkStreams,
    NetworkUnitOfWork,
)
from qvdc_network.usecases.network import Networks
from qvdc_network.usecases.port import Ports
from qvdc_network.usecases.port_sync import PortReports
from qvdc_rpc.event_service import EVENT_SERVICE, EventServicer
from qvdc_rpc.operation_service import OPERATION_SERVICE, OperationServicer
from qvdc_rpc.process import Process, Wire
from qvdc_rpc.tls import TlsFiles

SERVICE = "network"
BeforeEffect = Callable[[Fence], Awaitable[None]]


async def run(settings: Settings) -> None:
    """Run one copy until SIGTERM."""
    await build(settings).run()


def build(
    settings: Settings, wire: Wire | None = None, *, before_effect: BeforeEffect | None = None
) -> Process:
    """Compose a process; connects to nothing yet. For tests: `wire` replaces the settings', and
    `before_effect` holds the OVN loop between its last check and what it sends."""
    process = Process(SERVICE, wire or _wire(settings))
    stores = _stores(settings, process)
    leadership = _coordination(settings, process, stores, before_effect)
    _serve(settings, process, stores)
    _lead(settings, process, stores, leadership)
    return process


@dataclass(frozen=True, slots=True)
class _Stores:
    clock: Clock
    database: Database
    wakeups: Wakeups
    store: Store
    gate: StoreGate

    def unit_of_work(self) -> NetworkUnitOfWork:
        return NetworkUnitOfWork(self.store)


def _stores(settings: Settings, process: Process) -> _Stores:
    clock = SystemClock()
    database = Database(settings.database_url, schema=SCHEMA)
    wakeups = Wakeups(settings.redis_url, service=SERVICE)
    store = Store(SERVICE, database, wakeups, clock, _new_id)
    migrations = Migrations(MIGRATIONS, SCHEMA, settings.database_url, settings.database_admin_url)
    gate = StoreGate(database, migrations)
    process.add_loop("store", gate.run)
    process.add_loop("wakeups", wakeups.run)
    process.add_loop("holdup", HoldupWatch(database, clock, process.metrics).run)
    process.readiness.add("postgresql", gate.probe)
    process.on_stop(database.close)
    return _Stores(clock, database, wakeups, store, gate)


def _coordination(
    settings: Settings, process: Process, stores: _Stores, before_effect: BeforeEffect | None
) -> Leadership:
    etcd = Etcd(_etcd_config(settings))
    leases = Leases(etcd, metrics=process.metrics)
    discovery = Discovery(etcd, leases, static={})

    async def announce() -> None:
        host = settings.advertise_host
        here = Endpoints(f"{host}:{process.mesh_port}", f"{host}:{process.http_port}")
        await discovery.announce(SERVICE, settings.instance, here)

    async def probe() -> None:
        await read_incarnation(etcd)

    async def site_term() -> int:
        await current_term(stores.database)
        return await observe_incarnation(stores.database, await read_incarnation(etcd))

    process.add_loop("announcement", announce)
    revocations = Revocations(etcd)
    process.refuse_revoked(revocations.why)
    process.add_loop("revocations", revocations.run)
    process.readiness.add("etcd", probe)
    process.on_stop(etcd.close)
    process.on_stop(leases.close)
    return Leadership(
        etcd,
        leases,
        LOOP,
        site_term=site_term,
        instance=settings.instance,
        before_effect=before_effect,
    )


def _serve(settings: Settings, process: Process, stores: _Stores) -> None:
    clock, streams = stores.clock, NetworkStreams(stores.store)
    networks = Networks(
        unit_of_work=stores.unit_of_work,
        streams=streams,
        clock=clock,
        new_id=_new_id,
        underlay_mtu=settings.underlay_mtu,
    )
    ports = Ports(
        unit_of_work=stores.unit_of_work,
        streams=streams,
        clock=clock,
        new_id=_new_id,
        mac_prefix=settings.mac_prefix,
        draw=secrets.randbelow,
    )
    reports = PortReports(unit_of_work=stores.unit_of_work, clock=clock)
    process.serve(NETWORK_SERVICE, NetworkServicer(networks, clock))
    process.serve(PORT_SERVICE, PortServicer(ports))
    process.serve(PORT_SYNC_SERVICE, PortSyncServicer(reports, clock=clock))
    process.serve(OPERATION_SERVICE, OperationServicer(OperationBook(stores.store), clock))
    process.serve(EVENT_SERVICE, EventServicer(EventBook(stores.store)))


def _lead(settings: Settings, process: Process, stores: _Stores, leadership: Leadership) -> None:
    _ovn_tls(settings).use()
    ovn = OvnDatabases(nb_remote=settings.ovn_northbound, sb_remote=settings.ovn_southbound)
    reconciler = OvnReconciler(
        leadership,
        unit_of_work=stores.unit_of_work,
        ovn=ovn,
        clock=stores.clock,
        stale_after=timedelta(seconds=settings.port_report_stale_seconds),
        connected=process.metrics.gauge("ovn_connected", "1 while the leader's OVN answers."),
    )
    ovn.on_stir(reconciler.wake)
    process.add_loop(LOOP, _after(stores.gate, reconciler.run))
    process.add_loop("bell", partial(wake_on, stores.wakeups, reconciler))
    tidy = partial(keep_tidy, partial(throw_old_away, stores.store))
    process.add_loop("retention", _after(stores.gate, tidy))
    process.on_stop(ovn.close)


def _after(gate: StoreGate, loop: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        await gate.opened()
        await loop()

    return run


def _wire(settings: Settings) -> Wire:
    return Wire(
        mesh_listen=settings.mesh_listen,
        http_listen=settings.http_listen,
        tls=TlsFiles(cert=settings.cert_file, key=settings.key_file, ca=settings.ca_file),
        assertion_jwks=settings.assertion_jwks,
    )


def _ovn_tls(settings: Settings) -> OvsdbTls:
    return OvsdbTls(
        key_file=str(settings.ovn_key_file or settings.key_file),
        cert_file=str(settings.ovn_cert_file or settings.cert_file),
        ca_file=str(settings.ovn_ca_file or settings.ca_file),
    )


def _etcd_config(settings: Settings) -> EtcdConfig:
    plain = EtcdConfig.parse(settings.etcd_endpoints)
    tls = None
    if settings.etcd_ca_file is not None:
        tls = EtcdTls(
            ca=settings.etcd_ca_file.read_bytes(),
            cert=settings.cert_file.read_bytes(),
            key=settings.key_file.read_bytes(),
        )
    password = None
    if settings.etcd_password_file is not None:
        password = settings.etcd_password_file.read_text().strip()
    return EtcdConfig(plain.endpoints, tls, settings.etcd_user or None, password)


def _new_id() -> str:
    return str(uuid.uuid4())
