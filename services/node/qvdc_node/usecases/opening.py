"""Opening the session of a host that registers; a fenced one confesses first (PROTOCOLS 2)."""

from dataclasses import dataclass, replace

from qvdc_core.event import Change
from qvdc_node.domain.confession import Settled, kept
from qvdc_node.domain.events import node_event
from qvdc_node.domain.node import Node
from qvdc_node.domain.registration import Registered, Registration
from qvdc_node.domain.session import Incarnate, NotOpened, Session, SessionView, StaleInstance
from qvdc_node.domain.terms import first_grant, next_grant
from qvdc_node.ports.rows import UnitsOfWork
from qvdc_node.ports.world import Confessions, Sessions, WantedTerms
from qvdc_node.usecases.acknowledgement import Acknowledgements
from qvdc_node.usecases.heartbeat import ATTEMPTS, SessionInFlux


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that stands.

    Args:
        lifted: the incident whose fence went with it, "" for none.
        confessed: the protected machines that go on.
    """

    session: Session
    lifted: str = ""
    confessed: tuple[Settled, ...] = ()


class Openings:
    """Opens sessions in etcd, once their host's row is stored."""

    def __init__(
        self,
        unit_of_work: UnitsOfWork,
        sessions: Sessions,
        terms: WantedTerms,
        confessions: Confessions,
        acknowledged: Acknowledgements,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._sessions = sessions
        self._terms = terms
        self._confessions = confessions
        self._acknowledged = acknowledged

    async def open(self, registration: Registration, registered: Registered) -> Opened:
        """Return the host's session; its fence, if there was one, went in the same transaction.

        Raises:
            MachinesToKill: it has machines that may run elsewhere; its fence stands.
            StaleInstance: a newer life of the host has a session.
            StoreUnavailable, NotOpened, SessionInFlux: try again.
            RemoteRefusal: the vm service did not settle its confession; try again.
        """
        life, node = life_of(registration), registered.node
        for _ in range(ATTEMPTS):
            begun = self._acknowledged.begin()
            view = await self._sessions.read(registration.uid)
            if not view.incarnation:
                raise NotOpened
            held = view.session
            wanted = Session(
                uid=node.uid, life=life, epoch=node.session_epoch, incarnation=view.incarnation
            )
            if held is not None and not view.fenced and _same(held, wanted):
                if await self._sessions.renew(held):
                    self._acknowledged.acknowledge(node.uid, begun=begun)
                    return Opened(held)
                continue
            if held is not None and held.epoch > wanted.epoch:
                raise StaleInstance(life.instance, held.life.instance)
            confessed = await self._confess(registration, view)
            put = await self._put(wanted, view, new=registered.before is None)
            if put is not None:
                self._acknowledged.acknowledge(node.uid, begun=begun)
                await self._tell_of_lifted(node, view.fenced, confessed)
                return Opened(put, lifted=view.fenced, confessed=confessed)
        raise SessionInFlux

    async def _confess(self, registration: Registration, view: SessionView) -> tuple[Settled, ...]:
        if not view.fenced:
            return ()
        incident, living = view.fenced, registration.living
        return kept(incident, await self._confessions.confess(registration.uid, incident, living))

    async def _put(self, wanted: Session, view: SessionView, *, new: bool) -> Session | None:
        terms = await self._sessions.terms(wanted.uid, view.incarnation)
        due = self._terms.of(wanted.uid)
        known = terms.grant is not None or not new
        grant = next_grant(terms.grant, due, said=0) if known else first_grant(due)
        session = replace(wanted, grant=grant)
        return await self._sessions.put(
            session, old=view.session, confessed=view.fenced, terms=terms
        )

    async def _tell_of_lifted(
        self, node: Node, incident: str, confessed: tuple[Settled, ...]
    ) -> None:
        if not incident:
            return
        text = f"{node.name} confessed {len(confessed)} living machines; its fence is gone."
        details = {"incident": incident, "machines": ",".join(each.vm_uid for each in confessed)}
        async with self._unit_of_work() as work:
            await work.fence_intents.remove(node.uid, incident)
            await work.events.append(
                node_event(node, "FenceLifted", text, change=Change.NONE, details=details)
            )
            await work.commit()


def life_of(registration: Registration) -> Incarnate:
    """Return which life of the guardian registers."""
    return Incarnate(registration.observed.boot_id, registration.observed.instance)


def _same(held: Session, wanted: Session) -> bool:
    return (held.life, held.epoch, held.incarnation) == (
        wanted.life,
        wanted.epoch,
        wanted.incarnation,
    )
