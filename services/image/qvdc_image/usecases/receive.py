"""Taking the bytes of an upload: streamed to disk, acknowledged when they are there."""

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from qvdc_core.clock import Clock
from qvdc_core.errors import StoreUnavailable
from qvdc_core.ids import Name
from qvdc_image.domain.image import Image, ImageState
from qvdc_image.domain.progress import Stage, advance
from qvdc_image.domain.refusals import (
    ChunkMismatch,
    UploadEnded,
    UploadInterrupted,
    UploadTooLong,
)
from qvdc_image.domain.upload import Upload, UploadState
from qvdc_image.ports.work import OpenWork
from qvdc_image.ports.world import IncomingFile, Library
from qvdc_image.usecases.told import image_changed

CHECKPOINT_EVERY = timedelta(seconds=1)
"""How often bytes are synced, acknowledged and shown; what a kill costs at most."""
BUFFER_BYTES = 1024 * 1024
"""How much is gathered before it is written."""


@dataclass(frozen=True, slots=True)
class ChunkChecksum:
    """What the bytes of one request must hash to; `algorithm` is hashlib's name."""

    algorithm: str
    digest: bytes


class Receiving:
    """Appends what one request brings to an upload."""

    def __init__(
        self, *, work: OpenWork, library: Library, clock: Clock, wake: Callable[[], None]
    ) -> None:
        self._work = work
        self._library = library
        self._clock = clock
        self._wake = wake

    async def append(
        self,
        uid: str,
        *,
        offset_bytes: int,
        length_bytes: int | None,
        chunks: AsyncIterator[bytes],
        checksum: ChunkChecksum | None = None,
    ) -> Upload:
        """Append `chunks` at `offset_bytes`; return the upload as it stands after.

        Bytes are acknowledged once they are synced, about every second, so that a cut
        connection or a kill keeps what reached the disk. With `checksum` they are acknowledged
        together or not at all.

        Raises:
            NotFound: there is no such upload.
            UploadBusy: another request is filling it.
            UploadOffset, UploadEnded, UploadTooLong: the bytes cannot be appended.
            UploadInterrupted: the connection ended; what came before is kept.
            ChunkMismatch: the bytes have another checksum and were thrown away.
            AttemptLost: the upload was ended or taken over meanwhile.
            PoolFull: the disk is full after all.
            StoreUnavailable: PostgreSQL was away at the beginning or at the end.
        """
        async with self._work() as work:
            (await work.uploads.get(uid)).require_append(offset_bytes, length_bytes)
        async with self._library.make(uid) as file:
            async with self._work() as work:
                upload = await work.uploads.get(uid, locked=True)
                upload.require_append(offset_bytes, length_bytes)
                upload = await work.uploads.begin(uid)
                await work.commit()
            await file.begin(upload.offset_bytes)
            filling = _Filling(self, upload, file, checksum)
            return await filling.run(chunks)

    async def checkpoint(self, upload: Upload, file: IncomingFile, offset_bytes: int) -> Upload:
        """Acknowledge that the first `offset_bytes` are on disk.

        Raises:
            AttemptLost: somebody else works on the upload now.
            UploadEnded: its operation was cancelled.
        """
        digest = await file.sync()
        whole = upload.sized and offset_bytes == upload.size_bytes
        stored = replace(
            upload,
            offset_bytes=offset_bytes,
            streamed_digest=digest,
            state=UploadState.RECEIVED if whole else UploadState.ACTIVE,
            expire_time=self._clock.now() + upload.lifetime,
        )
        async with self._work() as work:
            await work.uploads.save(stored)
            image = await work.images.get(Name("images", upload.image_uid), locked=True)
            image = await work.images.save_observed(received(image, stored, self._clock.now()))
            await work.events.append(image_changed(image))
            operation = await work.operations.advance(
                upload.operation_id,
                stage=image.progress.stage.value,
                progress_percent=image.progress.percent,
                done_bytes=image.progress.done_bytes,
            )
            if operation.cancel_requested:
                raise UploadEnded(upload.name, UploadState.CANCELLED.value)
            await work.commit()
        if whole:
            self._wake()
        return stored

    def now(self) -> float:
        """Seconds of the clock that intervals are measured by."""
        return self._clock.monotonic()


def received(image: Image, upload: Upload, now: datetime) -> Image:
    """The image when its upload stands at `upload.offset_bytes`."""
    size = upload.size_bytes
    progress = advance(
        image.progress, Stage.UPLOADING, done_bytes=upload.offset_bytes, of_bytes=size, now=now
    )
    if upload.state is not UploadState.RECEIVED:
        return replace(image, state=ImageState.UPLOADING, progress=progress)
    progress = advance(progress, Stage.VERIFYING, done_bytes=0, of_bytes=size, now=now)
    return replace(image, state=ImageState.VERIFYING, progress=progress)


class _Filling:
    """One request's bytes on their way to one file."""

    def __init__(
        self,
        receiving: Receiving,
        upload: Upload,
        file: IncomingFile,
        checksum: ChunkChecksum | None,
    ) -> None:
        self._receiving = receiving
        self._upload = upload
        self._file = file
        self._checksum = checksum
        self._hasher = hashlib.new(checksum.algorithm) if checksum else None
        self._offset = upload.offset_bytes
        self._acknowledged_at = receiving.now()
        self._buffer = bytearray()

    async def run(self, chunks: AsyncIterator[bytes]) -> Upload:
        interrupted = False
        try:
            async for chunk in chunks:
                await self._take(chunk)
        except UploadInterrupted:
            interrupted = True
        if interrupted and self._checksum:
            raise UploadInterrupted(self._upload.offset_bytes)
        await self._flush()
        self._verify()
        upload = await self._acknowledge()
        if interrupted:
            raise UploadInterrupted(upload.offset_bytes)
        return upload

    async def _take(self, chunk: bytes) -> None:
        if self._offset + len(self._buffer) + len(chunk) > self._upload.size_bytes:
            raise UploadTooLong(self._upload.size_bytes)
        self._buffer += chunk
        since = self._receiving.now() - self._acknowledged_at
        due = not self._checksum and since >= CHECKPOINT_EVERY.total_seconds()
        if due or len(self._buffer) >= BUFFER_BYTES:
            await self._flush()
        if due and self._offset < self._upload.size_bytes:
            await self._acknowledge_or_wait()

    async def _flush(self) -> None:
        if not self._buffer:
            return
        chunk, self._buffer = bytes(self._buffer), bytearray()
        if self._hasher is not None:
            self._hasher.update(chunk)
        await self._file.append(chunk)
        self._offset += len(chunk)

    async def _acknowledge_or_wait(self) -> None:
        """Acknowledge if PostgreSQL is there; the bytes are on disk, the next time will do."""
        try:
            await self._acknowledge()
        except StoreUnavailable:
            self._acknowledged_at = self._receiving.now()

    async def _acknowledge(self) -> Upload:
        if self._offset == self._upload.offset_bytes:
            return self._upload
        self._upload = await self._receiving.checkpoint(self._upload, self._file, self._offset)
        self._acknowledged_at = self._receiving.now()
        return self._upload

    def _verify(self) -> None:
        if self._checksum is None or self._hasher is None:
            return
        if self._hasher.digest() != self._checksum.digest:
            raise ChunkMismatch(self._checksum.digest.hex(), self._hasher.hexdigest())
