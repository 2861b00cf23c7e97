"""The composition of the door."""

import asyncio
import os
import random
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path

from quantix.console.v1 import site_pb2
from quantix.event.v1 import event_pb2
from quantix.operation.v1 import operation_pb2
from qvdc_console.adapters.access_tokens import SignedTokens
from qvdc_console.adapters.directory import Directory, Finder
from qvdc_console.adapters.http_owners import HttpxOwners
from qvdc_console.adapters.key_file import PrivateFile
from qvdc_console.adapters.mesh_owners import MeshOwners
from qvdc_console.adapters.passwords import Argon2Passwords
from qvdc_console.adapters.rate_limits import RedisBuckets
from qvdc_console.api.api_key import API_KEY_SERVICE, ApiKeyServicer
from qvdc_console.api.audit_record import AUDIT_SERVICE, AuditServicer
from qvdc_console.api.door import Door, OpenApi
from qvdc_console.api.entrance import Entrance
from qvdc_console.api.events import EventServicer
from qvdc_console.api.feed import FEED_SERVICE, FeedServicer
from qvdc_console.api.grpc_door import grpc_door
from qvdc_console.api.operations import OperationServicer
from qvdc_console.api.owners import Behind
from qvdc_console.api.public import permissions, public_methods
from qvdc_console.api.relay import BytesPassage, Relay, RpcPassage
from qvdc_console.api.rest.app import RestApp
from qvdc_console.api.rest.routes import Routes
from qvdc_console.api.role import ROLE_SERVICE, RoleServicer
from qvdc_console.api.session import SESSION_SERVICE, SessionServicer
from qvdc_console.api.site import SiteServicer
from qvdc_console.api.user import USER_SERVICE, UserServicer
from qvdc_console.api.web import WebFiles
from qvdc_console.api.witness import Witness
from qvdc_console.domain.role import built_in_roles
from qvdc_console.settings import Settings
from qvdc_console.store.audit_record import StoredAuditTrail
from qvdc_console.store.identity import StoredIdentities
from qvdc_console.store.unit_of_work import ConsoleUnitOfWork
from qvdc_console.usecases.api_key import ApiKeysUseCase
from qvdc_console.usecases.audit_record import AuditLog
from qvdc_console.usecases.authentication import Authentication
from qvdc_console.usecases.bootstrap import Bootstrap, FirstUser
from qvdc_console.usecases.role import RolesUseCase
from qvdc_console.usecases.session import SessionsUseCase
from qvdc_console.usecases.user import UsersUseCase
from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.discovery import Discovery, Endpoints
from qvdc_coord.incarnation import read_incarnation
from qvdc_coord.lease import Leases
from qvdc_core.clock import Clock, SystemClock
from qvdc_core.errors import Refusal
from qvdc_db.database import Database
from qvdc_db.gate import StoreGate
from qvdc_db.migrations import Migrations
from qvdc_db.retention import throw_old_away
from qvdc_db.store import Store
from qvdc_db.wakeups import Wakeups
from qvdc_obs.logs import get_logger
from qvdc_rpc import tls
from qvdc_rpc.assertion import AssertionSigner
from qvdc_rpc.dial import Dialer
from qvdc_rpc.http import health_routes, split_address
from qvdc_rpc.ports import GrpcPort, HttpPort
from qvdc_rpc.process import Process, Wire
from qvdc_rpc.tls import TlsFiles
from qvdc_rpc.wary import Wariness

log = get_logger(__name__)

MIGRATIONS = Path(__file__).parent / "store" / "migrations"
KEEPERS = ("cluster", "node", "image", "network", "vm")
"""The services that keep operations and events."""
FEATURES = ("clusters", "nodes", "images", "networks", "virtual-machines", "ha")
RETRY = timedelta(seconds=2)
HOUR = timedelta(hours=1)
WILDCARDS = ("0.0.0.0", "::", "")  # noqa: S104 - recognised, not listened on


@dataclass(frozen=True, slots=True)
class Ground:
    """What users, roles and keys stand on."""

    store: Store
    gate: StoreGate
    passwords: Argon2Passwords

    def unit_of_work(self) -> ConsoleUnitOfWork:
        """Begin a transaction."""
        return ConsoleUnitOfWork(self.store)


@dataclass(frozen=True, slots=True)
class Public:
    """What the ports that the world sees share."""

    entrance: Entrance
    http_owners: HttpxOwners
    mesh_owners: MeshOwners
    witness: Witness


async def run(settings: Settings) -> None:
    """Run the door until SIGTERM."""
    async with AsyncExitStack() as stack:
        etcd = await stack.enter_async_context(Etcd(EtcdConfig.parse(settings.etcd_endpoints)))
        leases = await stack.enter_async_context(Leases(etcd))
        discovery = Discovery(etcd, leases, static=static_endpoints(settings))
        process = build(settings, discovery)
        process.readiness.add("etcd", partial(read_incarnation, etcd))
        process.add_loop("discovery", discovery.run)
        process.add_loop(
            "announce",
            lambda: discovery.announce("console", settings.instance, own(settings, process)),
        )
        await process.run()


def build(settings: Settings, discovery: Finder) -> Process:
    """Compose the process; it is not running yet."""
    files = tls_files(settings)
    process = Process(
        "console",
        Wire(
            mesh_listen=settings.mesh_listen,
            http_listen=settings.http_listen,
            tls=files,
            assertion_jwks=settings.assertion_jwks,
        ),
    )
    clock = SystemClock()
    ground = open_ground(settings, process, clock)
    directory = Directory(discovery, lambda: inner(settings, process))
    dialer = Dialer(files)
    http_owners = HttpxOwners(directory, files)
    mesh_owners = MeshOwners(directory, dialer)
    process.on_stop(dialer.close)
    process.on_stop(http_owners.close)

    key_pem = settings.assertion_key.read_bytes()
    signer, tokens = AssertionSigner(key_pem), SignedTokens(key_pem, clock)
    identities = StoredIdentities(ground.store.database)
    networks = settings.console_bootstrap_networks
    authentication = Authentication(identities, tokens, local_networks=networks, clock=clock)
    audit = AuditLog(StoredAuditTrail(ground.store.database), clock)
    process.add_loop("audit", audit.run)
    process.on_stop(audit.drain)
    process.serve(AUDIT_SERVICE, AuditServicer(audit))
    buckets = rate_limits(settings, process, clock)
    entrance = Entrance(
        authentication,
        signer,
        limits=buckets,
        rates=settings.rates(),
        origins=settings.origins(),
    )
    public = Public(
        entrance,
        http_owners,
        mesh_owners,
        Witness(audit.note, clock),
    )
    serve_own(settings, process, directory, Behind(mesh_owners, signer, directory, KEEPERS))
    serve_identity(process, ground, tokens, authentication.forget, key_pem)
    first_start(settings, process, ground)
    add_public_ports(settings, process, public)
    return process


def rate_limits(settings: Settings, process: Process, clock: Clock) -> RedisBuckets:
    """Count callers' calls in Redis, and say where that is not done."""
    text = "Whether callers are refused for calling too often: 1, or 0 without Redis."
    shown = process.metrics.gauge("rate_limits_enforced", text)
    buckets = RedisBuckets(
        settings.redis_url,
        enforced=lambda working: shown.set(1 if working else 0),
        now=clock.monotonic,
    )
    process.on_stop(buckets.close)
    return buckets


def open_ground(settings: Settings, process: Process, clock: Clock) -> Ground:
    """Add what keeps the store current."""
    database = Database(settings.database_url, schema="console")
    migrations = Migrations(
        MIGRATIONS, "console", settings.database_url, settings.database_admin_url
    )
    gate = StoreGate(database, migrations)
    process.add_loop("store", gate.run)
    process.readiness.add("postgresql", gate.probe)
    process.on_stop(database.close)
    store = Store("console", database, Wakeups("", service="console"), clock, new_id)
    return Ground(store, gate, Argon2Passwords())


def first_start(settings: Settings, process: Process, ground: Ground) -> None:
    """Add the loop that makes the built-in roles, the first user and the bootstrap key."""
    store, clock = ground.store, ground.store.clock
    key_file = PrivateFile(settings.console_api_key_file)
    bootstrap = Bootstrap(
        StoredIdentities(store.database), key_file, random=os.urandom, clock=clock
    )
    first_user = FirstUser(
        ground.unit_of_work,
        ground.passwords,
        PrivateFile(settings.admin_password_file),
        roles=built_in_roles(permissions()),
        random=os.urandom,
        new_id=new_id,
        clock=clock,
    )

    async def begin() -> None:
        await ground.gate.opened()
        while True:
            try:
                if await bootstrap.ensure():
                    log.info("first_start.key_made", file=str(settings.console_api_key_file))
                await first_user.keep_roles()
                if await first_user.ensure():
                    log.info("first_start.user_made", file=str(settings.admin_password_file))
                await asyncio.Event().wait()
            except (Refusal, OSError) as error:
                log.warning("first_start.waiting", why=str(error))
                await asyncio.sleep(RETRY.total_seconds() * random.uniform(0.5, 1))  # noqa: S311 - jitter

    process.add_loop("first-start", begin)


def serve_identity(
    process: Process,
    ground: Ground,
    tokens: SignedTokens,
    forget: Callable[[], None],
    pepper: bytes,
) -> None:
    """Serve sessions, users, roles and keys, and throw away what has ended."""
    store, work = ground.store, ground.unit_of_work
    clock, catalogue = store.clock, permissions()
    sessions = SessionsUseCase(
        work, ground.passwords, tokens, random=os.urandom, clock=clock, forget=forget
    )
    users = UsersUseCase(work, ground.passwords, clock=clock, new_id=new_id, forget=forget)
    roles = RolesUseCase(
        work, catalogue=frozenset(catalogue), clock=clock, new_id=new_id, forget=forget
    )
    keys = ApiKeysUseCase(work, random=os.urandom, clock=clock, new_id=new_id, forget=forget)
    process.serve(SESSION_SERVICE, SessionServicer(sessions))
    process.serve(USER_SERVICE, UserServicer(users, pepper=pepper))
    process.serve(ROLE_SERVICE, RoleServicer(roles, catalogue))
    process.serve(API_KEY_SERVICE, ApiKeyServicer(keys))

    async def throw_away() -> None:
        await ground.gate.opened()
        while True:
            try:
                await sessions.throw_old_away()
                await throw_old_away(store)
            except Refusal as refusal:
                log.info("retention.waiting", why=str(refusal))
            await asyncio.sleep(HOUR.total_seconds() * random.uniform(0.5, 1))  # noqa: S311 - jitter

    process.add_loop("retention", throw_away)


def serve_own(settings: Settings, process: Process, directory: Directory, behind: Behind) -> None:
    """Serve what the door answers itself."""
    site = SiteServicer(
        directory,
        version=version("qvdc-console"),
        site=settings.console_site,
        features=FEATURES,
    )
    process.serve(site_pb2.DESCRIPTOR.services_by_name["SiteService"], site)
    operations = operation_pb2.DESCRIPTOR.services_by_name["OperationService"]
    process.serve(operations, OperationServicer(behind))
    process.serve(event_pb2.DESCRIPTOR.services_by_name["EventService"], EventServicer(behind))
    process.serve(FEED_SERVICE, FeedServicer(behind))


def add_public_ports(settings: Settings, process: Process, public: Public) -> None:
    """Open the ports that the world sees."""
    entrance, owners, witness = public.entrance, public.http_owners, public.witness
    routes = Routes(public_methods().values())
    relay = Relay(entrance, owners, process.draining, witness)
    open_routes = health_routes(process.readiness, process.metrics)
    door = Door(
        health=[route for route in open_routes if route.path != "/metrics"],
        openapi=OpenApi(routes, entrance, version("qvdc-console")),
        uploads=BytesPassage(relay, "image"),
        rest=RestApp(routes, entrance, owners, process.draining, witness),
        rpc=RpcPassage(relay),
        web=WebFiles(settings.console_web_dir),
        witness=witness,
    )
    wariness = Wariness(witness.stranger)
    shown = public_tls_files(settings)
    if settings.console_listen:
        process.add_port(HttpPort(settings.console_listen, door, wariness=wariness))
    if settings.console_tls_listen and shown is not None:
        process.add_port(HttpPort(settings.console_tls_listen, door, shown, wariness=wariness))
    if settings.console_grpc_listen:
        credentials = tls.server_credentials(shown, require_client=False) if shown else None
        process.add_port(
            GrpcPort(
                settings.console_grpc_listen,
                lambda: grpc_door(
                    entrance,
                    public.mesh_owners,
                    health=process.health,
                    draining=process.draining,
                    witness=witness,
                ),
                credentials,
            )
        )


def own(settings: Settings, process: Process) -> Endpoints:
    """Where this copy's inner ports are."""
    host = settings.advertise_host
    return Endpoints(f"{host}:{process.mesh_port}", f"{host}:{process.http_port}")


def inner(settings: Settings, process: Process) -> Endpoints:
    """How this copy reaches its own inner ports."""
    hosts = [split_address(each)[0] for each in (settings.mesh_listen, settings.http_listen)]
    mesh, http = ("127.0.0.1" if host in WILDCARDS else host for host in hosts)
    return Endpoints(f"{mesh}:{process.mesh_port}", f"{http}:{process.http_port}")


def static_endpoints(settings: Settings) -> dict[str, list[Endpoints]]:
    """Read the fallback addresses, mesh/http pairs by commas."""
    found: dict[str, list[Endpoints]] = {}
    for service, text in settings.static().items():
        pairs = [each.strip().partition("/") for each in text.split(",") if each.strip()]
        found[service] = [Endpoints(mesh, http) for mesh, _, http in pairs]
    return found


def tls_files(settings: Settings) -> TlsFiles | None:
    """This process's certificate; None means plain ports, which only tests ask for."""
    cert, key, ca = settings.cert_file, settings.key_file, settings.ca_file
    return TlsFiles(cert, key, ca) if cert and key and ca else None


def public_tls_files(settings: Settings) -> TlsFiles | None:
    """The certificate that the public ports show."""
    own_files = tls_files(settings)
    cert, key = settings.door_cert_file, settings.door_key_file
    if cert and key and own_files:
        return TlsFiles(cert, key, own_files.ca)
    return own_files


def new_id() -> str:
    """Make a UUID."""
    return str(uuid.uuid4())
