"""The images of a host: one cache in its own folder, and one in each pool that needs any."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from qvdc_agent.adapters.image_cache import ImageCache
from qvdc_agent.adapters.image_shelf import OwnShelf, PoolShelf
from qvdc_agent.adapters.pool_folders import LocalPoolFolders
from qvdc_agent.domain.machine import DEFAULT_POOL, BaseImage, Digest
from qvdc_agent.domain.pool import PoolUid
from qvdc_agent.domain.refusals import StepRefused
from qvdc_agent.domain.seen import BaseState, BaseView
from qvdc_core.clock import Clock
from qvdc_obs.logs import get_logger
from qvdc_rpc.tls import TlsFiles

log = get_logger(__name__)

LOOK_PERIOD = timedelta(seconds=10)
"""How often the images of pools are looked at: other hosts put some there too."""
_BEST = [BaseState.READY, BaseState.PULLING, BaseState.FAILED, BaseState.MISSING]


class PlacedImages:
    """Keeps the Images' promises. `run` does the pulling.

    Args:
        own: folder of the cache for disks in the host's own folder.
        tls: this host's certificate, presented to the image service.
    """

    def __init__(
        self, own: Path, folders: LocalPoolFolders, *, node_uid: str, tls: TlsFiles, clock: Clock
    ) -> None:
        self._folders = folders
        self._node_uid = node_uid
        self._tls = tls
        self._clock = clock
        self._caches: dict[str, ImageCache] = {}
        self._callbacks: list[Callable[[Digest], None]] = []
        self._fresh: asyncio.Queue[ImageCache] = asyncio.Queue()
        self._add(DEFAULT_POOL, ImageCache(OwnShelf(own), tls=tls, clock=clock))

    def view(self, base: BaseImage, pool: str) -> BaseView:
        """How far the image is in the cache of `pool`."""
        return self._cache(pool).view(base)

    def views(self) -> Sequence[BaseView]:
        """All images of the host; of one that lies in several places, the best of it."""
        best: dict[Digest, BaseView] = {}
        for view in (view for cache in self._caches.values() for view in cache.views()):
            known = best.get(view.digest)
            if known is None or _BEST.index(view.state) < _BEST.index(known.state):
                best[view.digest] = view
        return list(best.values())

    def request(self, base: BaseImage, pool: str) -> None:
        """Have the image pulled into the cache of `pool`."""
        self._cache(pool).request(base)

    def path(self, digest: Digest, pool: str) -> Path:
        """Where a READY image lies."""
        return self._cache(pool).path(digest)

    def on_change(self, callback: Callable[[Digest], None]) -> None:
        """Call `callback` when an image became ready or failed."""
        self._callbacks.append(callback)

    async def run(self) -> None:
        """Pull what is requested; for ever."""
        self._fresh = asyncio.Queue()
        for cache in self._caches.values():
            self._fresh.put_nowait(cache)
        async with asyncio.TaskGroup() as group:
            while True:
                cache = await self._fresh.get()
                group.create_task(cache.run())
                group.create_task(_keep_looking(cache))

    def _cache(self, pool: str) -> ImageCache:
        cache = self._caches.get(pool)
        if cache is None:
            shelf = PoolShelf(PoolUid(pool), self._folders, node_uid=self._node_uid)
            cache = ImageCache(shelf, tls=self._tls, clock=self._clock)
            self._add(pool, cache)
        return cache

    def _add(self, pool: str, cache: ImageCache) -> None:
        self._caches[pool] = cache
        cache.on_change(self._tell)
        self._fresh.put_nowait(cache)

    def _tell(self, digest: Digest) -> None:
        for callback in self._callbacks:
            callback(digest)


async def _keep_looking(cache: ImageCache) -> None:
    while True:
        try:
            await cache.look()
        except (StepRefused, OSError) as away:
            log.debug("images.unseen", why=str(away))
        await asyncio.sleep(LOOK_PERIOD.total_seconds())
