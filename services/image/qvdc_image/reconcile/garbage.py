"""Ends uploads 24 h after their last byte and collects bytes that nothing needs.

Led: one copy acts, under its fence. Acts on rows whose time is over and on files without rows;
never on bytes that an image has, nor within the grace after the last image gave them up.
"""

from qvdc_core.fence import Fence
from qvdc_image.usecases.garbage import Garbage
from qvdc_obs.logs import get_logger

LOOP = "image-garbage"

log = get_logger(__name__)


class GarbageCollector:
    """One pass at a time, as the leader."""

    def __init__(self, garbage: Garbage) -> None:
        self._garbage = garbage

    async def run_once(self, fence: Fence) -> None:
        """Sweep once.

        Raises:
            StaleFence: a newer leader has swept.
            StoreUnavailable: PostgreSQL is away.
        """
        swept = await self._garbage.sweep(fence)
        if swept.expired or swept.collected or swept.orphans:
            log.info(
                "garbage.swept",
                fence=str(fence),
                expired=swept.expired,
                collected=swept.collected,
                orphans=swept.orphans,
            )
