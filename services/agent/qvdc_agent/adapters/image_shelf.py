"""Where a cache of images lies: in the host's own folder, or in one of its pools."""

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from qvdc_agent.adapters.pool_folder import IMAGES
from qvdc_agent.adapters.pool_folders import LocalPoolFolders
from qvdc_agent.domain.machine import Digest
from qvdc_agent.domain.pool import PoolUid

PART = ".part"

_Result = TypeVar("_Result")


class Shelf(Protocol):
    """A place for images by digest."""

    def has(self, digest: Digest) -> bool:
        """Whether an image lies there whole, as far as is known; costs no waiting."""
        ...

    def ready(self) -> Mapping[Digest, int]:
        """The whole images that lie there, as far as is known, with their sizes in bytes."""
        ...

    def path(self, digest: Digest) -> Path:
        """Where an image lies once it is whole."""
        ...

    def part(self, digest: Digest) -> Path:
        """Where this host gathers an image."""
        ...

    async def prepare(self) -> None:
        """Make the place ready to be written to, and look at it.

        Raises:
            StepRefused: it cannot be used now.
        """
        ...

    async def do(self, work: Callable[..., _Result], *arguments: object) -> _Result:
        """Return `work(*arguments)`, which may block and writes there.

        Raises:
            StepRefused: it cannot be used now.
            OSError: the work failed.
        """
        ...


class OwnShelf:
    """The host's own folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has(self, digest: Digest) -> bool:
        """Whether an image lies there whole."""
        return self.path(digest).exists()

    def ready(self) -> Mapping[Digest, int]:
        """The images that lie there."""
        return _images(self._folder) if self._folder.is_dir() else {}

    def path(self, digest: Digest) -> Path:
        """Where an image lies once it is whole."""
        return self._folder / digest

    def part(self, digest: Digest) -> Path:
        """Where an image is gathered."""
        return self._folder / f"{digest}{PART}"

    async def prepare(self) -> None:
        """Make the folder."""
        await asyncio.to_thread(partial(self._folder.mkdir, 0o711, parents=True, exist_ok=True))

    async def do(self, work: Callable[..., _Result], *arguments: object) -> _Result:
        """Return `work(*arguments)`."""
        return await asyncio.to_thread(work, *arguments)


class PoolShelf:
    """A pool: written to behind its marker, and looked at only when it is asked to prepare.

    Hosts that share the pool gather under names of their own, and the first that is done is it.
    """

    def __init__(self, uid: PoolUid, folders: LocalPoolFolders, *, node_uid: str) -> None:
        self._uid = uid
        self._folders = folders
        self._node_uid = node_uid
        self._ready: Mapping[Digest, int] = {}

    def has(self, digest: Digest) -> bool:
        """Whether an image lay there when it was looked at last."""
        return digest in self._ready

    def ready(self) -> Mapping[Digest, int]:
        """The images that lay there when it was looked at last."""
        return self._ready

    def path(self, digest: Digest) -> Path:
        """Where an image lies once it is whole."""
        return self._folders.path_of(self._uid) / IMAGES / digest

    def part(self, digest: Digest) -> Path:
        """Where this host gathers an image."""
        return self.path(digest).with_name(f"{digest}.{self._node_uid}{PART}")

    async def prepare(self) -> None:
        """Make the folder of images behind the marker, and look at it."""
        folder = self._folders.path_of(self._uid) / IMAGES

        def look(pool: int) -> Mapping[Digest, int]:
            with suppress(FileExistsError):
                os.mkdir(IMAGES, 0o711, dir_fd=pool)
            return _images(folder)

        self._ready = await self._folders.within(self._uid, look)

    async def do(self, work: Callable[..., _Result], *arguments: object) -> _Result:
        """Return `work(*arguments)`, done behind the marker."""
        return await self._folders.within(self._uid, lambda _: work(*arguments))


def _images(folder: Path) -> dict[Digest, int]:
    return {
        Digest(path.name): path.stat().st_size
        for path in folder.iterdir()
        if path.suffix != PART and not path.name.startswith(".")
    }
