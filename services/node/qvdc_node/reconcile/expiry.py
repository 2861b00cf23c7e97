"""Keeps phases and marks true, and opens new lives of etcd.

Acts when a session or a fence came or went, when a node waits for its first beat, and every few
seconds. Does not act while etcd is away, and marks nobody OFFLINE before it has followed one life
of etcd for the length of a session: hosts must have had the time to renew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from qvdc_coord.leadership import Leadership
from qvdc_core.clock import Clock
from qvdc_core.fence import Fence
from qvdc_node.domain.events import mark_events, phase_event
from qvdc_node.domain.mark import settled_marks, shared_hostnames
from qvdc_node.domain.node import NodeUid, Phase, Standing
from qvdc_node.domain.phase import phase_of
from qvdc_node.ports.rows import UnitsOfWork
from qvdc_node.ports.world import Presence
from qvdc_obs.logs import get_logger

log = get_logger(__name__)
PERIOD = timedelta(seconds=3)
SETTLED_AFTER = timedelta(minutes=10)
"""Age of an intent without a fence at which whoever wrote it is taken for dead."""


class Incarnation(Protocol):
    """The key of one life of etcd."""

    async def ensure(self, fence: Fence, fenced: Mapping[str, str]) -> None:
        """Write the key unless there is one, and the fences, uid -> incident, with it."""
        ...


class ExpiryReconciler:
    """Compares every node's phase with what etcd shows, on the leader alone.

    Safe to run twice: each change is made under a row lock and the fence of the loop.
    """

    def __init__(
        self,
        leadership: Leadership,
        incarnation: Incarnation,
        presence: Presence,
        unit_of_work: UnitsOfWork,
        clock: Clock,
    ) -> None:
        self._leadership = leadership
        self._incarnation = incarnation
        self._presence = presence
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def run(self) -> None:
        """Lead and act, for ever."""
        await self._leadership.run(self.run_once, every=PERIOD)

    async def run_once(self, fence: Fence) -> None:
        """Bring all phases up to date.

        Raises:
            LeadershipLost, StaleFence: another leads.
            StoreUnavailable: a store is away; the next turn goes on.
        """
        await self._leadership.check(fence)
        async with self._unit_of_work() as work:
            standings = await work.nodes.standings()
            intents = await work.fence_intents.all()
        fenced = {str(s.uid): s.phase_reason for s in standings if s.phase is Phase.FENCED}
        await self._incarnation.ensure(fence, {**fenced, **intents})
        await self._forget_settled(intents, fence)
        await self._keep_marks(standings, fence)
        due = [standing.uid for standing in standings if self._new_phase(standing) is not None]
        for uid in due:
            await self._leadership.check(fence)
            await self._settle(uid, fence)

    async def _forget_settled(self, intents: Mapping[str, str], fence: Fence) -> None:
        """Forget intents of hosts that have a session for long: a fence would have ended it.

        Whoever lifted a fence, or found that there is none to be put, forgets it at once; this is
        for those that died before they did.
        """
        for uid, incident in intents.items():
            live = self._presence.liveness(uid)
            settled = self._presence.settled_for() >= SETTLED_AFTER
            if live is None or not live.session or live.fenced or not settled:
                continue
            await self._leadership.check(fence)
            async with self._unit_of_work() as work:
                await work.fences.check(fence)
                if await work.fence_intents.remove_settled(uid, incident, SETTLED_AFTER):
                    log.info("fence.intent_forgotten", node=uid, incident=incident)
                await work.commit()

    async def _keep_marks(self, standings: Sequence[Standing], fence: Fence) -> None:
        shared, now = shared_hostnames(standings), self._clock.now()
        for standing in standings:
            others = shared.get(standing.uid, ())
            if settled_marks(standing, others, now) == standing.marks:
                continue
            await self._leadership.check(fence)
            async with self._unit_of_work() as work:
                await work.fences.check(fence)
                node = await work.nodes.lock(standing.uid)
                if node is None:
                    continue
                marks = settled_marks(node.standing, others, now)
                saved = await work.nodes.save_marks(replace(node, marks=marks))
                await work.events.append(*mark_events(node, saved))
                await work.commit()

    async def _settle(self, uid: NodeUid, fence: Fence) -> None:
        async with self._unit_of_work() as work:
            await work.fences.check(fence)
            node = await work.nodes.lock(uid)
            new = self._new_phase(node.standing) if node is not None else None
            if node is None or new is None:
                return
            phase, reason = new
            saved = await work.nodes.save_observed(replace(node, phase=phase, phase_reason=reason))
            await work.events.append(phase_event(node.phase, saved))
            await work.commit()
        log.info("node.phase_changed", node=uid, before=node.phase.value, phase=phase.value)

    def _new_phase(self, standing: Standing) -> tuple[Phase, str] | None:
        live = self._presence.liveness(standing.uid)
        if live is None:
            return None
        phase, reason = phase_of(standing, live, self._clock.now())
        if (phase, reason) == (standing.phase, standing.phase_reason):
            return None
        life = self._presence.life_of(standing.uid)
        if phase is Phase.OFFLINE and self._presence.settled_for() < life:
            return None
        return phase, reason
