"""Ending what ran out and collecting bytes nobody needs."""

from dataclasses import dataclass
from datetime import timedelta

from qvdc_core.clock import Clock
from qvdc_core.fence import Fence
from qvdc_image.domain.upload import UploadState
from qvdc_image.ports.work import OpenWork
from qvdc_image.ports.world import Library
from qvdc_image.usecases.upload import stop

GRACE = timedelta(hours=24)
"""How long bytes are kept after the last image gave them up."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one pass did."""

    expired: int = 0
    collected: int = 0
    orphans: int = 0


class Garbage:
    """Housekeeping of rows and bytes; led, fenced, and safe to repeat."""

    def __init__(
        self, *, work: OpenWork, library: Library, clock: Clock, grace: timedelta = GRACE
    ) -> None:
        self._work = work
        self._library = library
        self._clock = clock
        self._grace = grace

    async def sweep(self, fence: Fence) -> Swept:
        """End expired uploads, collect stored bytes without images, remove orphaned files.

        Raises:
            StaleFence: a newer leader has swept.
            StoreUnavailable: PostgreSQL is away.
        """
        expired = await self._end_expired(fence)
        collected = await self._collect(fence)
        orphans = await self._remove_orphans()
        return Swept(expired, collected, orphans)

    async def _end_expired(self, fence: Fence) -> int:
        now = self._clock.now()
        async with self._work() as work:
            due = await work.uploads.expired(now)
        for known in due:
            async with self._work() as work:
                await work.fences.check(fence)
                upload = await work.uploads.get(known.uid, locked=True)
                if upload.expire_time > now:
                    continue
                if upload.state is UploadState.ACTIVE:
                    await stop(work, upload, actor="service/image", expired=True)
                else:
                    await work.uploads.forget(upload.uid)
                await work.commit()
            await self._library.discard(known.uid)
        return len(due)

    async def _collect(self, fence: Fence) -> int:
        before = self._clock.now() - self._grace
        async with self._work() as work:
            digests = await work.blobs.collectable(before)
        count = 0
        for digest in digests:
            async with self._work() as work:
                await work.fences.check(fence)
                if not await work.blobs.collect(digest, before):
                    continue
                await self._library.remove(digest)
                await work.commit()
                count += 1
        return count

    async def _remove_orphans(self) -> int:
        here = await self._library.incoming()
        old = await self._library.stored(self._clock.now() - self._grace)
        async with self._work() as work:
            gone = set(here) - await work.uploads.known(here)
            lost = set(old) - await work.blobs.known(old)
        for uid in gone:
            await self._library.discard(uid)
        for digest in lost:
            await self._library.remove(digest)
        return len(gone) + len(lost)
