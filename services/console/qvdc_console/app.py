"""The composition of the door."""

import asyncio
import os
import random
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path

from quantix.console.v1 import site_pb2
from quantix.event.v1 import event_pb2
from quantix.operation.v1 import operation_pb2
from qvdc_console.adapters.directory import Directory, Finder
from qvdc_console.adapters.http_owners import HttpxOwners
from qvdc_console.adapters.key_file import PrivateFile
from qvdc_console.adapters.mesh_owners import MeshOwners
from qvdc_console.api.door import Door, OpenApi
from qvdc_console.api.entrance import Entrance
from qvdc_console.api.events import EventServicer
from qvdc_console.api.grpc_door import grpc_door
from qvdc_console.api.operations import OperationServicer
from qvdc_console.api.owners import Behind
from qvdc_console.api.public import public_methods
from qvdc_console.api.relay import BytesPassage, Relay, RpcPassage
from qvdc_console.api.rest.app import RestApp
from qvdc_console.api.rest.routes import Routes
from qvdc_console.api.site import SiteServicer
from qvdc_console.api.web import WebFiles
from qvdc_console.settings import Settings
from qvdc_console.store.api_keys import StoredApiKeys
from qvdc_console.usecases.authentication import Authentication
from qvdc_console.usecases.bootstrap import Bootstrap
from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.discovery import Discovery, Endpoints
from qvdc_coord.incarnation import read_incarnation
from qvdc_coord.lease import Leases
from qvdc_core.clock import SystemClock
from qvdc_core.errors import Refusal
from qvdc_db.database import Database
from qvdc_db.gate import StoreGate
from qvdc_db.migrations import Migrations
from qvdc_obs.logs import get_logger
from qvdc_rpc import tls
from qvdc_rpc.assertion import AssertionSigner
from qvdc_rpc.dial import Dialer
from qvdc_rpc.http import health_routes, split_address
from qvdc_rpc.ports import GrpcPort, HttpPort
from qvdc_rpc.process import Process, Wire
from qvdc_rpc.tls import TlsFiles

log = get_logger(__name__)

MIGRATIONS = Path(__file__).parent / "store" / "migrations"
KEEPERS = ("cluster", "node", "image", "network", "vm")
"""The services that keep operations and events."""
FEATURES = ("clusters", "nodes", "images", "networks", "virtual-machines", "ha")
RETRY = timedelta(seconds=2)
WILDCARDS = ("0.0.0.0", "::", "")  # noqa: S104 - recognised, not listened on


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
    keys = open_store(settings, process)
    directory = Directory(discovery, lambda: inner(settings, process))
    dialer = Dialer(files)
    http_owners = HttpxOwners(directory, files)
    mesh_owners = MeshOwners(directory, dialer)
    process.on_stop(dialer.close)
    process.on_stop(http_owners.close)

    signer = AssertionSigner(settings.assertion_key.read_bytes())
    networks = settings.console_bootstrap_networks
    authentication = Authentication(keys, local_networks=networks, clock=SystemClock())
    entrance = Entrance(authentication, signer)
    behind = Behind(mesh_owners, signer, directory, KEEPERS)
    serve_own(settings, process, directory, behind)
    add_public_ports(settings, process, entrance, http_owners, mesh_owners)
    return process


def open_store(settings: Settings, process: Process) -> StoredApiKeys:
    """Add what keeps the store current, and the loop that makes the bootstrap key."""
    database = Database(settings.database_url, schema="console")
    migrations = Migrations(
        MIGRATIONS, "console", settings.database_url, settings.database_admin_url
    )
    gate = StoreGate(database, migrations)
    keys = StoredApiKeys(database)
    file = PrivateFile(settings.console_api_key_file)
    bootstrap = Bootstrap(keys, file, random=os.urandom, clock=SystemClock())

    async def make_first_key() -> None:
        await gate.opened()
        while True:
            try:
                if await bootstrap.ensure():
                    log.info("bootstrap.key_made", file=str(settings.console_api_key_file))
                await asyncio.Event().wait()
            except (Refusal, OSError) as error:
                log.warning("bootstrap.waiting", why=str(error))
                await asyncio.sleep(RETRY.total_seconds() * random.uniform(0.5, 1))  # noqa: S311 - jitter

    process.add_loop("store", gate.run)
    process.add_loop("bootstrap", make_first_key)
    process.readiness.add("postgresql", gate.probe)
    process.on_stop(database.close)
    return keys


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


def add_public_ports(
    settings: Settings,
    process: Process,
    entrance: Entrance,
    http_owners: HttpxOwners,
    mesh_owners: MeshOwners,
) -> None:
    """Open the ports that the world sees."""
    routes = Routes(public_methods().values())
    relay = Relay(entrance, http_owners, process.draining)
    open_routes = health_routes(process.readiness, process.metrics)
    door = Door(
        health=[route for route in open_routes if route.path != "/metrics"],
        openapi=OpenApi(routes, entrance, version("qvdc-console")),
        uploads=BytesPassage(relay, "image"),
        rest=RestApp(routes, entrance, http_owners, process.draining),
        rpc=RpcPassage(relay),
        web=WebFiles(settings.console_web_dir),
    )
    shown = public_tls_files(settings)
    if settings.console_listen:
        process.add_port(HttpPort(settings.console_listen, door))
    if settings.console_tls_listen and shown is not None:
        process.add_port(HttpPort(settings.console_tls_listen, door, shown))
    if settings.console_grpc_listen:
        credentials = tls.server_credentials(shown, require_client=False) if shown else None
        process.add_port(
            GrpcPort(
                settings.console_grpc_listen,
                lambda: grpc_door(
                    entrance, mesh_owners, health=process.health, draining=process.draining
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
