"""Freeing capacity that nobody will give back.

Acts each minute on one copy, under its fence, when the vm service is heard: a claim that is ten
minutes old and whose machine is not known there was left behind by a crash. Does nothing on old
knowledge.
"""

from datetime import timedelta

from qvdc_cluster.usecases.placement import PlacementUseCases
from qvdc_coord.leadership import Leadership
from qvdc_core.fence import Fence
from qvdc_obs.logs import get_logger

TURN_EVERY = timedelta(minutes=1)

log = get_logger(__name__)


class ClaimReconciler:
    """Release the claims of machines that are gone."""

    def __init__(self, placements: PlacementUseCases, leadership: Leadership) -> None:
        self._placements = placements
        self._leadership = leadership

    async def run(self) -> None:
        """Look for ever, whenever this copy leads."""
        await self._leadership.run(self.run_once, every=TURN_EVERY)

    async def run_once(self, fence: Fence) -> None:
        """Look once; safe to run twice."""
        await self._leadership.check(fence)
        for machine in await self._placements.release_orphans(fence=fence):
            log.warning("claim.orphan_released", machine=machine)
