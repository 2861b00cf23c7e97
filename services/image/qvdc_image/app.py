"""Composition root of the image service: builds every object, top to bottom."""

import asyncio
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from starlette.applications import Starlette

from quantix.claim.v1 import image_claim_pb2
from quantix.host.v1 import cache_sync_pb2
from quantix.image.v1 import image_folder_pb2, image_pb2
from qvdc_coord.client import Etcd, EtcdConfig
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
from qvdc_image.adapters.inspector import Leash, QemuImg
from qvdc_image.adapters.library import DirectoryLibrary
from qvdc_image.adapters.origins import BLOBS_PATH, DiscoveredOrigins
from qvdc_image.api.blobs import Blobs
from qvdc_image.api.claim import CacheSyncServicer, ImageClaimServicer
from qvdc_image.api.content import ImageContent
from qvdc_image.api.form import UploadForm
from qvdc_image.api.image import ImageServicer
from qvdc_image.api.image_folder import ImageFolderServicer
from qvdc_image.api.tus import Tus
from qvdc_image.api.upload import UploadServicer
from qvdc_image.reconcile.garbage import LOOP, GarbageCollector
from qvdc_image.reconcile.pipeline import PipelineRunner
from qvdc_image.settings import Settings
from qvdc_image.store.unit_of_work import SCHEMA, StoredImages, UnitOfWork
from qvdc_image.usecases.cache_sync import CacheReports
from qvdc_image.usecases.claim import Claims
from qvdc_image.usecases.folder import Folders
from qvdc_image.usecases.form import Forms
from qvdc_image.usecases.garbage import Garbage
from qvdc_image.usecases.image import Images
from qvdc_image.usecases.pipeline import Pipeline
from qvdc_image.usecases.receive import Receiving
from qvdc_image.usecases.upload import Limits, Uploads
from qvdc_rpc.event_service import EVENT_SERVICE, EventServicer
from qvdc_rpc.operation_service import OPERATION_SERVICE, OperationServicer
from qvdc_rpc.process import Process, Wire
from qvdc_rpc.tls import TlsFiles

SERVICE = "image"
IMAGES_PATH = "/api/v1/images"
FOLDER_SERVICE = image_folder_pb2.DESCRIPTOR.services_by_name["ImageFolderService"]
MIGRATIONS = Path(__file__).parent / "store" / "migrations"
GARBAGE_EVERY = timedelta(minutes=1)
RETENTION_EVERY = timedelta(hours=1)


async def run(settings: Settings) -> None:
    """Serve until SIGTERM."""
    await build(settings, wire(settings)).run()


def wire(settings: Settings) -> Wire:
    """Where and as whom to serve."""
    tls = None
    if settings.cert_file and settings.key_file and settings.ca_file:
        tls = TlsFiles(cert=settings.cert_file, key=settings.key_file, ca=settings.ca_file)
    return Wire(
        mesh_listen=settings.mesh_listen,
        http_listen=settings.http_listen,
        tls=tls,
        assertion_jwks=settings.assertion_jwks,
    )


def build(settings: Settings, ports: Wire, *, clock: Clock | None = None) -> Process:
    """Build the process; call it inside the running loop."""
    clock = clock or SystemClock()
    process = Process(SERVICE, ports)
    store, gate = _store(process, settings, clock)
    library = DirectoryLibrary(settings.image_library)
    process.readiness.add("library", library.probe)

    def work() -> UnitOfWork:
        return UnitOfWork(store)

    uploads = Uploads(
        work=work,
        library=library,
        clock=clock,
        new_id=store.new_id,
        limits=Limits(settings.image_max_upload_bytes, settings.image_keep_free_bytes),
    )
    images = Images(work=work, library=library, stream=StoredImages(store), clock=clock)
    inspector = QemuImg(library.incoming_path, Leash())
    runner = PipelineRunner(Pipeline(work=work, library=library, inspector=inspector, clock=clock))
    receiving = Receiving(work=work, library=library, clock=clock, wake=runner.wake)
    coordination = _coordination(process, settings)
    origins = DiscoveredOrigins(
        coordination.discovery,
        service=SERVICE,
        own=lambda: f"{settings.advertise_host}:{process.http_port}",
        scheme="https" if ports.tls else "http",
    )
    claims = Claims(work=work, origins=origins, clock=clock)
    grace = timedelta(seconds=settings.image_grace_seconds)
    garbage = GarbageCollector(Garbage(work=work, library=library, clock=clock, grace=grace))

    forms = Forms(
        uploads=uploads,
        receiving=receiving,
        work=work,
        library=library,
        clock=clock,
        wake=runner.wake,
    )
    folders = Folders(work=work, clock=clock, new_id=store.new_id)

    caches = CacheReports(work=work, clock=clock)
    _serve(process, store, images, uploads, claims, caches)
    process.serve(FOLDER_SERVICE, ImageFolderServicer(folders))
    idle = timedelta(seconds=settings.image_idle_timeout_seconds)
    tus = Tus(uploads=uploads, receiving=receiving, identity=process.identity, idle_timeout=idle)
    form = UploadForm(
        forms=forms, uploads=uploads, identity=process.identity, clock=clock, idle_timeout=idle
    )
    content = ImageContent(images, library.path_of, process.identity)
    plain = [*tus.routes(), *form.routes(), *content.routes()]
    process.mount(IMAGES_PATH, Starlette(routes=plain))
    process.mount(BLOBS_PATH, Blobs(claims, library.path_of).app())

    async def run_pipeline() -> None:
        await gate.opened()
        await runner.run()

    process.add_loop("pipeline", run_pipeline)
    _lead_garbage(process, settings, coordination, store.database, gate, garbage)
    return process


def _serve(
    process: Process,
    store: Store,
    images: Images,
    uploads: Uploads,
    claims: Claims,
    caches: CacheReports,
) -> None:
    services = image_pb2.DESCRIPTOR.services_by_name
    claim = image_claim_pb2.DESCRIPTOR.services_by_name["ImageClaimService"]
    cache = cache_sync_pb2.DESCRIPTOR.services_by_name["CacheSyncService"]
    process.serve(services["ImageService"], ImageServicer(images))
    process.serve(services["UploadService"], UploadServicer(uploads, store.clock))
    process.serve(claim, ImageClaimServicer(claims))
    process.serve(cache, CacheSyncServicer(caches, store.clock))
    process.serve(OPERATION_SERVICE, OperationServicer(OperationBook(store), store.clock))
    process.serve(EVENT_SERVICE, EventServicer(EventBook(store)))


def _store(process: Process, settings: Settings, clock: Clock) -> tuple[Store, StoreGate]:
    database = Database(settings.database_url, schema=SCHEMA)
    wakeups = Wakeups(settings.redis_url, service=SERVICE)
    store = Store(SERVICE, database, wakeups, clock, lambda: str(uuid.uuid4()))
    migrations = Migrations(MIGRATIONS, SCHEMA, settings.database_url, settings.database_admin_url)
    gate = StoreGate(database, migrations)

    async def forget_old() -> None:
        await gate.opened()
        while True:
            await throw_old_away(store)
            await asyncio.sleep(RETENTION_EVERY.total_seconds())

    process.add_loop("store", gate.run)
    if settings.redis_url:
        process.add_loop("wakeups", wakeups.run)
    process.add_loop("retention", forget_old)
    process.add_loop("holdup", HoldupWatch(database, clock, process.metrics).run)
    process.readiness.add("postgresql", gate.probe)
    process.on_stop(database.close)
    return store, gate


@dataclass(frozen=True, slots=True)
class _Coordination:
    """etcd: who else is there, and who leads."""

    etcd: Etcd
    leases: Leases
    discovery: Discovery


def _coordination(process: Process, settings: Settings) -> _Coordination:
    etcd = Etcd(EtcdConfig.parse(settings.etcd_endpoints))
    leases = Leases(etcd, metrics=process.metrics)
    discovery = Discovery(etcd, leases, static={})

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


def _lead_garbage(
    process: Process,
    settings: Settings,
    coordination: _Coordination,
    database: Database,
    gate: StoreGate,
    collector: GarbageCollector,
) -> None:
    async def site_term() -> int:
        await current_term(database)
        return await observe_incarnation(database, await read_incarnation(coordination.etcd))

    leading = Leadership(
        coordination.etcd,
        coordination.leases,
        LOOP,
        site_term=site_term,
        instance=settings.instance,
    )

    async def run_garbage() -> None:
        await gate.opened()
        await leading.run(collector.run_once, every=GARBAGE_EVERY)

    process.add_loop("garbage", run_garbage)
