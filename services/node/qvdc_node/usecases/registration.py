"""Registration: an upsert on the machine uuid, then the session (PROTOCOLS 2, RG-1 to RG-9)."""

from dataclasses import dataclass
from datetime import timedelta

from qvdc_core.clock import Clock
from qvdc_core.errors import InvalidField
from qvdc_core.event import Change, Severity
from qvdc_node.domain.events import node_event, registration_events
from qvdc_node.domain.join_token import TokenInvalid, hash_secret
from qvdc_node.domain.node import Node, NodeRemoved
from qvdc_node.domain.registration import (
    Certificate,
    CloneDetected,
    HardwareUnrecognised,
    IdentityMismatch,
    Registered,
    Registration,
    check_protocol,
)
from qvdc_node.domain.session import (
    Incarnate,
    NodeFenced,
    NotOpened,
    Session,
    SessionView,
    StaleInstance,
)
from qvdc_node.ports import CertificateAuthority, Sessions, UnitsOfWork
from qvdc_node.usecases.heartbeat import ATTEMPTS, SessionInFlux

LISTEN_FOR_OLD_BOOT = timedelta(seconds=4.5)
"""One interval and a half: a boot that still lives beats within it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """What a registered host is told; `certificate` when one was signed."""

    registered: Registered
    session: Session
    certificate: Certificate | None
    root_pem: str


class Registrations:
    """Lets hosts in, for the first time and again."""

    def __init__(
        self,
        unit_of_work: UnitsOfWork,
        sessions: Sessions,
        authority: CertificateAuthority,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._sessions = sessions
        self._authority = authority
        self._clock = clock

    async def register(self, registration: Registration, *, proven: bool) -> Welcome:
        """Join or return. Repeats in any number and order leave one node and one epoch.

        Args:
            proven: the caller showed the certificate of this very uuid.

        Raises:
            VersionUnsupported, NodeRemoved, TokenInvalid, TokenExpired, TokenExhausted,
            IdentityMismatch, StaleInstance, CloneDetected, HardwareUnrecognised, NodeFenced: no.
            StoreUnavailable, NotOpened, SessionInFlux: try again.
        """
        check_protocol(registration.observed)
        known = await self._known(registration)
        self._check_identity(registration, known, proven=proven)
        held = await self._check_sessions(registration, known)
        spend = known is None or not proven or _other_hardware(registration, known)
        certificate = None
        if registration.signing_request_pem:
            certificate = await self._authority.sign_host(
                registration.uid, registration.signing_request_pem
            )
        root_pem = await self._authority.root_pem()
        registered = await self._store(registration, held, certificate, spend=spend)
        session = await self._open_session(registration, registered.node)
        return Welcome(
            registered=registered, session=session, certificate=certificate, root_pem=root_pem
        )

    async def _known(self, registration: Registration) -> Node | None:
        async with self._unit_of_work() as work:
            found = await work.nodes.some([registration.uid])
            if found:
                return found[0]
            tombstone = await work.nodes.tombstone(registration.uid)
        if tombstone is not None:
            raise NodeRemoved(registration.uid, tombstone.remove_time)
        return None

    def _check_identity(
        self, registration: Registration, known: Node | None, *, proven: bool
    ) -> None:
        if proven:
            if known is None and not registration.join_token:
                raise TokenInvalid
            return
        if not registration.join_token:
            raise TokenInvalid if known is None else IdentityMismatch(registration.uid)
        if not registration.signing_request_pem:
            raise InvalidField("signing_request_pem", "goes with a join token")
        shown = self._authority.fingerprint(registration.signing_request_pem)
        if known is not None and known.key_fingerprint != shown:
            raise IdentityMismatch(registration.uid)

    async def _check_sessions(
        self, registration: Registration, known: Node | None
    ) -> Session | None:
        view = await self._view(registration)
        held, life = view.session, _life(registration)
        if held is not None and held.life.boot_id != life.boot_id:
            if await self._sessions.beats(held, within=LISTEN_FOR_OLD_BOOT):
                await self._tell_of_clone(registration, known, held)
                raise CloneDetected(registration.uid)
        elif held is not None and life.instance < held.life.instance:
            raise StaleInstance(life.instance, held.life.instance)
        if _other_hardware(registration, known) and not registration.join_token:
            raise HardwareUnrecognised(registration.uid)
        return held

    async def _view(self, registration: Registration) -> SessionView:
        view = await self._sessions.read(registration.uid)
        if view.fenced:
            raise NodeFenced(view.fenced)
        if not view.incarnation:
            raise NotOpened
        return view

    async def _store(
        self,
        registration: Registration,
        held: Session | None,
        certificate: Certificate | None,
        *,
        spend: bool,
    ) -> Registered:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            labels = {}
            if spend:
                token = await work.join_tokens.spend(
                    hash_secret(registration.join_token), registration.uid, now=now
                )
                labels = dict(token.node_labels)
            registered = await work.nodes.register(
                registration,
                labels=labels,
                floor_epoch=_floor_epoch(registration, held),
                certificate=certificate,
                now=now,
            )
            await work.events.append(*registration_events(registered))
            await work.commit()
        return registered

    async def _open_session(self, registration: Registration, node: Node) -> Session:
        life = _life(registration)
        for _ in range(ATTEMPTS):
            view = await self._view(registration)
            held = view.session
            wanted = Session(
                uid=node.uid, life=life, epoch=node.session_epoch, incarnation=view.incarnation
            )
            if held is not None and _same(held, wanted):
                if await self._sessions.renew(held):
                    return held
                continue
            if held is not None and held.epoch > wanted.epoch:
                raise StaleInstance(life.instance, held.life.instance)
            if (put := await self._sessions.put(wanted, old=held)) is not None:
                return put
        raise SessionInFlux

    async def _tell_of_clone(
        self, registration: Registration, known: Node | None, held: Session
    ) -> None:
        if known is None:
            return
        async with self._unit_of_work() as work:
            await work.events.append(
                node_event(
                    known,
                    "CloneDetected",
                    f"Another boot says it is {known.name}; the one that beats goes on.",
                    change=Change.NONE,
                    severity=Severity.ERROR,
                    details={
                        "proven_boot_id": held.life.boot_id,
                        "refused_boot_id": registration.observed.boot_id,
                        "refused_hostname": registration.observed.hostname,
                    },
                )
            )
            await work.commit()


def _life(registration: Registration) -> Incarnate:
    return Incarnate(registration.observed.boot_id, registration.observed.instance)


def _same(held: Session, wanted: Session) -> bool:
    return (held.life, held.epoch, held.incarnation) == (
        wanted.life,
        wanted.epoch,
        wanted.incarnation,
    )


def _floor_epoch(registration: Registration, held: Session | None) -> int:
    if held is None:
        return 1
    return held.epoch if held.life == _life(registration) else held.epoch + 1


def _other_hardware(registration: Registration, known: Node | None) -> bool:
    if known is None or known.observed.boot_id == registration.observed.boot_id:
        return False
    before, now = known.observed.hardware_fingerprint, registration.observed.hardware_fingerprint
    return bool(before and now and before != now)
