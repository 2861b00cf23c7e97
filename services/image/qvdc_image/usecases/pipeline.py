"""From the last byte to READY: verify, judge, store. Safe to kill at any instruction."""

import asyncio
import threading
from dataclasses import replace

from qvdc_core.clock import Clock
from qvdc_core.errors import NotFound, Refusal
from qvdc_core.event import Severity
from qvdc_core.ids import Name
from qvdc_core.operation import OperationFailure
from qvdc_image.domain.content import kind_of
from qvdc_image.domain.image import WORKING, Image, ImageState
from qvdc_image.domain.progress import Stage, advance
from qvdc_image.domain.refusals import (
    BytesMissing,
    ChecksumMismatch,
    ImageUnsafe,
    ToolUnavailable,
    UploadEnded,
)
from qvdc_image.domain.safety import Finding, agree, judge
from qvdc_image.domain.upload import DigestAlgorithm, Upload, UploadState
from qvdc_image.ports.work import OpenWork
from qvdc_image.ports.world import IncomingFile, Inspector, Library
from qvdc_image.usecases.told import image_changed, image_told
from qvdc_image.usecases.upload import VERB, stop

TICK_SECONDS = 1.0
"""How often long reading shows how far it is."""


class Pipeline:
    """Takes whole uploads to READY or ERROR; any copy may run it.

    The lock of the bytes says who works, the upload's attempt number refuses what a former
    worker still writes. Every step can be repeated.
    """

    def __init__(
        self, *, work: OpenWork, library: Library, inspector: Inspector, clock: Clock
    ) -> None:
        self._work = work
        self._library = library
        self._inspector = inspector
        self._clock = clock

    async def due(self) -> list[str]:
        """Uids of uploads that are whole and not READY yet, oldest first."""
        async with self._work() as work:
            return await work.uploads.received()

    async def end_cancelled(self) -> int:
        """End uploads whose operation was asked to stop; count them."""
        async with self._work() as work:
            asked = [o for o in await work.operations.live(verb=VERB) if o.cancel_requested]
        count = 0
        for operation in asked:
            async with self._work() as work:
                upload = await work.uploads.of_image(operation.target_uid)
                if upload is None or upload.operation_id != operation.id:
                    await work.operations.cancelled(operation.id)
                else:
                    await stop(work, upload, actor=operation.requester)
                await work.commit()
            if upload is not None:
                await self._library.discard(upload.uid)
            count += 1
        return count

    async def run(self, uid: str) -> None:
        """Take one upload as far as it goes.

        Raises:
            UploadBusy: another worker has its bytes.
            AttemptLost, UploadEnded, NotFound: it was ended meanwhile.
            ToolUnavailable: qemu-img is missing; try again later.
            StoreUnavailable: PostgreSQL is away; try again later.
        """
        try:
            async with self._library.open(uid) as file:
                await self._work_on(uid, file)
        except BytesMissing:
            await self._work_on(uid, None)

    async def _work_on(self, uid: str, file: IncomingFile | None) -> None:
        async with self._work() as work:
            upload = await work.uploads.get(uid, locked=True)
            if upload.state is not UploadState.RECEIVED:
                raise UploadEnded(upload.name, upload.state.value)
            image = await work.images.get(Name("images", upload.image_uid), locked=True)
            if image.state not in WORKING:
                raise UploadEnded(upload.name, image.state.value)
            upload = await work.uploads.begin(uid)
            await work.commit()
        try:
            if file is not None:
                await self._verify(upload, file)
            await self._store(upload)
        except (ImageUnsafe, ChecksumMismatch, BytesMissing) as refused:
            await self._fail(upload, refused)
        except ToolUnavailable as away:
            await self._say(upload, away.message)
            raise

    async def _verify(self, upload: Upload, file: IncomingFile) -> None:
        digest = await self._digest(upload, file)
        finding = await asyncio.to_thread(judge, file.source)
        agree(finding, await self._inspector.inspect(upload.uid, finding.format))
        await self._storing(upload, digest, finding)

    async def _digest(self, upload: Upload, file: IncomingFile) -> str:
        """The SHA-256 of the stored bytes, after the announced digest was found to be theirs."""
        wanted = {DigestAlgorithm.SHA256}
        if upload.expected is not None:
            wanted.add(upload.expected.algorithm)
        found = {DigestAlgorithm.SHA256: upload.streamed_digest}
        if wanted - {DigestAlgorithm.SHA256} or not upload.streamed_digest:
            found = await self._hash(upload, file, wanted)
        expected = upload.expected
        if expected is not None and found[expected.algorithm] != expected.value:
            raise ChecksumMismatch(expected.value, found[expected.algorithm])
        return found[DigestAlgorithm.SHA256]

    async def _hash(
        self, upload: Upload, file: IncomingFile, wanted: set[DigestAlgorithm]
    ) -> dict[DigestAlgorithm, str]:
        seen = _Seen()
        ordered = sorted(wanted, key=lambda algorithm: algorithm.value)
        hashing = asyncio.ensure_future(file.digests(ordered, seen.tell))
        try:
            while not hashing.done():
                await asyncio.wait({hashing}, timeout=TICK_SECONDS)
                await self._show(upload, Stage.VERIFYING, seen.bytes)
        finally:
            if not hashing.done():
                seen.stop()
                await asyncio.wait({hashing})
        return dict(hashing.result())

    async def _show(self, upload: Upload, stage: Stage, done_bytes: int) -> None:
        async with self._work() as work:
            await work.uploads.save(upload)
            image = await work.images.get(Name("images", upload.image_uid), locked=True)
            progress = advance(
                image.progress,
                stage,
                done_bytes=done_bytes,
                of_bytes=upload.size_bytes,
                now=self._clock.now(),
            )
            image = await work.images.save_observed(replace(image, progress=progress))
            await work.events.append(image_changed(image))
            operation = await work.operations.advance(
                upload.operation_id,
                stage=stage.value,
                message="",
                progress_percent=progress.percent,
                done_bytes=progress.done_bytes,
            )
            if operation.cancel_requested:
                raise UploadEnded(upload.name, UploadState.CANCELLED.value)
            await work.commit()

    async def _storing(self, upload: Upload, digest: str, finding: Finding) -> None:
        async with self._work() as work:
            await work.uploads.save(replace(upload, streamed_digest=digest))
            image = await work.images.get(Name("images", upload.image_uid), locked=True)
            kind = kind_of(finding.format, image.asked_kind)
            progress = advance(
                image.progress, Stage.STORING, done_bytes=0, of_bytes=1, now=self._clock.now()
            )
            image = await work.images.save_observed(
                replace(
                    image,
                    state=ImageState.STORING,
                    progress=progress,
                    kind=kind,
                    format=finding.format,
                    size_bytes=upload.size_bytes,
                    virtual_size_bytes=finding.virtual_size_bytes,
                    digest=digest,
                )
            )
            await work.events.append(image_changed(image))
            await work.operations.advance(
                upload.operation_id,
                stage=Stage.STORING.value,
                message="",
                progress_percent=progress.percent,
                done_bytes=progress.done_bytes,
            )
            await work.commit()

    async def _store(self, upload: Upload) -> None:
        """Move the bytes under the lock of their digest's row, and say READY in the same go."""
        async with self._work() as work:
            image = await work.images.get(Name("images", upload.image_uid), locked=True)
            await work.uploads.save(replace(upload, streamed_digest=image.digest))
            if image.state is not ImageState.STORING or not image.digest:
                raise BytesMissing(upload.name)
            await work.blobs.claim(image.digest, upload.size_bytes)
            await self._library.keep(upload.uid, image.digest, upload.size_bytes)
            image = await work.images.save_observed(image.ready(self._clock.now()))
            await work.operations.succeed(upload.operation_id)
            text = f"{image.name} is ready."
            await work.events.append(image_told("ImageReady", image, text, digest=image.digest))
            await work.commit()

    async def _fail(self, upload: Upload, refused: Refusal) -> None:
        failure = OperationFailure.of(refused)
        async with self._work() as work:
            await work.uploads.save(replace(upload, state=UploadState.FAILED))
            image: Image = await work.images.get(Name("images", upload.image_uid), locked=True)
            digest = image.digest
            image = await work.images.save_observed(image.failed(failure))
            if digest:
                await work.blobs.release(digest, self._clock.now())
            await work.operations.fail(upload.operation_id, failure)
            kind = "UnsafeImageRefused" if isinstance(refused, ImageUnsafe) else "ImageFailed"
            await work.events.append(
                image_told(
                    kind, image, refused.message, severity=Severity.ERROR, reason=refused.reason
                )
            )
            await work.commit()
        await self._library.discard(upload.uid)

    async def _say(self, upload: Upload, message: str) -> None:
        async with self._work() as work:
            try:
                await work.operations.advance(upload.operation_id, message=message)
            except NotFound:
                return
            await work.commit()


class _Seen:
    """How far a reading thread is; `stop` ends it at its next piece."""

    def __init__(self) -> None:
        self.bytes = 0
        self._stopped = threading.Event()

    def tell(self, done_bytes: int) -> None:
        self.bytes = done_bytes
        if self._stopped.is_set():
            raise InterruptedError("the reader was asked to stop")

    def stop(self) -> None:
        self._stopped.set()
