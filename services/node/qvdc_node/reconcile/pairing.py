"""Sees hosts that were invited register.

Acts every two seconds on the pairings: ends the operation when the host has registered since, and
fails it, with its token revoked, when its time is over. Does not call hosts.
"""

from datetime import timedelta

from qvdc_coord.leadership import Leadership
from qvdc_core.clock import Clock
from qvdc_core.fence import Fence
from qvdc_node.domain.node import Node
from qvdc_node.domain.pairing import JoinTimedOut, Pairing
from qvdc_node.ports.rows import UnitsOfWork
from qvdc_node.usecases.pairing import failed
from qvdc_obs.logs import get_logger

log = get_logger(__name__)
PERIOD = timedelta(seconds=2)
BEAT_EVERY = timedelta(seconds=20)
"""How often an operation that only waits says so; it counts as stalled after 60 s."""


class PairingReconciler:
    """Compares invitations with registrations. Safe to run twice."""

    def __init__(self, leadership: Leadership, unit_of_work: UnitsOfWork, clock: Clock) -> None:
        self._leadership = leadership
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def run(self) -> None:
        """Lead and act, for ever."""
        await self._leadership.run(self.run_once, every=PERIOD)

    async def run_once(self, fence: Fence) -> None:
        """Look at every pairing once.

        Raises:
            LeadershipLost, StaleFence: another leads.
            StoreUnavailable: PostgreSQL is away; the next turn goes on.
        """
        await self._leadership.check(fence)
        async with self._unit_of_work() as work:
            pairings = await work.pairings.all()
            nodes = {n.uid: n for n in await work.nodes.some([p.node_uid for p in pairings])}
        for pairing in pairings:
            await self._leadership.check(fence)
            await self._look(pairing, nodes.get(pairing.node_uid), fence)

    async def _look(self, pairing: Pairing, node: Node | None, fence: Fence) -> None:
        now = self._clock.now()
        came = node is not None and node.register_time >= pairing.create_time
        async with self._unit_of_work() as work:
            await work.fences.check(fence)
            operation = await work.operations.get(pairing.operation)
            if came and operation.state.live:
                await work.operations.succeed(pairing.operation)
            elif not came and pairing.late(now):
                await failed(work, pairing, JoinTimedOut(pairing.node))
            elif operation.state.live:
                if now - operation.last_beat_time >= BEAT_EVERY:
                    await work.operations.advance(pairing.operation)
                    await work.commit()
                return
            await work.pairings.remove(pairing)
            await work.commit()
        log.info("pairing.ended", node=pairing.node, registered=came)
