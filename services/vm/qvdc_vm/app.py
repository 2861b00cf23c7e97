"""The vm service, wired."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from qvdc_coord.client import Etcd, EtcdConfig, EtcdTls
from qvdc_coord.discovery import Discovery, Endpoints
from qvdc_coord.incarnation import read_incarnation
from qvdc_coord.leadership import Leadership
from qvdc_coord.lease import Leases
from qvdc_coord.revocation import Revocations
from qvdc_core.clock import Clock, SystemClock
from qvdc_db.books import EventBook, OperationBook
from qvdc_db.database import Database
from qvdc_db.gate import StoreGate
from qvdc_db.holdup import HoldupWatch
from qvdc_db.migrations import Migrations
from qvdc_db.retention import throw_old_away
from qvdc_db.site_term import current_term, observe_incarnation
from qvdc_db.store import Store
from qvdc_db.wakeups import Wakeups
from qvdc_rpc.dial import Dialer
from qvdc_rpc.event_service import EVENT_SERVICE, EventServicer
from qvdc_rpc.operation_service import OPERATION_SERVICE, OperationServicer
from qvdc_rpc.process import Process, Wire
from qvdc_rpc.tls import TlsFiles
from qvdc_vm.adapters.agent import AgentMesh
from qvdc_vm.adapters.cluster import ClusterService
from qvdc_vm.adapters.ha_policy import ClusterStream
from qvdc_vm.adapters.image import ImageService
from qvdc_vm.adapters.network import NetworkService
from qvdc_vm.adapters.nodes import NodeService
from qvdc_vm.adapters.services import Mesh
from qvdc_vm.adapters.storage_pool import NodeStoragePools
from qvdc_vm.api.confession import CONFESSION_SERVICE, ConfessionServicer
from qvdc_vm.api.machine_sync import MACHINE_SYNC_SERVICE, MachineSyncServicer
from qvdc_vm.api.virtual_machine import VIRTUAL_MACHINE_SERVICE, VirtualMachineServicer
from qvdc_vm.reconcile import ha_policy as cluster_loop
from qvdc_vm.reconcile import nodes as node_loop
from qvdc_vm.reconcile import pool_claims
from qvdc_vm.reconcile import virtual_machine as machine_loop
from qvdc_vm.reconcile.effects import Effects
from qvdc_vm.reconcile.ha_policy import HaPolicyProjector
from qvdc_vm.reconcile.nodes import NodeProjector
from qvdc_vm.reconcile.pool_claims import PoolClaimReconciler
from qvdc_vm.reconcile.retention import Retention
from qvdc_vm.reconcile.steps import MachineSteps
from qvdc_vm.reconcile.virtual_machine import MachineReconciler
from qvdc_vm.settings import Settings
from qvdc_vm.store.unit_of_work import MIGRATIONS, SCHEMA, VmUnitOfWork
from qvdc_vm.store.watch import StoredMachineWatch
from qvdc_vm.usecases.confession import Confessions
from qvdc_vm.usecases.dry_run import Rehearsal
from qvdc_vm.usecases.ha_policy import HaPolicies
from qvdc_vm.usecases.hosts import HostProjection
from qvdc_vm.usecases.observation import Observations
from qvdc_vm.usecases.placement import Placements
from qvdc_vm.usecases.serial import SerialLogs
from qvdc_vm.usecases.unmanaged import UnmanagedMachines
from qvdc_vm.usecases.virtual_machine import VirtualMachines

SERVICE = "vm"


async def run(settings: Settings) -> None:
    """Run one copy until SIGTERM."""
    await build(settings).run()


def build(settings: Settings, wire: Wire | None = None) -> Process:
    """Compose a process; connects to nothing yet. `wire` replaces the settings' in tests."""
    process = Process(SERVICE, wire or _wire(settings))
    stores = _stores(settings, process)
    coordination = _coordination(settings, process)
    neighbours = _neighbours(settings, process, stores.clock, coordination.discovery)
    _serve(settings, process, stores, neighbours)
    _reconcile(settings, process, stores, coordination, neighbours)
    return process


@dataclass(frozen=True, slots=True)
class _Stores:
    clock: Clock
    store: Store
    gate: StoreGate

    def transaction(self) -> VmUnitOfWork:
        return VmUnitOfWork(self.store)


@dataclass(frozen=True, slots=True)
class _Coordination:
    etcd: Etcd
    leases: Leases
    discovery: Discovery


@dataclass(frozen=True, slots=True)
class _Neighbours:
    cluster: ClusterService
    clusters: ClusterStream
    images: ImageService
    pools: NodeStoragePools
    network: NetworkService
    nodes: NodeService
    agents: AgentMesh


def _stores(settings: Settings, process: Process) -> _Stores:
    database = Database(settings.database_url, schema=SCHEMA)
    wakeups = Wakeups(settings.redis_url, service=SERVICE)
    clock = SystemClock()
    store = Store(SERVICE, database, wakeups, clock, _new_id)
    migrations = Migrations(MIGRATIONS, SCHEMA, settings.database_url, settings.database_admin_url)
    gate = StoreGate(database, migrations)
    process.add_loop("store", gate.run)
    process.add_loop("wakeups", wakeups.run)
    process.add_loop("holdup", HoldupWatch(database, clock, process.metrics).run)
    process.readiness.add("postgresql", gate.probe)
    process.on_stop(database.close)
    return _Stores(clock, store, gate)


def _coordination(settings: Settings, process: Process) -> _Coordination:
    etcd = Etcd(_etcd_config(settings))
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
    revocations = Revocations(etcd)
    process.refuse_revoked(revocations.why)
    process.add_loop("revocations", revocations.run)
    process.readiness.add("etcd", probe)
    process.on_stop(etcd.close)
    process.on_stop(leases.close)
    return _Coordination(etcd, leases, discovery)


def _neighbours(
    settings: Settings, process: Process, clock: Clock, discovery: Discovery
) -> _Neighbours:
    dialer = Dialer(_tls(settings))
    mesh = Mesh(dialer, discovery)
    process.on_stop(dialer.close)
    return _Neighbours(
        cluster=ClusterService(mesh),
        clusters=ClusterStream(mesh),
        images=ImageService(mesh),
        pools=NodeStoragePools(mesh),
        network=NetworkService(mesh),
        nodes=NodeService(mesh),
        agents=AgentMesh(dialer, clock=clock),
    )


def _serve(settings: Settings, process: Process, stores: _Stores, neighbours: _Neighbours) -> None:
    clock = stores.clock
    rehearsal = Rehearsal(stores.transaction, neighbours.cluster, new_id=_new_id)
    machines = VirtualMachines(
        stores.transaction,
        StoredMachineWatch(stores.store),
        rehearsal,
        clock=clock,
        new_id=_new_id,
        made_within=settings.made_within,
    )
    servicer = VirtualMachineServicer(
        machines,
        Placements(stores.transaction, rehearsal),
        SerialLogs(stores.transaction, neighbours.agents),
        UnmanagedMachines(stores.transaction),
        clock=clock,
    )
    observations = Observations(stores.transaction, clock=clock)
    process.serve(VIRTUAL_MACHINE_SERVICE, servicer)
    process.serve(MACHINE_SYNC_SERVICE, MachineSyncServicer(observations, clock=clock))
    process.serve(CONFESSION_SERVICE, ConfessionServicer(Confessions(stores.transaction)))
    process.serve(OPERATION_SERVICE, OperationServicer(OperationBook(stores.store), clock))
    process.serve(EVENT_SERVICE, EventServicer(EventBook(stores.store)))


def _reconcile(
    settings: Settings,
    process: Process,
    stores: _Stores,
    coordination: _Coordination,
    neighbours: _Neighbours,
) -> None:
    leaderships = _leaderships(settings, stores, coordination)
    retention = Retention(
        stores.transaction, lambda: throw_old_away(stores.store), clock=stores.clock
    )
    for name, loop in (
        ("machines", _machine_loop(stores, neighbours, leaderships(machine_loop.LOOP)).run),
        ("nodes", _node_loop(stores, neighbours, leaderships(node_loop.LOOP)).run),
        ("clusters", _cluster_loop(stores, neighbours, leaderships(cluster_loop.LOOP)).run),
        ("pool-claims", _pool_claims(stores, neighbours, leaderships(pool_claims.LOOP)).run),
        ("retention", retention.run),
    ):
        process.add_loop(name, _after(stores.gate, loop))


def _leaderships(
    settings: Settings, stores: _Stores, coordination: _Coordination
) -> Callable[[str], Leadership]:
    database = stores.store.database

    async def site_term() -> int:
        await current_term(database)
        return await observe_incarnation(database, await read_incarnation(coordination.etcd))

    def leadership(loop: str) -> Leadership:
        return Leadership(
            coordination.etcd,
            coordination.leases,
            loop,
            site_term=site_term,
            instance=settings.instance,
        )

    return leadership


def _machine_loop(
    stores: _Stores, neighbours: _Neighbours, leading: Leadership
) -> MachineReconciler:
    transaction, clock = stores.transaction, stores.clock
    effects = Effects(
        transaction,
        cluster=neighbours.cluster,
        images=neighbours.images,
        pools=neighbours.pools,
        network=neighbours.network,
        agents=neighbours.agents,
        authority=leading,
    )
    observations = Observations(transaction, clock=clock)
    steps = MachineSteps(transaction, effects, observations, authority=leading, clock=clock)
    return MachineReconciler(leading, steps, transaction, stores.store.wakeups, clock=clock)


def _node_loop(stores: _Stores, neighbours: _Neighbours, leading: Leadership) -> NodeProjector:
    projection = HostProjection(stores.transaction, clock=stores.clock)
    return NodeProjector(leading, neighbours.nodes, projection, authority=leading)


def _pool_claims(
    stores: _Stores, neighbours: _Neighbours, leading: Leadership
) -> PoolClaimReconciler:
    return PoolClaimReconciler(leading, neighbours.pools, stores.transaction, authority=leading)


def _cluster_loop(
    stores: _Stores, neighbours: _Neighbours, leading: Leadership
) -> HaPolicyProjector:
    policies = HaPolicies(stores.transaction)
    return HaPolicyProjector(leading, neighbours.clusters, policies, authority=leading)


def _after(gate: StoreGate, loop: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        await gate.opened()
        await loop()

    return run


def _wire(settings: Settings) -> Wire:
    return Wire(
        mesh_listen=settings.mesh_listen,
        http_listen=settings.http_listen,
        tls=_tls(settings),
        assertion_jwks=settings.assertion_jwks,
    )


def _tls(settings: Settings) -> TlsFiles:
    return TlsFiles(cert=settings.cert_file, key=settings.key_file, ca=settings.ca_file)


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
