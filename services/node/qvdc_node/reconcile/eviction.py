"""Says which machines NO_EXECUTE taints ask to leave.

Acts every five seconds on nodes with such a taint, or that had one: the machines that run there
stand on the node, and while there is any it has the condition EvictionPending. It moves nothing:
machines cannot be moved to another host yet.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from qvdc_coord.leadership import Leadership
from qvdc_core.clock import Clock
from qvdc_core.fence import Fence
from qvdc_node.domain.events import mark_events
from qvdc_node.domain.facility import Eviction
from qvdc_node.domain.mark import EVICTION_PENDING, cleared, marked
from qvdc_node.domain.node import Node, NodeUid
from qvdc_node.domain.taint import Effect
from qvdc_node.ports.rows import UnitOfWork, UnitsOfWork

PERIOD = timedelta(seconds=5)


class EvictionReconciler:
    """Compares taints with placements. Safe to run twice."""

    def __init__(self, leadership: Leadership, unit_of_work: UnitsOfWork, clock: Clock) -> None:
        self._leadership = leadership
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def run(self) -> None:
        """Lead and act, for ever."""
        await self._leadership.run(self.run_once, every=PERIOD)

    async def run_once(self, fence: Fence) -> None:
        """Look at every such node once.

        Raises:
            LeadershipLost, StaleFence: another leads.
            StoreUnavailable: PostgreSQL is away; the next turn goes on.
        """
        await self._leadership.check(fence)
        for uid in await self._found():
            await self._leadership.check(fence)
            async with self._unit_of_work() as work:
                await work.fences.check(fence)
                if await self._note(work, uid):
                    await work.commit()

    async def _found(self) -> Sequence[NodeUid]:
        async with self._unit_of_work() as work:
            return await work.nodes.evicting()

    async def _note(self, work: UnitOfWork, uid: NodeUid) -> bool:
        node = await work.nodes.lock(uid)
        if node is None:
            return False
        eviction = await _asked(work, node)
        if eviction == node.eviction:
            return False
        marks = cleared(node.marks, EVICTION_PENDING)
        if eviction is not None and eviction.count:
            now = self._clock.now()
            marks = marked(node.marks, EVICTION_PENDING, "NOT_MOVABLE", eviction.told, now)
        saved = await work.nodes.save_eviction(replace(node, eviction=eviction, marks=marks))
        await work.events.append(*mark_events(node, saved))
        return True


async def _asked(work: UnitOfWork, node: Node) -> Eviction | None:
    taints = {each.key for each in node.intent.taints if each.effect is Effect.NO_EXECUTE}
    if not taints:
        return None
    running, count = await work.placements.blocking(node.name)
    return Eviction(tuple(sorted(taints)), tuple(each.machine for each in running), count)
