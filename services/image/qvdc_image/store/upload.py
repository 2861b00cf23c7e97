"""Uploads as rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.errors import NotFound
from qvdc_core.page import Page, PageRequest
from qvdc_db.pagination import fetch_page
from qvdc_image.domain.image import WORKING, ImageState
from qvdc_image.domain.refusals import AttemptLost
from qvdc_image.domain.upload import Digest, Upload, UploadState
from qvdc_image.store.tables import images, uploads

_LIVE = (UploadState.ACTIVE.value, UploadState.RECEIVED.value)
_ROOM_LOCK = text("select pg_advisory_xact_lock(hashtext('image-room'))")
_BATCH = 100


class UploadRows:
    """The uploads of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, upload: Upload) -> None:
        """Store a new upload."""
        await self._session.execute(insert(uploads).values(_columns(upload)))

    async def get(self, uid: str, *, locked: bool = False) -> Upload:
        """Read one.

        Raises:
            NotFound: there is none.
        """
        query = select(uploads).where(uploads.c.uid == uid)
        if locked:
            query = query.with_for_update()
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            raise NotFound("upload", f"image-uploads/{uid}")
        return _upload(row)

    async def of_image(self, image_uid: str) -> Upload | None:
        """The upload that fills an image, locked; None when it is forgotten."""
        query = select(uploads).where(uploads.c.image_uid == image_uid).with_for_update()
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else _upload(row)

    async def page(self, request: PageRequest) -> Page[Upload]:
        """One page of those that have not ended, oldest first."""
        unfinished = or_(
            uploads.c.state == UploadState.ACTIVE.value,
            and_(
                uploads.c.state == UploadState.RECEIVED.value,
                uploads.c.image_uid.in_(select(images.c.uid).where(_working())),
            ),
        )
        rows, token = await fetch_page(
            self._session,
            select(uploads).where(unfinished),
            keys=[uploads.c.create_time, uploads.c.uid],
            page=request,
            bound="uploads",
        )
        return Page(tuple(_upload(row) for row in rows), token)

    async def begin(self, uid: str) -> Upload:
        """Begin a new attempt; what older attempts still write is refused from now on.

        Raises:
            NotFound: there is none.
        """
        row = (
            await self._session.execute(
                update(uploads)
                .where(uploads.c.uid == uid)
                .values(attempt=uploads.c.attempt + 1)
                .returning(*uploads.c)
            )
        ).one_or_none()
        if row is None:
            raise NotFound("upload", f"image-uploads/{uid}")
        return _upload(row)

    async def save(self, upload: Upload) -> None:
        """Store state, offset, digest and end of life.

        Raises:
            AttemptLost: `upload.attempt` is no longer the newest.
        """
        stored = await self._session.scalar(
            update(uploads)
            .where(uploads.c.uid == upload.uid, uploads.c.attempt == upload.attempt)
            .values(_columns(upload))
            .returning(uploads.c.uid)
        )
        if stored is None:
            raise AttemptLost(upload.name, upload.attempt)

    async def end(self, upload: Upload) -> None:
        """Store its end whatever attempt is at work, and make that attempt the last but one."""
        await self._session.execute(
            update(uploads)
            .where(uploads.c.uid == upload.uid)
            .values(state=upload.state.value, attempt=uploads.c.attempt + 1)
        )

    async def received(self) -> list[str]:
        """Uids of uploads that are whole and whose images are not READY yet, oldest first."""
        query = (
            select(uploads.c.uid)
            .join(images, images.c.uid == uploads.c.image_uid)
            .where(uploads.c.state == UploadState.RECEIVED.value, _working())
            .order_by(uploads.c.create_time, uploads.c.uid)
            .limit(_BATCH)
        )
        return list(await self._session.scalars(query))

    async def expired(self, now: datetime) -> list[Upload]:
        """Uploads whose life is over; those that the pipeline still works on are not."""
        working = and_(
            uploads.c.state == UploadState.RECEIVED.value,
            uploads.c.image_uid.in_(select(images.c.uid).where(_working())),
        )
        query = (
            select(uploads)
            .where(uploads.c.expire_time <= now, ~working)
            .order_by(uploads.c.expire_time)
            .limit(_BATCH)
        )
        return [_upload(row) for row in await self._session.execute(query)]

    async def forget(self, uid: str) -> None:
        """Delete the row; a no-op if it is gone."""
        await self._session.execute(delete(uploads).where(uploads.c.uid == uid))

    async def known(self, uids: Sequence[str]) -> set[str]:
        """Which of `uids` may still have bytes of their own."""
        query = select(uploads.c.uid).where(uploads.c.uid.in_(uids), uploads.c.state.in_(_LIVE))
        return set(await self._session.scalars(query))

    async def reserve(self) -> int:
        """Bytes promised to uploads and not written yet; others wait here until the end."""
        await self._session.execute(_ROOM_LOCK)
        missing = func.sum(uploads.c.size_bytes - uploads.c.offset_bytes)
        query = select(func.coalesce(missing, 0)).where(uploads.c.state == UploadState.ACTIVE.value)
        return int(await self._session.scalar(query) or 0)


def _working() -> Any:
    return images.c.state.in_([state.value for state in WORKING | {ImageState.UPLOADING}])


def _columns(upload: Upload) -> dict[str, Any]:
    return {
        "uid": upload.uid,
        "image_uid": upload.image_uid,
        "image_id": upload.image_id,
        "state": upload.state.value,
        "size_bytes": upload.size_bytes,
        "sized": upload.sized,
        "offset_bytes": upload.offset_bytes,
        "attempt": upload.attempt,
        "streamed_digest": upload.streamed_digest,
        "expected": str(upload.expected) if upload.expected else None,
        "file_name": upload.file_name,
        "head_digest": upload.head_digest,
        "metadata": upload.metadata,
        "create_time": upload.create_time,
        "expire_time": upload.expire_time,
        "operation_id": upload.operation_id,
        "owner": upload.owner,
    }


def _upload(row: Row[Any]) -> Upload:
    values = dict(row._mapping)  # noqa: SLF001 - the documented name of a row's mapping
    values["state"] = UploadState(row.state)
    values["expected"] = Digest.parse(row.expected, field="expected") if row.expected else None
    return Upload(**values)
