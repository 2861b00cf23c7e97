"""Keeps the projection of which machine is on which node.

Acts on the leader whenever a machine moved; does not act while the vm service is away: the
projection then stays as it was last told, and a node with machines stays too.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Protocol

from qvdc_coord.leadership import Leadership
from qvdc_core.errors import Refusal
from qvdc_core.fence import Fence
from qvdc_node.domain.placement import AllPlaced, Placed
from qvdc_node.ports import UnitsOfWork
from qvdc_obs.logs import get_logger

log = get_logger(__name__)
AGAIN_AFTER = timedelta(seconds=5)


class Placements(Protocol):
    """Where placements come from."""

    def follow(self) -> AsyncIterator[AllPlaced | Placed]:
        """Yield all placements first, then each that changed."""
        ...


class PlacementReconciler:
    """Writes the projection of placements. Safe to run twice: each item says where things are."""

    def __init__(
        self, leadership: Leadership, placements: Placements, unit_of_work: UnitsOfWork
    ) -> None:
        self._leadership = leadership
        self._placements = placements
        self._unit_of_work = unit_of_work
        self._nodes: dict[str, str] = {}

    async def run(self) -> None:
        """Lead and follow, for ever."""
        await self._leadership.run(self.run_once, every=AGAIN_AFTER)

    async def run_once(self, fence: Fence) -> None:
        """Follow until the stream ends.

        Raises:
            LeadershipLost, StaleFence: another leads.
        """
        try:
            async for item in self._placements.follow():
                await self._leadership.check(fence)
                await self._write(item, fence)
        except Refusal as refusal:
            if refusal.reason == "STALE_FENCE":
                raise
            log.info("placement.stream_ended", why=str(refusal))

    async def _write(self, item: AllPlaced | Placed, fence: Fence) -> None:
        if isinstance(item, Placed) and self._nodes.get(item.machine, "") == item.node:
            return
        async with self._unit_of_work() as work:
            await work.fences.check(fence)
            match item:
                case AllPlaced(nodes):
                    await work.placements.replace_all(nodes)
                case Placed(machine, node):
                    await work.placements.put(machine, node)
            await work.commit()
        self._nodes = dict(item.nodes) if isinstance(item, AllPlaced) else self._nodes
        if isinstance(item, Placed):
            self._nodes[item.machine] = item.node
