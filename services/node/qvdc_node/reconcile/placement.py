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
from qvdc_node.ports.rows import UnitsOfWork
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
        self._known: dict[str, Placed] = {}

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
        if isinstance(item, Placed) and self._known.get(item.machine) == item:
            return
        async with self._unit_of_work() as work:
            await work.fences.check(fence)
            match item:
                case AllPlaced(machines):
                    await work.placements.replace_all(machines)
                case Placed():
                    await work.placements.put(item)
            await work.commit()
        if isinstance(item, AllPlaced):
            self._known = {each.machine: each for each in item.machines}
        else:
            self._known[item.machine] = item
