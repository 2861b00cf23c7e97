"""Beats: acknowledged only after etcd has shown the session (PROTOCOLS 3)."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

from qvdc_core.clock import Clock
from qvdc_core.errors import Kind, Refusal, StoreUnavailable
from qvdc_node.domain.inventory import Condition, Pool, Usage
from qvdc_node.domain.node import NodeUid
from qvdc_node.domain.observation import Report
from qvdc_node.domain.registration import IdentityMismatch
from qvdc_node.domain.session import Incarnate, Put, Renew, Session, TermsView, judge_beat
from qvdc_node.domain.terms import next_grant
from qvdc_node.ports.world import Registry, Sessions, WantedTerms
from qvdc_node.usecases.acknowledgement import Acknowledgements
from qvdc_node.usecases.observation import Observations
from qvdc_node.usecases.refusal import RefusalAudit

WITHIN = timedelta(seconds=0.6)
"""A later answer is worth nothing: the host asks every copy and waits 1 s."""
ATTEMPTS = 3
"""How often a beat that met a change of its session looks again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """One beat of a host."""

    uid: NodeUid
    life: Incarnate
    sequence: int
    usage: Usage | None
    pools: tuple[Pool, ...]
    conditions: tuple[Condition, ...]
    member_set_version: int = 0
    terms_version: int = 0


class SessionInFlux(Refusal):
    """The session kept changing while it was looked at: beat again at the interval."""

    kind = Kind.UNAVAILABLE
    reason = "SESSION_IN_FLUX"

    def __init__(self) -> None:
        super().__init__("The session is changing.", retry_after=timedelta(seconds=1))


class Heartbeats:
    """Renews sessions. Needs etcd alone for a host that has one or is remembered."""

    def __init__(
        self,
        sessions: Sessions,
        terms: WantedTerms,
        registry: Registry,
        observations: Observations,
        audit: RefusalAudit,
        acknowledged: Acknowledgements,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._terms = terms
        self._registry = registry
        self._observations = observations
        self._audit = audit
        self._acknowledged = acknowledged
        self._clock = clock

    async def beat(self, beat: Beat, *, caller: str) -> Session:
        """Acknowledge `beat`; return the session that etcd showed after it came.

        A late or repeated beat renews the session and changes nothing else.

        Args:
            caller: the uuid whose certificate was shown, "" for none.

        Raises:
            IdentityMismatch: a host speaks for another, which is told as an event.
            NodeRemoved, NodeUnknown, NodeFenced, StaleInstance, AnotherBoot: it is not renewed.
            NotOpened, StoreUnavailable, SessionInFlux: beat again at the interval.
        """
        if caller != beat.uid:
            refusal = IdentityMismatch(beat.uid)
            details = {"boot_id": beat.life.boot_id}
            await self._audit.tell(
                "HeartbeatRefused", refusal, uid=beat.uid, caller=caller, details=details
            )
            raise refusal
        self._registry.check_kept(beat.uid)
        begun = self._acknowledged.begin()
        try:
            async with asyncio.timeout(WITHIN.total_seconds()):
                session = await self._renewed(beat)
        except TimeoutError as error:
            raise StoreUnavailable("etcd") from error
        self._acknowledged.acknowledge(beat.uid, begun=begun)
        self._registry.hear(session)
        self._note(beat, session)
        return session

    def wants_inventory(self, uid: str) -> bool:
        """Return whether the host shall register again, to tell its whole inventory."""
        return self._registry.asked_for_inventory(uid)

    async def _renewed(self, beat: Beat) -> Session:
        for _ in range(ATTEMPTS):
            if (session := await self._try(beat)) is not None:
                return session
        raise SessionInFlux

    async def _try(self, beat: Beat) -> Session | None:
        view = await self._sessions.read(beat.uid)
        verdict = judge_beat(beat.uid, beat.life, view, None)
        if verdict is None:
            known = await self._registry.find(beat.uid)
            verdict = judge_beat(beat.uid, beat.life, view, known)
        match verdict:
            case Renew(session):
                return await self._renew(session, beat)
            case Put(session, old):
                return await self._put(session, old, beat, view.incarnation)
            case None:
                return None

    async def _renew(self, session: Session, beat: Beat) -> Session | None:
        grant = next_grant(session.grant, self._terms.of(beat.uid), said=beat.terms_version)
        if grant != session.grant:
            return await self._sessions.put(replace(session, grant=grant), old=session)
        return session if await self._sessions.renew(session) else None

    async def _put(
        self, session: Session, old: Session | None, beat: Beat, incarnation: str
    ) -> Session | None:
        if old is not None and old.incarnation == incarnation:
            terms = TermsView(old.grant, 0)
        else:
            terms = await self._sessions.terms(beat.uid, incarnation)
        grant = next_grant(terms.grant, self._terms.of(beat.uid), said=beat.terms_version)
        return await self._sessions.put(replace(session, grant=grant), old=old, terms=terms)

    def _note(self, beat: Beat, session: Session) -> None:
        report = Report(
            life=beat.life,
            epoch=session.epoch,
            sequence=beat.sequence,
            usage=beat.usage,
            pools=beat.pools,
            conditions=beat.conditions,
            member_set_version=beat.member_set_version,
            at=self._clock.now(),
        )
        self._observations.note(beat.uid, report)
