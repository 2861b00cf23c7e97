"""The cluster service, put together."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from quantix.claim.v1 import placement_claim_pb2
from quantix.cluster.v1 import cluster_pb2, placement_pb2
from qvdc_cluster.adapters.following import Owner
from qvdc_cluster.adapters.machine_feed import GrpcMachineFeed
from qvdc_cluster.adapters.node_feed import GrpcNodeFeed
from qvdc_cluster.adapters.pool_feed import GrpcPoolFeed
from qvdc_cluster.api.cluster import ClusterServicer
from qvdc_cluster.api.placement import PlacementClaimServicer, PlacementServicer
from qvdc_cluster.domain.projection import Machine, Node
from qvdc_cluster.domain.storage import PoolNews
from qvdc_cluster.ports import Begin
from qvdc_cluster.reconcile.claims import ClaimReconciler
from qvdc_cluster.reconcile.projection import ProjectionReconciler
from qvdc_cluster.reconcile.retention import RetentionLoop
from qvdc_cluster.settings import Settings
from qvdc_cluster.store.cluster_watch import StoredClusterWatch
from qvdc_cluster.store.unit_of_work import ClusterUnitOfWork
from qvdc_cluster.usecases.cluster import ClusterUseCases
from qvdc_cluster.usecases.membership import MembershipUseCases
from qvdc_cluster.usecases.placement import PlacementUseCases
from qvdc_cluster.usecases.projection import (
    MACHINES,
    NODES,
    STORAGE_POOLS,
    ProjectionUseCases,
)
from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.discovery import Discovery, Endpoints
from qvdc_coord.incarnation import read_incarnation
from qvdc_coord.leadership import Leadership
from qvdc_coord.lease import Leases
from qvdc_core.clock import Clock, SystemClock
from qvdc_db.books import EventBook, OperationBook
from qvdc_db.database import Database
from qvdc_db.gate import StoreGate
from qvdc_db.holdup import HoldupWatch
from qvdc_db.migrations import Migrations
from qvdc_db.retention import throw_old_away
from qvdc_db.site_term import observe_incarnation
from qvdc_db.store import Store
from qvdc_db.wakeups import Wakeups
from qvdc_obs.metrics import Metrics
from qvdc_rpc.dial import Dialer
from qvdc_rpc.event_service import EVENT_SERVICE, EventServicer
from qvdc_rpc.operation_service import OPERATION_SERVICE, OperationServicer
from qvdc_rpc.process import Process, Wire
from qvdc_rpc.tls import TlsFiles

SERVICE = "cluster"
CLUSTER_SERVICE = cluster_pb2.DESCRIPTOR.services_by_name["ClusterService"]
PLACEMENT_SERVICE = placement_pb2.DESCRIPTOR.services_by_name["PlacementService"]
CLAIM_SERVICE = placement_claim_pb2.DESCRIPTOR.services_by_name["PlacementClaimService"]
MIGRATIONS = Path(__file__).parent / "store" / "migrations"
PROBE_TIMEOUT = timedelta(seconds=1)


async def run(settings: Settings) -> None:
    """Serve until SIGTERM."""
    metrics = Metrics()
    async with (
        Etcd(EtcdConfig.parse(settings.etcd_endpoints)) as etcd,
        Leases(etcd, metrics=metrics) as leases,
    ):
        await build(settings, etcd=etcd, leases=leases, metrics=metrics).run()


@dataclass(frozen=True, slots=True)
class Ground:
    """What everything else stands on."""

    settings: Settings
    clock: Clock
    etcd: Etcd
    leases: Leases
    discovery: Discovery
    dialer: Dialer
    store: Store
    gate: StoreGate
    begin: Begin

    async def site_term(self) -> int:
        """The site term of this service's fences, in this life of etcd."""
        await self.gate.opened()
        return await observe_incarnation(self.store.database, await read_incarnation(self.etcd))

    def leadership(self, loop: str) -> Leadership:
        """This copy's part in leading `loop`."""
        return Leadership(
            self.etcd,
            self.leases,
            loop,
            site_term=self.site_term,
            instance=self.settings.instance,
        )


@dataclass(frozen=True, slots=True)
class Followers:
    """The loops that follow other services."""

    nodes: ProjectionReconciler[Node]
    machines: ProjectionReconciler[Machine]
    storage_pools: ProjectionReconciler[PoolNews]

    def reread(self) -> None:
        """Ask all to read everything anew."""
        self.nodes.reread()
        self.machines.reread()
        self.storage_pools.reread()


def build(settings: Settings, *, etcd: Etcd, leases: Leases, metrics: Metrics) -> Process:
    """Build every object of the process; nothing is connected yet."""
    tls = _tls(settings)
    wire = Wire(
        mesh_listen=settings.mesh_listen,
        http_listen=settings.http_listen,
        tls=tls,
        assertion_jwks=settings.assertion_jwks,
    )
    process = Process(SERVICE, wire, metrics=metrics)
    ground = _ground(settings, etcd=etcd, leases=leases, dialer=Dialer(tls))
    followers = _followers(ground)
    placements = PlacementUseCases(ground.begin, ground.clock, followers.reread)
    _serve(process, ground, placements)
    _add_loops(process, ground, followers)
    claims = ClaimReconciler(placements, ground.leadership("cluster-claims"))
    process.add_loop("claims", claims.run)
    holdup = HoldupWatch(ground.store.database, ground.clock, metrics)
    process.add_loop("holdup", holdup.run)
    process.readiness.add("postgresql", ground.gate.probe)
    process.readiness.add("etcd", partial(read_incarnation, etcd, timeout=PROBE_TIMEOUT))
    process.on_stop(ground.store.database.close)
    process.on_stop(ground.dialer.close)
    return process


def _ground(settings: Settings, *, etcd: Etcd, leases: Leases, dialer: Dialer) -> Ground:
    clock = SystemClock()
    url, admin_url = settings.database_url, settings.database_admin_url
    database = Database(url, schema=SERVICE)
    wakeups = Wakeups(settings.redis_url, service=SERVICE)
    store = Store(SERVICE, database, wakeups, clock, _new_uuid)
    return Ground(
        settings=settings,
        clock=clock,
        etcd=etcd,
        leases=leases,
        discovery=Discovery(etcd, leases, static=_static(settings)),
        dialer=dialer,
        store=store,
        gate=StoreGate(database, Migrations(MIGRATIONS, SERVICE, url, admin_url)),
        begin=partial(ClusterUnitOfWork, store),
    )


def _followers(ground: Ground) -> Followers:
    projections = ProjectionUseCases(ground.begin)
    resolve = ground.discovery.resolve
    return Followers(
        nodes=ProjectionReconciler(
            NODES,
            feed=GrpcNodeFeed(Owner("node", ground.dialer, resolve)),
            apply=projections.apply_nodes,
            projections=projections,
            leadership=ground.leadership("cluster-nodes"),
        ),
        machines=ProjectionReconciler(
            MACHINES,
            feed=GrpcMachineFeed(Owner("vm", ground.dialer, resolve)),
            apply=projections.apply_machines,
            projections=projections,
            leadership=ground.leadership("cluster-machines"),
        ),
        storage_pools=ProjectionReconciler(
            STORAGE_POOLS,
            feed=GrpcPoolFeed(Owner("node", ground.dialer, resolve)),
            apply=projections.apply_storage_pools,
            projections=projections,
            leadership=ground.leadership("cluster-storage-pools"),
        ),
    )


def _serve(process: Process, ground: Ground, placements: PlacementUseCases) -> None:
    begin, clock, store = ground.begin, ground.clock, ground.store
    clusters = ClusterUseCases(begin, StoredClusterWatch(store), clock, store.new_id)
    membership = MembershipUseCases(begin, clock)
    process.serve(CLUSTER_SERVICE, ClusterServicer(clusters, membership, clock))
    process.serve(PLACEMENT_SERVICE, PlacementServicer(placements))
    process.serve(CLAIM_SERVICE, PlacementClaimServicer(placements))
    process.serve(OPERATION_SERVICE, OperationServicer(OperationBook(store), clock))
    process.serve(EVENT_SERVICE, EventServicer(EventBook(store)))


def _add_loops(process: Process, ground: Ground, followers: Followers) -> None:
    async def announce() -> None:
        host = ground.settings.advertise_host
        here = Endpoints(f"{host}:{process.mesh_port}", f"{host}:{process.http_port}")
        await ground.discovery.announce(SERVICE, ground.settings.instance, here)

    process.add_loop("store", ground.gate.run)
    process.add_loop("wakeups", ground.store.wakeups.run)
    process.add_loop("discovery", ground.discovery.run)
    process.add_loop("announce", announce)
    process.add_loop("nodes", followers.nodes.run)
    process.add_loop("machines", followers.machines.run)
    process.add_loop("storage-pools", followers.storage_pools.run)
    process.add_loop("retention", RetentionLoop(partial(throw_old_away, ground.store)).run)


def _new_uuid() -> str:
    return str(uuid.uuid4())


def _tls(settings: Settings) -> TlsFiles | None:
    if settings.cert_file is None or settings.key_file is None or settings.ca_file is None:
        return None
    return TlsFiles(cert=settings.cert_file, key=settings.key_file, ca=settings.ca_file)


def _static(settings: Settings) -> dict[str, list[Endpoints]]:
    given = {"node": settings.node_endpoints, "vm": settings.vm_endpoints}
    return {
        service: [Endpoints(*each.split("/")) for each in text.split(",")]
        for service, text in given.items()
        if text
    }
