"""Registration: an upsert on the machine uuid, then the session (PROTOCOLS 2, RG-1 to RG-9)."""

from dataclasses import dataclass, replace
from datetime import datetime

from qvdc_core.clock import Clock
from qvdc_core.errors import InvalidField, Refusal
from qvdc_core.event import Change
from qvdc_node.domain.confession import Settled
from qvdc_node.domain.events import registration_events, token_event
from qvdc_node.domain.hardware import unrecognised
from qvdc_node.domain.join_token import JoinToken, TokenInvalid, hash_secret
from qvdc_node.domain.node import Intent, Node, NodeRemoved, Tombstone
from qvdc_node.domain.registration import (
    Certificate,
    CloneDetected,
    HardwareUnrecognised,
    IdentityMismatch,
    Registered,
    Registration,
    check_caller,
    check_protocol,
)
from qvdc_node.domain.session import (
    NotOpened,
    Session,
    StaleInstance,
)
from qvdc_node.ports.rows import UnitOfWork, UnitsOfWork
from qvdc_node.ports.world import CertificateAuthority, Sessions
from qvdc_node.usecases.identity import Former, Identities, settled
from qvdc_node.usecases.opening import Openings, life_of
from qvdc_node.usecases.refusal import RefusalAudit


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """What a registered host is told; `certificate` when one was signed.

    Args:
        was_fenced: it confessed, and its fence is gone.
        confessed: its protected machines, which go on.
    """

    registered: Registered
    session: Session
    certificate: Certificate | None
    root_pem: str
    was_fenced: bool = False
    confessed: tuple[Settled, ...] = ()


class Registrations:
    """Lets hosts in, for the first time and again."""

    def __init__(
        self,
        unit_of_work: UnitsOfWork,
        sessions: Sessions,
        openings: Openings,
        authority: CertificateAuthority,
        identities: Identities,
        audit: RefusalAudit,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._sessions = sessions
        self._openings = openings
        self._authority = authority
        self._identities = identities
        self._audit = audit
        self._clock = clock

    async def register(self, registration: Registration, *, caller: str) -> Welcome:
        """Join or return. Repeats in any number and order leave one node and one epoch.

        Args:
            caller: the uuid whose certificate was shown, "" for none.

        Raises:
            VersionUnsupported, NodeRemoved, TokenInvalid, TokenExpired, TokenExhausted,
            IdentityMismatch, IdentityInUse, StaleInstance, CloneDetected, HardwareUnrecognised,
            NodeFenced: no, which is told as an event.
            StoreUnavailable, NotOpened, SessionInFlux: try again.
        """
        try:
            check_caller(registration.uid, caller)
            return await self._register(registration, proven=bool(caller))
        except Refusal as refusal:
            details = {
                "hostname": registration.observed.hostname,
                "boot_id": registration.observed.boot_id,
                "address": registration.address,
            }
            await self._audit.tell(
                "RegistrationRefused", refusal,
                uid=registration.uid, caller=caller, details=details,
            )  # fmt: skip
            raise

    async def _register(self, registration: Registration, *, proven: bool) -> Welcome:
        check_protocol(registration.observed)
        known, stone = await self._known(registration)
        self._check_identity(registration, known, welcome=stone is not None, proven=proven)
        held = await self._check_sessions(registration, known)
        if known is not None and unrecognised(known, registration.observed):
            await self._check_hardware(registration, known)
        former = await self._identities.former(registration, known)
        if stone is not None:
            registration = replace(registration, wanted_id=stone.id)
        spend = (
            (known is None and stone is None)
            or not proven
            or (known is not None and unrecognised(known, registration.observed))
            or (former is not None and former.sure)
        )
        certificate = None
        if registration.signing_request_pem:
            certificate = await self._authority.sign_host(
                registration.uid, registration.signing_request_pem
            )
        root_pem = await self._authority.root_pem()
        registered = await self._store(registration, held, certificate, former, spend=spend)
        if former is not None and former.sure:
            await self._sessions.end(former.node.uid)
        opened = await self._openings.open(registration, registered)
        return Welcome(
            registered=registered,
            session=opened.session,
            certificate=certificate,
            root_pem=root_pem,
            was_fenced=bool(opened.lifted),
            confessed=opened.confessed,
        )

    async def _known(self, registration: Registration) -> tuple[Node | None, Tombstone | None]:
        async with self._unit_of_work() as work:
            found = await work.nodes.some([registration.uid])
            if found:
                return found[0], None
            stone = await work.tombstones.find(registration.uid)
        if stone is not None and not stone.readmitted:
            raise NodeRemoved(registration.uid, stone.remove_time)
        return None, stone

    def _check_identity(
        self, registration: Registration, known: Node | None, *, welcome: bool, proven: bool
    ) -> None:
        if proven:
            if known is None and not welcome and not registration.join_token:
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
        view = await self._sessions.read(registration.uid)
        if not view.incarnation:
            raise NotOpened
        held, life = view.session, life_of(registration)
        if held is not None and held.life.boot_id != life.boot_id:
            # One interval and a half: a boot that still lives beats within it.
            if await self._sessions.beats(held, within=held.life_time / 2):
                if known is not None:
                    await self._identities.note_clone(registration, known, held)
                raise CloneDetected(registration.uid)
        elif held is not None and life.instance < held.life.instance:
            raise StaleInstance(life.instance, held.life.instance)
        return held

    async def _check_hardware(self, registration: Registration, known: Node) -> None:
        async with self._unit_of_work() as work:
            token = await work.join_tokens.find(hash_secret(registration.join_token))
        if token is None or token.node != known.name:
            await self._identities.note_hardware(registration, known)
            raise HardwareUnrecognised(registration.uid)

    async def _store(
        self,
        registration: Registration,
        held: Session | None,
        certificate: Certificate | None,
        former: Former | None,
        *,
        spend: bool,
    ) -> Registered:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            intent, actor = Intent(), f"node/{registration.uid}"
            if spend:
                token = await self._spend(work, registration, former, now=now)
                intent, actor = token.first_intent, token.name
                registration = replace(
                    registration,
                    wanted_id=token.node_id or registration.wanted_id,
                    wanted_cluster=token.cluster,
                )
            registered = await work.nodes.register(
                registration,
                intent=intent,
                floor_epoch=_floor_epoch(registration, held),
                certificate=certificate,
                now=now,
            )
            await work.events.append(*registration_events(registered))
            if registered.before is None:
                await self._dig_up(work, registration)
            node = await settled(work, registered, former, actor=actor, now=now)
            await work.commit()
        return replace(registered, node=node)

    async def _dig_up(self, work: UnitOfWork, registration: Registration) -> None:
        """Take the tombstone of a host that may come back; one removed meanwhile may not."""
        stone = await work.tombstones.find(registration.uid)
        if stone is not None and not stone.readmitted:
            raise NodeRemoved(registration.uid, stone.remove_time)
        await work.tombstones.remove(registration.uid)

    async def _spend(
        self, work: UnitOfWork, registration: Registration, former: Former | None, *, now: datetime
    ) -> JoinToken:
        spent = await work.join_tokens.spend(
            hash_secret(registration.join_token), registration.uid, now=now
        )
        token = spent.token
        token.check_caller(registration.address)
        known = await work.nodes.some([registration.uid])
        if known and not (former is not None and former.sure):
            token.check_node(known[0].name)
        if spent.first:
            details = {"machine_uuid": registration.uid, "address": registration.address}
            await work.events.append(
                token_event(
                    token, "JoinTokenUsed", Change.NONE, f"node/{registration.uid}", details
                )
            )
        return token


def _floor_epoch(registration: Registration, held: Session | None) -> int:
    if held is None:
        return 1
    return held.epoch if held.life == life_of(registration) else held.epoch + 1
