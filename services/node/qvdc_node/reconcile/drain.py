"""Brings drains to their end.

Acts every two seconds on the nodes that are being emptied: says which machines block each, ends
the operation when none is left, gives up when cancel was asked for. Until machines can be moved it
moves none; a machine whose state is not known blocks.
"""

from dataclasses import replace
from datetime import timedelta

from qvdc_coord.leadership import Leadership
from qvdc_core.clock import Clock
from qvdc_core.fence import Fence
from qvdc_core.operation import Operation
from qvdc_node.domain.events import node_event, phase_event
from qvdc_node.domain.maintenance import blocked, given_up, told
from qvdc_node.domain.node import Node, NodeUid, Phase
from qvdc_node.domain.phase import phase_of
from qvdc_node.ports.rows import UnitOfWork, UnitsOfWork
from qvdc_node.ports.world import Presence
from qvdc_obs.logs import get_logger

log = get_logger(__name__)
PERIOD = timedelta(seconds=2)
BEAT_EVERY = timedelta(seconds=20)
"""How often an operation that only waits says so; it counts as stalled after 60 s."""


class DrainReconciler:
    """Compares what is wanted empty with what is placed. Safe to run twice: rows are locked."""

    def __init__(
        self,
        leadership: Leadership,
        presence: Presence,
        unit_of_work: UnitsOfWork,
        clock: Clock,
    ) -> None:
        self._leadership = leadership
        self._presence = presence
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def run(self) -> None:
        """Lead and act, for ever."""
        await self._leadership.run(self.run_once, every=PERIOD)

    async def run_once(self, fence: Fence) -> None:
        """Look at every drain once.

        Raises:
            LeadershipLost, StaleFence: another leads.
            StoreUnavailable: a store is away; the next turn goes on.
        """
        await self._leadership.check(fence)
        async with self._unit_of_work() as work:
            uids = await work.nodes.drained()
        for uid in uids:
            await self._leadership.check(fence)
            await self._look(uid, fence)

    async def _look(self, uid: NodeUid, fence: Fence) -> None:
        async with self._unit_of_work() as work:
            await work.fences.check(fence)
            node = await work.nodes.lock(uid)
            if node is None or node.drain is None:
                return
            operation = await work.operations.get(node.drain.operation)
            if not operation.state.live:
                await self._ended(work, replace(node, drain=None), node)
            elif operation.cancel_requested:
                await work.operations.cancelled(operation.id)
                await self._cancelled(work, node, operation)
            else:
                await self._go_on(work, node, operation)
            await work.commit()

    async def _go_on(self, work: UnitOfWork, node: Node, operation: Operation) -> None:
        assert node.drain is not None
        drain = blocked(node.drain, *await work.placements.blocking(node.name))
        if not drain.blocker_count:
            await work.operations.succeed(operation.id)
            await self._ended(work, replace(node, drain=None), node)
            text = f"{node.name} is empty of running machines."
            await work.events.append(
                node_event(node, "Drained", text, details={"operation": operation.id})
            )
            log.info("drain.ended", node=node.uid, operation=operation.id)
            return
        beaten = operation.last_beat_time
        if drain != node.drain or self._clock.now() - beaten >= BEAT_EVERY:
            await work.operations.advance(operation.id, stage="emptying", message=told(drain))
        if drain != node.drain:
            saved = await work.nodes.save_drain(replace(node, drain=drain))
            await work.events.append(node_event(saved))

    async def _cancelled(self, work: UnitOfWork, node: Node, operation: Operation) -> None:
        left = await work.nodes.save_intent(given_up(node), actor=operation.requester)
        text = f"Emptying {node.name} was cancelled; it stays cordoned."
        await work.events.append(
            node_event(left, "DrainCancelled", text, details={"operation": operation.id})
        )

    async def _ended(self, work: UnitOfWork, after: Node, before: Node) -> None:
        saved = await work.nodes.save_drain(after)
        live = self._presence.liveness(saved.uid)
        if live is None:
            await work.events.append(node_event(saved))
            return
        phase, reason = phase_of(saved.standing, live, self._clock.now())
        if phase is saved.phase or phase is Phase.OFFLINE:
            await work.events.append(node_event(saved))
            return
        saved = await work.nodes.save_observed(replace(saved, phase=phase, phase_reason=reason))
        await work.events.append(phase_event(before.phase, saved))
