"""Hearing which images hosts hold; writes observed state only."""

from collections.abc import Sequence
from dataclasses import replace

from qvdc_core.clock import Clock
from qvdc_image.domain.claim import CacheAnswer, CachedCopy, CacheReport, cache_hash
from qvdc_image.ports.work import OpenWork, Work
from qvdc_image.usecases.told import image_changed


class CacheReports:
    """The hosts' reports of their caches. Safe to repeat and to reorder."""

    def __init__(self, *, work: OpenWork, clock: Clock) -> None:
        self._work = work
        self._clock = clock
        self._heard_whole: set[str] = set()

    async def report(self, report: CacheReport) -> CacheAnswer:
        """Store what a host says of its cache, and answer where it differs from what was known.

        Everything is asked for when the host's hash is not that of what is stored, and when this
        process has not heard everything of it yet. Late news changes nothing.
        """
        async with self._work() as work:
            stored = await work.copies.of_host(report.node_uid)
            own = cache_hash(stored)
            if not await work.copies.note(report, self._clock.now()):
                return CacheAnswer(state_hash=own)
            if report.unchanged:
                heard = report.node_uid in self._heard_whole
                differs = report.state_hash not in ("", own)
                answer = CacheAnswer(state_hash=own, request_full=differs or not heard)
            else:
                answer = await self._whole(work, report, stored)
            await work.commit()
        if not report.unchanged:
            self._heard_whole.add(report.node_uid)
        return answer

    async def _whole(
        self, work: Work, report: CacheReport, stored: Sequence[CachedCopy]
    ) -> CacheAnswer:
        now = self._clock.now()
        seen = {copy.digest: replace(copy, observe_time=now) for copy in report.copies}
        touched = set(await work.copies.replace(report.node_uid, list(seen.values())))
        known = set()
        for image in await work.images.with_digests(sorted(touched | seen.keys())):
            known.add(image.digest)
            if image.digest in touched:
                await work.events.append(image_changed(await work.images.save_observed(image)))
        unknown = seen.keys() - known
        return CacheAnswer(
            state_hash=cache_hash(seen.values()),
            reconciled=len(seen) - len(unknown),
            lost=tuple(sorted({copy.digest for copy in stored} - seen.keys())),
            unknown=tuple(sorted(unknown)),
        )
