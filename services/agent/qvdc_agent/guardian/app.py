"""Builds the guardian."""

import asyncio
import platform
import random
import signal
import socket
from importlib import metadata

from qvdc_agent.adapters import host_facts
from qvdc_agent.domain.host_report import PROTOCOL
from qvdc_agent.guardian.adapters.certificates import Certificates
from qvdc_agent.guardian.adapters.feed import FeedSocket
from qvdc_agent.guardian.adapters.node_service import NodeService
from qvdc_agent.guardian.backoff import Backoff
from qvdc_agent.guardian.errors import Superseded
from qvdc_agent.guardian.heart import Heart
from qvdc_agent.guardian.identity import Identity, establish, hostname
from qvdc_agent.guardian.reports import Reports
from qvdc_agent.guardian.session import Session
from qvdc_agent.guardian.settings import Settings
from qvdc_core.clock import SystemClock
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

SUPERSEDED_EXIT = 3
"""Exit code of a guardian that a newer one has replaced; its supervisor need not restart it."""


async def run(settings: Settings) -> int:
    """Run the guardian until SIGTERM, or until a newer one has taken over; return the exit code."""
    clock = SystemClock()
    reports = Reports(started=clock.monotonic(), now=clock.now())
    identity = establish(settings.places, macs=tuple(nic.mac for nic in host_facts.nics()))
    node_service = NodeService(settings.places)
    heart = Heart(
        settings=settings,
        identity=identity,
        session=Session(settings.places, identity),
        reports=reports,
        certificates=Certificates(settings.places),
        node_service=node_service,
        backoff=Backoff(random.SystemRandom().random),
        clock=clock,
        system=own_system(),
        hostname=hostname,
        address_towards=address_towards,
    )
    feed = FeedSocket(settings.places.feed, lambda told: reports.take(told, clock.monotonic()))
    await feed.open()
    _log_start(identity)
    try:
        return await _beat_until_stopped(heart)
    finally:
        await feed.close()
        await node_service.close()


def own_system() -> dict[str, object]:
    """What the guardian can say of the host without the agent."""
    return {
        "agent_version": metadata.version("qvdc-agent"),
        "protocol_lowest": PROTOCOL,
        "protocol_highest": PROTOCOL,
        "os": host_facts.operating_system(),
        "kernel": host_facts.kernel(),
        "boot_time": host_facts.boot_time(),
        "architecture": platform.machine(),
    }


def address_towards(server: str) -> str:
    """The address that this host uses towards `server`, a host:port; empty when there is no way."""
    host, _, port = server.rpartition(":")
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_DGRAM)
        with socket.socket(found[0][0], socket.SOCK_DGRAM) as probe:
            probe.connect(found[0][4])
            return str(probe.getsockname()[0])
    except OSError:
        return ""


async def _beat_until_stopped(heart: Heart) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    beating = asyncio.create_task(heart.run(), name="heart")
    stopping = asyncio.create_task(stopped.wait(), name="stop")
    await asyncio.wait({beating, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not beating.done():
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        return 0
    stopping.cancel()
    try:
        beating.result()
    except* Superseded as superseded:
        log.warning("guardian.superseded", why=str(superseded.exceptions[0]))
    return SUPERSEDED_EXIT


def _log_start(identity: Identity) -> None:
    log.info(
        "guardian.started",
        machine_uuid=identity.machine_uuid,
        boot_id=identity.boot_id,
        instance=identity.instance,
    )
