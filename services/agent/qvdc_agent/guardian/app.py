"""Builds the guardian."""

import asyncio
import json
import platform
import random
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata

from qvdc_agent.adapters import host_facts
from qvdc_agent.domain.host_report import PROTOCOL
from qvdc_agent.domain.places import Places
from qvdc_agent.guardian.adapters.certificates import Certificates
from qvdc_agent.guardian.adapters.feed import FeedSocket
from qvdc_agent.guardian.adapters.handover import HandoverSocket
from qvdc_agent.guardian.adapters.node_service import NodeService
from qvdc_agent.guardian.adapters.peer_server import PeerServer, PeerServicer
from qvdc_agent.guardian.adapters.peers import Peers
from qvdc_agent.guardian.adapters.processes import HeldProcesses
from qvdc_agent.guardian.adapters.watchdogs import find_watchdog
from qvdc_agent.guardian.answering import Answering
from qvdc_agent.guardian.backoff import Backoff
from qvdc_agent.guardian.domain.ladder import Ladder
from qvdc_agent.guardian.errors import Reborn, Superseded
from qvdc_agent.guardian.files import write_whole
from qvdc_agent.guardian.guard import Guard
from qvdc_agent.guardian.guarded_file import GuardedFile
from qvdc_agent.guardian.heart import Heart
from qvdc_agent.guardian.identity import Identity, establish, hostname
from qvdc_agent.guardian.member_file import MemberFile
from qvdc_agent.guardian.pools_file import PoolsFile
from qvdc_agent.guardian.promise_book import PromiseBook
from qvdc_agent.guardian.reports import Reports
from qvdc_agent.guardian.session import Session
from qvdc_agent.guardian.settings import Settings
from qvdc_agent.guardian.voting import Voting
from qvdc_agent.guardian.vouched import Vouched
from qvdc_core.clock import SystemClock
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

SUPERSEDED_EXIT = 3
"""Exit code of a guardian that a newer one has replaced; its supervisor need not restart it."""
REBORN_EXIT = 4
"""Exit code of a guardian whose host was given another identity; its supervisor restarts it."""


SHOWN = ("usage", "pools", "conditions", "simulated")
"""Parts of the agent's report that `quantix-node status` shows."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the guardian keeps over its own restarts."""

    session: Session
    members: MemberFile
    book: PromiseBook
    guard: Guard


@dataclass(frozen=True, slots=True)
class Guardian:
    """Everything that runs."""

    heart: Heart
    guard: Guard
    peer_server: PeerServer
    handover: HandoverSocket

    async def run(self) -> None:
        """Run for ever.

        Raises:
            ExceptionGroup: of Superseded, when a newer start of this host's guardian exists.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self.guard.run())
            group.create_task(self.handover.run())
            group.create_task(self.heart.run())
            group.create_task(self.peer_server.run())


async def run(settings: Settings) -> int:
    """Run the guardian until SIGTERM, or until a newer one has taken over; return the exit code."""
    clock = SystemClock()
    reports = Reports(started=clock.monotonic(), now=clock.now())
    identity = establish(settings.places, macs=tuple(nic.mac for nic in host_facts.nics()))
    node_service, peers = NodeService(settings.places), Peers(settings.places)
    kept = keep(settings, identity, clock)
    kept.guard.relearn()
    guardian = build(settings, identity, kept, reports, node_service, peers, clock)
    feed = FeedSocket(settings.places.feed, heard_by(reports, settings.places, clock))
    guardian.handover.open()
    await feed.open()
    _log_start(identity)
    try:
        return await _run_until_stopped(guardian)
    finally:
        await feed.close()
        await peers.close()
        await node_service.close()


def heard_by(
    reports: Reports, places: Places, clock: SystemClock
) -> Callable[[dict[str, object]], None]:
    """Take the agent's reports, and leave the last for people on the host to read."""

    def take(told: dict[str, object]) -> None:
        reports.take(told, clock.monotonic())
        kept = {"told_at": clock.boottime()} | {key: told.get(key) for key in SHOWN}
        write_whole(places.report, json.dumps(kept).encode(), mode=0o644, durable=False)

    return take


def keep(settings: Settings, identity: Identity, clock: SystemClock) -> Kept:
    """Build what is kept, continued from an earlier guardian of this life of the host."""
    session = Session(settings.places, identity)
    guard = Guard(
        ladder=Ladder(
            terms=session.ladder_terms,
            acknowledged_at=session.state.acknowledged_at,
            voted_at=session.state.voted_at,
        ),
        kept=GuardedFile(settings.places, identity),
        processes=HeldProcesses(),
        watchdog=find_watchdog(settings.watchdog, settings.watchdog_seconds),
        clock=clock,
    )
    return Kept(
        session=session,
        members=MemberFile(settings.places.member_set),
        book=PromiseBook(settings.places, boot_id=identity.boot_id, now=clock.boottime()),
        guard=guard,
    )


def build(
    settings: Settings,
    identity: Identity,
    kept: Kept,
    reports: Reports,
    node_service: NodeService,
    peers: Peers,
    clock: SystemClock,
) -> Guardian:
    """Build what runs on what is kept."""
    voting = Voting(
        identity.machine_uuid,
        members=kept.members,
        session=kept.session,
        guard=kept.guard,
        peers=peers,
        clock=clock,
        try_now=lambda: heart.renew_soon(),
    )
    heart = Heart(
        settings=settings,
        identity=identity,
        session=kept.session,
        reports=reports,
        certificates=Certificates(settings.places),
        node_service=node_service,
        backoff=Backoff(random.SystemRandom().random),
        clock=clock,
        system=own_system(),
        hostname=hostname,
        address_towards=address_towards,
        vouched=Vouched(
            session=kept.session,
            guard=kept.guard,
            members=kept.members,
            book=kept.book,
            pools=PoolsFile(settings.places.assigned_pools),
        ),
        unanswered=voting.ask,
    )
    servicer = PeerServicer(
        identity=identity,
        session=kept.session,
        guard=kept.guard,
        members=kept.members,
        book=kept.book,
        answering=Answering(heart.renew, kept.book, clock),
        clock=clock,
    )
    return Guardian(
        heart=heart,
        guard=kept.guard,
        peer_server=PeerServer(settings.peer_listen, servicer, settings.places),
        handover=HandoverSocket(settings.places.handover, kept.guard),
    )


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


async def _run_until_stopped(guardian: Guardian) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    running = asyncio.create_task(guardian.run(), name="guardian")
    stopping = asyncio.create_task(stopped.wait(), name="stop")
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not running.done():
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return 0
    stopping.cancel()
    code = 0
    try:
        running.result()
    except* Superseded as superseded:
        log.warning("guardian.superseded", why=str(superseded))
        code = SUPERSEDED_EXIT
    except* Reborn as reborn:
        log.warning("guardian.reborn", why=str(reborn))
        code = REBORN_EXIT
    return code


def _log_start(identity: Identity) -> None:
    log.info(
        "guardian.started",
        machine_uuid=identity.machine_uuid,
        boot_id=identity.boot_id,
        instance=identity.instance,
    )
