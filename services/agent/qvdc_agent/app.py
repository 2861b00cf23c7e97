"""Builds the agent's process."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from quantix.agent.v1 import agent_pb2
from qvdc_agent.adapters.assignments import AssignedPoolsFile
from qvdc_agent.adapters.feed import GuardianFeed
from qvdc_agent.adapters.handover import GuardianHandover
from qvdc_agent.adapters.host_watch import LocalHostWatch
from qvdc_agent.adapters.log_command import LogCommand
from qvdc_agent.adapters.openvswitch import OpenVSwitch
from qvdc_agent.adapters.owners import ImageService, NetworkService, VmService
from qvdc_agent.adapters.placed_files import PlacedMachineFiles
from qvdc_agent.adapters.placed_images import PlacedImages
from qvdc_agent.adapters.pool_folders import LocalPoolFolders
from qvdc_agent.adapters.pool_owner import NodePools
from qvdc_agent.adapters.power_command import PowerCommands
from qvdc_agent.adapters.session_file import SessionFile, read_boot_id
from qvdc_agent.adapters.simulated_hypervisor import SimulatedHypervisor, SimulatedSwitch
from qvdc_agent.adapters.virt_type import VirtTypeProbe
from qvdc_agent.api.agent import AgentServicer
from qvdc_agent.api.host_log import HOST_LOG_SERVICE, HostLogServicer
from qvdc_agent.api.host_power import HOST_POWER_SERVICE, HostPowerServicer
from qvdc_agent.domain.definition import VirtType
from qvdc_agent.domain.host_power import PowerAction
from qvdc_agent.domain.machine import BootId
from qvdc_agent.domain.places import Places
from qvdc_agent.domain.pool import PoolUid
from qvdc_agent.domain.storage import offered
from qvdc_agent.guardian.identity import machine_uuid
from qvdc_agent.ports import Switch
from qvdc_agent.reconcile.feed import FeedLoop
from qvdc_agent.reconcile.guarding import GuardingLoop
from qvdc_agent.reconcile.inventories import CacheReports, PortReports
from qvdc_agent.reconcile.machine import MachineReconciler
from qvdc_agent.reconcile.pool_reports import PoolReports
from qvdc_agent.reconcile.pools import PoolReconciler
from qvdc_agent.reconcile.reports import MachineReports
from qvdc_agent.reconcile.steps import Steps
from qvdc_agent.reconcile.work_queue import WorkQueue
from qvdc_agent.settings import Settings
from qvdc_agent.store.machine import SqliteMachineStore
from qvdc_agent.store.pool import FilePoolBook
from qvdc_agent.usecases.host_power import HostPowerUseCase
from qvdc_agent.usecases.lookout import Lookout
from qvdc_agent.usecases.machine import Machines
from qvdc_agent.usecases.observations import Observations
from qvdc_agent.usecases.pools import Pools
from qvdc_core.clock import SystemClock
from qvdc_obs.logs import get_logger
from qvdc_obs.metrics import Metrics
from qvdc_rpc.dial import Dialer
from qvdc_rpc.loops import Loops
from qvdc_rpc.process import Process, Wire
from qvdc_rpc.tls import TlsFiles

if TYPE_CHECKING:
    from qvdc_agent.adapters.libvirt_hypervisor import LibvirtHypervisor

log = get_logger(__name__)

JOIN_POLL = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Host:
    """What runs from the first second, before the host has joined."""

    boot: BootId
    clock: SystemClock
    hypervisor: LibvirtHypervisor | SimulatedHypervisor
    switch: Switch
    virt_types: VirtTypeProbe
    pools: Pools
    loops: Loops
    close: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Kept:
    """What the serving process keeps and reads."""

    store: SqliteMachineStore
    files: PlacedMachineFiles
    images: PlacedImages
    folders: LocalPoolFolders
    guardian: SessionFile
    observations: Observations


async def run(settings: Settings) -> None:
    """Run the agent until SIGTERM: feed the guardian at once, serve as soon as the host joined."""
    metrics = Metrics()
    host = build_host(settings, metrics)
    early = asyncio.create_task(host.loops.run(), name="early-loops")
    probing = asyncio.create_task(host.virt_types.choose(), name="virt-type")
    try:
        await joined(settings.places)
        process, store = build(settings, host, metrics)
        await store.open()
        await process.run()
    finally:
        for task in (early, probing):
            task.cancel()
        await asyncio.gather(early, probing, return_exceptions=True)
        host.close()


def build_host(settings: Settings, metrics: Metrics) -> Host:
    """Build what needs no certificate: hypervisor, switch, and the guardian's feed."""
    boot, clock, loops = read_boot_id(), SystemClock(), Loops(metrics)
    hypervisor, switch, close = _build_hypervisor(settings, boot, loops)
    virt_types = VirtTypeProbe(
        VirtType.QEMU if hypervisor.simulated else settings.virt_type,
        boot=boot,
        remembered=settings.places.virt_type,
    )
    pools = Pools(FilePoolBook(settings.places.pool_book), clock)
    watch = LocalHostWatch(
        hypervisor=hypervisor,
        switch=switch,
        virt_types=virt_types,
        pool=settings.pool_dir,
        assigned=lambda: offered(pools.all()),
        bridge=settings.agent_integration_bridge,
        clock=clock,
    )
    feed = FeedLoop(watch, GuardianFeed(settings.places.feed), settings.feed_period)
    loops.add("feed", feed.run)
    return Host(boot, clock, hypervisor, switch, virt_types, pools, loops, close)


def _build_hypervisor(
    settings: Settings, boot: BootId, loops: Loops
) -> tuple[LibvirtHypervisor | SimulatedHypervisor, Switch, Callable[[], None]]:
    if settings.agent_hypervisor == "simulated":
        log.warning("hypervisor.simulated", why="QVDC_AGENT_HYPERVISOR asks for it: no guest runs")
        simulated = SimulatedHypervisor(settings.agent_state_dir / "simulated.json", boot=boot)
        uid = machine_uuid(settings.places)
        return simulated, SimulatedSwitch(simulated, chassis=uid), lambda: None
    # libvirt's binding is installed on hosts alone; a simulated one does without.
    from qvdc_agent.adapters.libvirt_connection import LibvirtConnection
    from qvdc_agent.adapters.libvirt_hypervisor import LibvirtHypervisor

    connection = LibvirtConnection(settings.agent_libvirt_uri)
    hypervisor = LibvirtHypervisor(connection)
    loops.add("libvirt", connection.run)
    switch = OpenVSwitch(settings.agent_ovs_db, settings.agent_integration_bridge)
    return hypervisor, switch, connection.close


async def joined(places: Places) -> None:
    """Wait until the guardian has put the host's certificate in its place."""
    needed = (places.machine_uuid, places.key, places.certificate, places.ca)
    told = False
    while True:
        if all(path.exists() for path in needed):
            return
        if not told:
            log.info("agent.waits_for_join", folder=str(places.identity))
            told = True
        await asyncio.sleep(JOIN_POLL.total_seconds())


async def until_left(places: Places, stop: Callable[[], None]) -> None:
    """Stop when the host has left or was given another identity: without a certificate there is
    nothing to serve; the next start waits to join."""
    uid = machine_uuid(places)
    while True:
        if not places.certificate.exists() or machine_uuid(places) != uid:
            break
        await asyncio.sleep(JOIN_POLL.total_seconds())
    log.warning("agent.host_left", machine_uuid=uid)
    stop()


def build(settings: Settings, host: Host, metrics: Metrics) -> tuple[Process, SqliteMachineStore]:
    """Build the serving process of a host that has joined."""
    places = settings.places
    tls = TlsFiles(cert=places.certificate, key=places.key, ca=places.ca)
    wire = Wire(mesh_listen=settings.mesh_listen, http_listen=settings.http_listen or None, tls=tls)
    process = Process("agent", wire, metrics=metrics)
    kept = _build_kept(settings, host, tls)
    lookout = Lookout(
        hypervisor=host.hypervisor,
        files=kept.files,
        images=kept.images,
        guardian=kept.guardian,
        clock=host.clock,
    )
    queue = WorkQueue()
    machines = Machines(
        store=kept.store,
        files=kept.files,
        lookout=lookout,
        observations=kept.observations,
        guardian=kept.guardian,
        wake=queue.add,
        busy=queue.busy,
    )
    process.serve(agent_pb2.DESCRIPTOR.services_by_name["AgentService"], AgentServicer(machines))
    _serve_power(process, settings, host, kept)
    process.readiness.add("hypervisor", host.hypervisor.ping)
    process.add_loop("images", kept.images.run)
    process.add_loop("certificate", lambda: until_left(places, process.stop))
    _add_pools(process, settings, host, kept)
    _add_reconciler(process, settings, host, kept, lookout, queue)
    _add_reports(process, host, kept, Dialer(tls))
    process.on_start(kept.observations.load)
    process.on_stop(kept.store.close)
    return process, kept.store


def _serve_power(process: Process, settings: Settings, host: Host, kept: Kept) -> None:
    async def running() -> int:
        return (await host.hypervisor.facts())[1]

    commands = PowerCommands(
        {
            PowerAction.REBOOT: settings.agent_reboot_command,
            PowerAction.POWER_OFF: settings.agent_power_off_command,
        }
    )
    power = HostPowerUseCase(kept.store, running, commands, host.boot)
    process.serve(HOST_POWER_SERVICE, HostPowerServicer(power))
    process.serve(HOST_LOG_SERVICE, HostLogServicer(LogCommand(settings.agent_log_command)))


def _build_kept(settings: Settings, host: Host, tls: TlsFiles) -> Kept:
    places = settings.places
    store = SqliteMachineStore(places.database, now=host.clock.now)
    node_uid = places.machine_uuid.read_text().strip()
    folders = LocalPoolFolders(settings.pools_dir, node_uid=node_uid)
    own_images = settings.pool_dir / "images"
    return Kept(
        store=store,
        files=PlacedMachineFiles(settings.pool_dir, folders),
        images=PlacedImages(own_images, folders, node_uid=node_uid, tls=tls, clock=host.clock),
        folders=folders,
        guardian=SessionFile(
            places.session,
            node_uid=node_uid,
            boot=host.boot,
            clock=host.clock,
        ),
        observations=Observations(store, host.clock),
    )


def _add_reconciler(
    process: Process,
    settings: Settings,
    host: Host,
    kept: Kept,
    lookout: Lookout,
    queue: WorkQueue,
) -> None:
    guarding = GuardianHandover(settings.places.handover)
    steps = Steps(
        hypervisor=host.hypervisor,
        files=kept.files,
        images=kept.images,
        switch=host.switch,
        store=kept.store,
        guardian=kept.guardian,
        guarding=guarding,
        lookout=lookout,
        virt_types=host.virt_types,
        bridge=settings.agent_integration_bridge,
    )
    reconciler = MachineReconciler(
        store=kept.store,
        hypervisor=host.hypervisor,
        lookout=lookout,
        steps=steps,
        observations=kept.observations,
        queue=queue,
        workers=settings.agent_workers,
        period=settings.reconcile_period,
    )
    host.hypervisor.on_change(reconciler.wake)
    kept.images.on_change(lambda _: reconciler.wake(None))
    process.add_loop("machines", reconciler.run)
    mending = GuardingLoop(
        store=kept.store,
        hypervisor=host.hypervisor,
        guarding=guarding,
        lookout=lookout,
        wake=queue.add,
        clock=host.clock,
    )
    process.add_loop("guarding", mending.run)


def _add_pools(process: Process, settings: Settings, host: Host, kept: Kept) -> None:
    async def in_use(uid: PoolUid) -> bool:
        wanted = [record.wanted for record in await kept.store.list()]
        return any(uid in each.pools for each in wanted if each is not None and not each.absent)

    reconciler = PoolReconciler(
        assignments=AssignedPoolsFile(settings.places.assigned_pools),
        folders=kept.folders,
        pools=host.pools,
        in_use=in_use,
        new_nonce=lambda: secrets.token_hex(16),
        clock=host.clock,
    )
    reconciler.hold()
    process.add_loop("pools", reconciler.run)


def _add_reports(process: Process, host: Host, kept: Kept, dialer: Dialer) -> None:
    machines = MachineReports(kept.observations, VmService(dialer), kept.guardian)
    clock, guardian = host.clock, kept.guardian
    images = CacheReports(kept.images, kept.store, ImageService(dialer), guardian, clock)
    ports = PortReports(host.switch, NetworkService(dialer), guardian, clock)
    kept.images.on_change(lambda _: images.nudge())
    kept.observations.on_change(lambda _: ports.nudge())
    process.add_loop("machine_reports", machines.run)
    process.add_loop("cache_reports", images.run)
    process.add_loop("port_reports", ports.run)
    pools = PoolReports(host.pools, NodePools(dialer, host.clock), kept.guardian)
    process.add_loop("pool_reports", pools.run)
    process.on_stop(dialer.close)
