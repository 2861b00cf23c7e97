"""Takes whole uploads to READY.

Acts in every copy at once, without a leader: each upload's bytes are locked by whoever works on
them, and the attempt number refuses what a former worker still writes. Looks every `period` and
when it is woken; does nothing to uploads that are still being filled.
"""

import asyncio
from datetime import timedelta

from qvdc_core.errors import NotFound, Refusal, StoreUnavailable
from qvdc_image.domain.refusals import AttemptLost, ToolUnavailable, UploadBusy, UploadEnded
from qvdc_image.usecases.pipeline import Pipeline
from qvdc_obs.logs import get_logger

PERIOD = timedelta(seconds=2)
AT_ONCE = 2
"""Uploads that one copy works on at a time: hashing is bound by the disk."""

log = get_logger(__name__)


class PipelineRunner:
    """Works on what is due, a few uploads at a time."""

    def __init__(self, pipeline: Pipeline, *, period: timedelta = PERIOD) -> None:
        self._pipeline = pipeline
        self._period = period
        self._bell = asyncio.Event()

    def wake(self) -> None:
        """Look now."""
        self._bell.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._bell.clear()
            try:
                await self.run_once()
            except StoreUnavailable as away:
                log.info("pipeline.deferred", why=away.message)
            try:
                async with asyncio.timeout(self._period.total_seconds()):
                    await self._bell.wait()
            except TimeoutError:
                continue

    async def run_once(self) -> int:
        """One pass; count the uploads that were taken as far as they go."""
        await self._pipeline.end_cancelled()
        due = await self._pipeline.due()
        slots = asyncio.Semaphore(AT_ONCE)

        async def work_on(uid: str) -> bool:
            async with slots:
                return await self._settle(uid)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work_on(uid)) for uid in due]
        return sum(task.result() for task in tasks)

    async def _settle(self, uid: str) -> bool:
        try:
            await self._pipeline.run(uid)
        except (UploadBusy, AttemptLost, UploadEnded, NotFound) as other:
            log.debug("pipeline.left_to_others", upload=uid, why=other.reason)
            return False
        except (StoreUnavailable, ToolUnavailable) as away:
            log.warning("pipeline.deferred", upload=uid, why=away.message)
            return False
        except Refusal as refused:
            log.warning("pipeline.refused", upload=uid, reason=refused.reason, why=refused.message)
            return False
        log.info("pipeline.settled", upload=uid)
        return True
