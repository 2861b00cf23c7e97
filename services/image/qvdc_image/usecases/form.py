"""An image from one form: fields in any order around a file whose size shows at its end."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.errors import InvalidField, Refusal
from qvdc_core.event import Change, Severity
from qvdc_core.ids import Name
from qvdc_core.operation import OperationFailure
from qvdc_core.request import RequestKey
from qvdc_image.domain.image import Image
from qvdc_image.domain.refusals import UploadEnded, UploadInterrupted
from qvdc_image.domain.upload import Upload, UploadState
from qvdc_image.ports.work import OpenWork, Work
from qvdc_image.ports.world import Library
from qvdc_image.usecases.receive import Receiving, received
from qvdc_image.usecases.told import image_told
from qvdc_image.usecases.upload import NewUpload, Uploads


class Forms:
    """Takes a form's file as it comes, and the fields that come after it at its end."""

    def __init__(
        self,
        *,
        uploads: Uploads,
        receiving: Receiving,
        work: OpenWork,
        library: Library,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._uploads = uploads
        self._receiving = receiving
        self._work = work
        self._library = library
        self._clock = clock
        self._wake = wake

    @property
    def max_bytes(self) -> int:
        """Largest single file."""
        return self._uploads.max_bytes

    async def answered(self, key: RequestKey | None) -> Upload | None:
        """The answer that a form with this key was given before."""
        async with self._work() as work:
            return await work.requests.recall(key, Upload)

    async def take(
        self, wanted: NewUpload, *, actor: Actor, chunks: AsyncIterator[bytes]
    ) -> Upload:
        """Make the image with what is known of it, and store the file's bytes.

        Raises:
            InvalidField, ImageExists, NotFound, PoolFull: before the first byte.
            UploadInterrupted, Refusal: the bytes did not all come; the image is in ERROR.
        """
        upload = await self._uploads.create(wanted, actor=actor, key=None)
        try:
            return await self._receiving.append(
                upload.uid, offset_bytes=0, length_bytes=None, chunks=chunks
            )
        except Refusal as refused:
            await self.give_up(upload.uid, refused)
            raise

    async def finish(
        self, uid: str, wanted: NewUpload, *, actor: Actor, key: RequestKey | None
    ) -> Upload:
        """Give the image all that the form said, and let it go on to READY.

        Raises:
            InvalidField: the file is empty.
            NotFound: there is no such folder.
            UploadEnded: it was ended meanwhile.
        """
        async with self._work() as work:
            if (repeated := await work.requests.recall(key, Upload)) is not None:
                raise UploadEnded(repeated.name, "another form with the same key was faster")
            upload = await work.uploads.get(uid, locked=True)
            upload.require_active()
            if not upload.offset_bytes:
                raise InvalidField("file", "is empty")
            await work.folders.hold(wanted.folder)
            whole = replace(
                upload,
                size_bytes=upload.offset_bytes,
                sized=True,
                state=UploadState.RECEIVED,
                expected=wanted.expected,
                expire_time=self._clock.now() + replace(upload, sized=True).lifetime,
            )
            await work.uploads.save(whole)
            await self._describe(work, whole, wanted, actor)
            await work.requests.remember(key, whole)
            await work.commit()
        self._wake()
        return whole

    async def give_up(self, uid: str, refused: Refusal) -> None:
        """End what a form began: in ERROR when its bytes broke off, else without a trace.

        Its operation keeps the reason. A no-op if it was ended otherwise meanwhile.
        """
        failure = OperationFailure.of(refused)
        broken = isinstance(refused, UploadInterrupted)
        async with self._work() as work:
            upload = await work.uploads.get(uid, locked=True)
            if upload.state is not UploadState.ACTIVE:
                return
            image = await work.images.get(Name("images", upload.image_uid), locked=True)
            await work.operations.fail(upload.operation_id, failure)
            if broken:
                await work.uploads.end(replace(upload, state=UploadState.FAILED))
                image = await work.images.save_observed(image.failed(failure))
            else:
                await work.images.remove(image.uid)
            await work.events.append(
                image_told(
                    "ImageFailed" if broken else "ImageDeleted",
                    image,
                    refused.message,
                    severity=Severity.ERROR if broken else Severity.INFO,
                    change=Change.CHANGED if broken else Change.DELETED,
                    reason=refused.reason,
                )
            )
            await work.commit()
        await self._library.discard(uid)

    async def _describe(self, work: Work, upload: Upload, wanted: NewUpload, actor: Actor) -> None:
        image = await work.images.get(Name("images", upload.image_uid), locked=True)
        said = _said(image, wanted)
        if said != image:
            now = self._clock.now()
            image = await work.images.save_intent(
                replace(said, changed_by=actor.subject, update_time=now)
            )
        sized = replace(image.progress, total_bytes=upload.size_bytes)
        image = await work.images.save_observed(
            received(replace(image, progress=sized), upload, self._clock.now())
        )
        text = f"All bytes of {image.name} are here."
        await work.events.append(image_told("ImageReceived", image, text, actor=actor.subject))
        await work.operations.advance(
            upload.operation_id,
            stage=image.progress.stage.value,
            progress_percent=image.progress.percent,
            done_bytes=upload.size_bytes,
            total_bytes=upload.size_bytes,
        )


def _said(image: Image, wanted: NewUpload) -> Image:
    return replace(
        image,
        display_name=wanted.called or image.id,
        description=wanted.description,
        asked_kind=wanted.kind,
        kind=wanted.kind,
        architecture=wanted.architecture,
        folder=wanted.folder,
        os=wanted.os,
        min_disk_bytes=wanted.min_disk_bytes,
        min_memory_bytes=wanted.min_memory_bytes,
    )
