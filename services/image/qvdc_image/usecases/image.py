"""The verbs of images."""

from collections.abc import AsyncIterator
from dataclasses import replace

from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.errors import InUse
from qvdc_core.event import Change, EventDraft, WatchItem
from qvdc_core.ids import Name
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey
from qvdc_image.domain.image import Image, ImageChange, ImageFilter, changed
from qvdc_image.domain.upload import UploadState
from qvdc_image.ports.work import OpenWork
from qvdc_image.ports.world import ImageStream, Library
from qvdc_image.usecases.told import image_told

BLOCKERS_NAMED = 20


class Images:
    """Reads, changes, deletes and watches images."""

    def __init__(
        self, *, work: OpenWork, library: Library, stream: ImageStream, clock: Clock
    ) -> None:
        self._work = work
        self._library = library
        self._stream = stream
        self._clock = clock

    async def get(self, name: Name) -> Image:
        """Read one.

        Raises:
            NotFound: there is none.
        """
        async with self._work() as work:
            return await work.images.get(name)

    async def page(self, wanted: ImageFilter, request: PageRequest) -> Page[Image]:
        """One page, by id."""
        async with self._work() as work:
            return await work.images.page(wanted, request)

    def watch(self, resume_token: str) -> AsyncIterator[WatchItem[Image]]:
        """Stream all images, then each change, progress included.

        Raises:
            ResumeExpired: the token is too old.
        """
        return self._stream.watch(resume_token)

    async def update(
        self,
        name: Name,
        change: ImageChange,
        *,
        etag: str,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool = False,
    ) -> Image:
        """Change what people may change.

        Raises:
            NotFound: there is none.
            EtagMismatch: somebody changed it since it was read.
        """
        async with self._work() as work:
            if (repeated := await work.requests.recall(key, Image)) is not None:
                return repeated
            image = await work.images.get(name)
            image.require(etag)
            wanted = changed(image, change)
            if wanted != image:
                await work.folders.hold(wanted.folder)
                image = await work.images.save_intent(_by(wanted, actor, self._clock))
                text = f"{image.name} was changed: {', '.join(sorted(change.paths))}."
                told = image_told("ImageUpdated", image, text, actor=actor.subject)
                await work.events.append(told)
            await work.requests.remember(key, image)
            if not validate_only:
                await work.commit()
        return image

    async def move(
        self,
        name: Name,
        folder: str,
        *,
        etag: str,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool = False,
    ) -> Image:
        """Put an image into a folder, by its id; "" is the top.

        Raises:
            NotFound: there is no such image or folder.
            EtagMismatch: somebody changed it since it was read.
        """
        change = ImageChange(paths=frozenset({"folder"}), folder=folder)
        return await self.update(
            name, change, etag=etag, actor=actor, key=key, validate_only=validate_only
        )

    async def delete(
        self,
        name: Name,
        *,
        etag: str,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool = False,
    ) -> None:
        """Delete an image in any state; an upload under way is ended.

        Raises:
            NotFound: there is none.
            EtagMismatch: somebody changed it since it was read.
            InUse: machines hold it.
        """
        async with self._work() as work:
            if await work.requests.repeated(key):
                return
            image = await work.images.get(name, locked=True)
            image.require(etag)
            holders, total = await work.claims.holders(image.uid, limit=BLOCKERS_NAMED)
            if total:
                raise InUse(image.name, holders, total)
            upload = await work.uploads.of_image(image.uid)
            if upload is not None and upload.state in (UploadState.ACTIVE, UploadState.RECEIVED):
                for operation in await work.operations.live(target=image.name):
                    await work.operations.cancelled(operation.id)
            await work.images.remove(image.uid)
            if image.digest:
                await work.blobs.release(image.digest, self._clock.now())
            await work.events.append(_deleted(image, actor))
            if validate_only:
                return
            await work.commit()
        if upload is not None:
            await self._library.discard(upload.uid)


def _by(image: Image, actor: Actor, clock: Clock) -> Image:
    return replace(image, changed_by=actor.subject, update_time=clock.now())


def _deleted(image: Image, actor: Actor) -> EventDraft:
    text = f"{image.name} was deleted."
    return image_told("ImageDeleted", image, text, actor=actor.subject, change=Change.DELETED)
