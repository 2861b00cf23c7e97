"""The guardian's two loops: one registers, one beats; neither waits for the other.

Registering joins the host, brings it back after a refusal, renews its certificate and tells of
changed hardware. Beats go on meanwhile, also while registrations find no answer: a session lives by
beats alone. Refusals are answered with growing pauses, silence with the interval, for as long as
the host lives.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

from qvdc_agent.domain.session import Phase
from qvdc_agent.guardian.adapters.certificates import Certificates
from qvdc_agent.guardian.adapters.node_service import Beat, NodeService, Registration
from qvdc_agent.guardian.adapters.trust import fetch_root
from qvdc_agent.guardian.backoff import Backoff
from qvdc_agent.guardian.errors import Reborn, Refused, Superseded, Unanswered, Untrusted
from qvdc_agent.guardian.files import write_whole
from qvdc_agent.guardian.identity import Identity, machine_uuid
from qvdc_agent.guardian.joining import Joining, read_joining, write_joining
from qvdc_agent.guardian.reports import Reports, Section
from qvdc_agent.guardian.session import Registered, Session
from qvdc_agent.guardian.settings import Settings
from qvdc_agent.guardian.vouched import Vouched
from qvdc_core.clock import Clock
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

POLL = timedelta(seconds=1)
"""How often an unjoined host looks whether it was told to join."""
LOOK_PERIOD = timedelta(seconds=5)
"""How often a registered host looks whether it has something to tell or to renew."""
ASK_WHY_PERIOD = timedelta(minutes=1)
REMOVED_RETRY = timedelta(minutes=10)
FIRST_REPORT_WAIT = timedelta(seconds=5)
"""How long the first attempt to register waits for the agent, to bring the real hardware."""
CHANGE_PERIOD = timedelta(seconds=30)
"""Shortest time between two registrations that only tell of changed hardware."""


class Heart:
    """One guardian's dealings with the node service.

    Args:
        system: what the guardian itself knows of the host's versions; the agent's words go before.
        address_towards: the address that this host uses towards a host:port.
        unanswered: told of each try to renew that nobody answered.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        identity: Identity,
        session: Session,
        reports: Reports,
        certificates: Certificates,
        node_service: NodeService,
        backoff: Backoff,
        clock: Clock,
        system: Mapping[str, object],
        hostname: Callable[[], str],
        address_towards: Callable[[str], str],
        vouched: Vouched,
        unanswered: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._places = settings.places
        self._identity = identity
        self._session = session
        self._reports = reports
        self._certificates = certificates
        self._node_service = node_service
        self._backoff = backoff
        self._clock = clock
        self._system = system
        self._hostname = hostname
        self._address_towards = address_towards
        self._vouched = vouched
        self._unanswered = unanswered
        self._waited = False
        self._due = asyncio.Event()
        self._due.set()
        self._not_before = float("-inf")
        self._ask_again = float("-inf")
        self._may_beat = asyncio.Event()
        self._soon = asyncio.Event()
        if session.state.session_epoch > 0:
            self._may_beat.set()
        self._told = ""
        self._told_at = float("-inf")
        self._sequence = 0

    async def run(self) -> None:
        """Go on for ever.

        Raises:
            ExceptionGroup: of Superseded, when a newer start of this host's guardian exists, or of
                Reborn, when the host was given another identity.
        """
        await self._certificates.load()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._register_when_due())
            group.create_task(self._beat_while_allowed())
            group.create_task(self._follow_words())

    async def _follow_words(self) -> None:
        """Act at once on what people told the host."""
        told = _stamp(self._places.join)
        while True:
            await asyncio.sleep(POLL.total_seconds())
            if machine_uuid(self._places) != self._identity.machine_uuid:
                raise Reborn("The host was given another identity.")
            if (now := _stamp(self._places.join)) != told:
                told = now
                self._due.set()

    async def _register_when_due(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_PERIOD.total_seconds()):
                    await self._due.wait()
            if self._due.is_set() or self._refresh_is_due():
                await self._pause_until(self._not_before)
                pause = await self.register_once()
                await asyncio.sleep(pause.total_seconds())

    async def _beat_while_allowed(self) -> None:
        while True:
            await self._may_beat.wait()
            pause = await self.beat_once()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause.total_seconds()):
                    await self._soon.wait()
            self._soon.clear()

    async def register_once(self) -> timedelta:
        """Try to register; return how long to wait before anything else of the kind.

        Raises:
            Superseded: a newer start of this host's guardian exists.
        """
        self._due.set()
        try:
            async with self._asking_others():
                if not await self._register():
                    return POLL
        except Unanswered as unanswered:
            log.warning("registration.unanswered", why=str(unanswered))
            self._unanswered()
            await self._ask_why()
            return unanswered.retry_after or self._interval
        except Refused as refused:
            return self._take_refusal(refused)
        self._due.clear()
        self._may_beat.set()
        return timedelta()

    @asynccontextmanager
    async def _asking_others(self) -> AsyncIterator[None]:
        """Ask the other hosts at every interval while a host that may not beat waits for an answer.

        A registration waits much longer than a beat: without this a refused host would ask only
        when it gives up.
        """

        async def ask() -> None:
            while True:
                await asyncio.sleep(self._interval.total_seconds())
                if not self._may_beat.is_set():
                    self._unanswered()

        asking = asyncio.create_task(ask(), name="asking-others")
        try:
            yield
        finally:
            asking.cancel()

    async def renew(self) -> None:
        """Send one more beat, for somebody who asks whether this host can renew.

        Raises:
            Unanswered: nobody answered.
            Refused: somebody decided against it, or this host has no session to renew.
        """
        state = self._session.state
        if state.session_epoch == 0 or not state.meshes("node"):
            raise Refused("SESSION_MISSING", "This host has no session.")
        await self._beat()

    def renew_soon(self) -> None:
        """Have the next beat sent at once: another host can renew."""
        self._soon.set()

    async def beat_once(self) -> timedelta:
        """Send one beat; return how long to wait before the next.

        Raises:
            Superseded: a newer start of this host's guardian exists.
        """
        started = self._clock.monotonic()
        try:
            await self._beat()
        except Unanswered as unanswered:
            log.warning("beat.unanswered", why=str(unanswered), sequence=self._sequence)
            self._unanswered()
        except Refused as refused:
            self._may_beat.clear()
            pause = self._take_refusal(refused)
            self._not_before = self._clock.monotonic() + pause.total_seconds()
            self._due.set()
            return timedelta()
        spent = timedelta(seconds=self._clock.monotonic() - started)
        return max(timedelta(), self._interval - spent)

    def _refresh_is_due(self) -> bool:
        """Whether a registered host has something to tell or to renew."""
        if self._certificates.due(self._clock.now()):
            return True
        changed = self._reports.heard.is_set() and self._reports.lasting() != self._told
        return changed and self._clock.monotonic() - self._told_at >= CHANGE_PERIOD.total_seconds()

    async def _pause_until(self, moment: float) -> None:
        await asyncio.sleep(max(0.0, moment - self._clock.monotonic()))

    async def _register(self) -> bool:
        """Register; False when there is nothing yet to register with."""
        now = self._clock.now()
        joining = read_joining(self._places.join)
        if joining is not None and joining.left:
            await self._leave()
            return False
        known = self._session.state.meshes("node")
        enrol = not self._certificates.usable(now) or not known
        if enrol and (joining is None or not joining.token):
            if not self._places.certificate.exists():
                self._session.is_in(Phase.UNJOINED)
            await self._ask_why()
            return False
        await self._first_report()
        addresses = joining.servers if enrol and joining is not None else known
        if enrol and joining is not None:
            self._session.is_in(Phase.REGISTERING)
            await self._trust(joining)
        heard = self._reports.heard.is_set()
        told, told_at = self._reports.lasting(), self._clock.monotonic()
        registration = await self._registration(joining, addresses[0], enrol=enrol)
        answer = await self._node_service.register(registration, addresses, enrol=enrol)
        # A host that could say nothing of itself yet says it as soon as it can.
        self._told, self._told_at = told, told_at if heard else float("-inf")
        await self._take_answer(answer, joining)
        return True

    async def _ask_why(self) -> None:
        """Ask where no certificate is needed why this host's opens nothing, at most once a minute.

        TLS itself refuses what has expired or is foreign, and says nothing: people on the host
        shall still read why.
        """
        joining, now = read_joining(self._places.join), self._clock.monotonic()
        if joining is None or not self._places.certificate.exists() or now < self._ask_again:
            return
        self._ask_again = now + ASK_WHY_PERIOD.total_seconds()
        try:
            await self._node_service.explain(
                machine_uuid=self._identity.machine_uuid,
                certificate_pem=self._places.certificate.read_text(),
                servers=joining.servers,
            )
        except (Unanswered, FileNotFoundError):
            return  # nobody answers, or the host just left
        except Refused as refused:
            log.warning("certificate.refused", reason=refused.reason, why=refused.message)
            self._session.refused(refused, self._clock.now())

    async def _leave(self) -> None:
        """Neither register nor beat; the ladder goes on for what is guarded here."""
        if self._session.state.phase is not Phase.LEFT:
            log.warning("host.left", protected=len(self._vouched.machines))
        self._may_beat.clear()
        self._session.left()
        if not self._places.certificate.exists():
            await self._certificates.load()

    async def _first_report(self) -> None:
        """Give the agent the time to say what the host is, at the first attempt alone."""
        if self._waited:
            return
        self._waited = True
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_REPORT_WAIT.total_seconds()):
                await self._reports.heard.wait()

    async def _beat(self) -> None:
        sent_at = self._clock.boottime()
        self._sequence += 1
        beat = Beat(
            identity=self._identity,
            session_epoch=self._session.state.session_epoch,
            sequence=self._sequence,
            usage=self._reports.section("usage"),
            pools=self._reports.pools(),
            conditions=self._conditions(),
            members=self._vouched.members,
            terms_version=self._session.state.terms_version,
            lease_id=self._session.state.lease_id,
            protected_count=len(self._vouched.machines),
            assigned_pools=self._vouched.pools,
        )
        answer = await self._node_service.beat(beat, self._session.state.meshes("node"))
        self._vouched.acknowledged(sent_at, answer)
        self._session.heard_of(answer.control_plane)
        if answer.full_sync:
            self._due.set()

    async def _trust(self, joining: Joining) -> None:
        """Have the control plane's root, by its hash, before the token is sent."""
        if not joining.ca_hash:
            if not self._places.ca.exists():
                raise Refused("TLS_UNTRUSTED", "Neither the root nor its hash is known.")
            return
        failure: Exception = Unanswered("no server is given")
        for server in joining.servers:
            try:
                root = await asyncio.to_thread(fetch_root, server, joining.ca_hash)
            except OSError as error:
                failure = Unanswered(f"{server}: {error}")
            except Untrusted as error:
                failure = Refused("TLS_UNTRUSTED", str(error))
            else:
                write_whole(self._places.ca, root, mode=0o644)
                return
        raise failure

    async def _registration(
        self, joining: Joining | None, address: str, *, enrol: bool
    ) -> Registration:
        now = self._clock.now()
        sign = enrol or self._certificates.due(now)
        uid = self._identity.machine_uuid
        return Registration(
            identity=self._identity,
            hostname=self._hostname(),
            address=self._settings.advertise_host or self._address_towards(address),
            port=self._settings.mesh_port,
            peer_port=self._settings.peer_port,
            system={**self._system, **self._reports.section("system")},
            inventory=self._reports.section("inventory"),
            conditions=self._conditions(),
            protected=self._vouched.machines,
            simulated=self._reports.simulated,
            join_token=joining.token if joining is not None else "",
            signing_request=await self._certificates.signing_request(uid) if sign else "",
            node_id=joining.node_id if joining is not None else "",
        )

    async def _take_answer(self, answer: Registered, joining: Joining | None) -> None:
        if answer.certificate_pem:
            await self._certificates.store(answer.certificate_pem, answer.ca_pem)
        if joining is not None and joining.token and read_joining(self._places.join) == joining:
            write_joining(self._places.join, joining.without_token())
        self._vouched.registered(answer)
        self._backoff.reset()
        log.info(
            "host.registered",
            node=answer.node,
            outcome=answer.outcome,
            session_epoch=answer.session_epoch,
            instance=self._identity.instance,
        )

    def _conditions(self) -> list[Section]:
        now = self._clock.now()
        told = self._reports.conditions(self._clock.monotonic(), now)
        return [*told, *self._vouched.conditions(now)]

    def _take_refusal(self, refused: Refused) -> timedelta:
        if refused.reason == "STALE_INSTANCE":
            raise Superseded(refused.message) from refused
        log.warning("node_service.refused", reason=refused.reason, why=refused.message)
        self._vouched.refused(refused)
        self._session.refused(refused, self._clock.now())
        if refused.reason == "NODE_REMOVED":
            return REMOVED_RETRY
        return self._backoff.next(refused.retry_after)

    @property
    def _interval(self) -> timedelta:
        return timedelta(seconds=self._session.state.interval_seconds)


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
