"""Folders of images as rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.errors import EtagMismatch, NotFound
from qvdc_core.ids import Name
from qvdc_core.page import Page, PageRequest
from qvdc_db.errors import refusing
from qvdc_db.pagination import fetch_page
from qvdc_image.domain.folder import Folder, Forest
from qvdc_image.domain.refusals import FolderExists, FolderNameTaken
from qvdc_image.store.tables import folders, images

_SHAPE_LOCK = text("select pg_advisory_xact_lock(hashtext('image-folders'))")
_COUNT = (select(func.count()).where(images.c.folder == folders.c.id).scalar_subquery()).label(
    "image_count"
)
_COLUMNS = (*folders.c, _COUNT)


class FolderRows:
    """The folders of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def forest(self, *, locked: bool = False) -> Forest:
        """All folders; `locked` keeps others from changing the tree's shape until the end."""
        if locked:
            await self._session.execute(_SHAPE_LOCK)
        rows = await self._session.execute(select(*_COLUMNS))
        return Forest(_folder(row) for row in rows)

    async def get(self, name: Name) -> Folder:
        """Read one by id or uid.

        Raises:
            NotFound: there is none.
        """
        column = folders.c.uid if name.has_uid else folders.c.id
        row = (
            await self._session.execute(select(*_COLUMNS).where(column == name.id))
        ).one_or_none()
        if row is None:
            raise NotFound("image folder", f"image-folders/{name.id}")
        return _folder(row)

    async def page(self, request: PageRequest) -> Page[Folder]:
        """One page, by id."""
        rows, token = await fetch_page(
            self._session, select(*_COLUMNS), keys=[folders.c.id], page=request, bound="folders"
        )
        return Page(tuple(_folder(row) for row in rows), token)

    async def hold(self, folder_id: str) -> None:
        """Keep a folder from being deleted until the end; "" is the top, which stays anyway.

        Raises:
            NotFound: there is none.
        """
        if not folder_id:
            return
        query = select(folders.c.id).where(folders.c.id == folder_id)
        if await self._session.scalar(query.with_for_update(read=True, key_share=True)) is None:
            raise NotFound("image folder", f"image-folders/{folder_id}")

    async def add(self, folder: Folder) -> None:
        """Store a new folder.

        Raises:
            FolderExists: the id is taken.
            FolderNameTaken: a folder in the same place has the display name.
        """
        values = _intent(folder) | {
            "uid": folder.uid,
            "id": folder.id,
            "generation": folder.generation,
            "revision": folder.revision,
            "create_time": folder.create_time,
        }
        with refusing("folders_id_key", FolderExists(folder.name)), _named(folder):
            await self._session.execute(insert(folders).values(values))

    async def save(self, folder: Folder) -> Folder:
        """Store what people may change; return it with its new generation and revision.

        Raises:
            EtagMismatch: somebody was faster.
            FolderNameTaken: a folder in the same place has the display name.
        """
        with _named(folder):
            row = (
                await self._session.execute(
                    update(folders)
                    .where(folders.c.uid == folder.uid, folders.c.generation == folder.generation)
                    .values(
                        **_intent(folder),
                        generation=folders.c.generation + 1,
                        revision=folders.c.revision + 1,
                    )
                    .returning(folders.c.generation, folders.c.revision)
                )
            ).one_or_none()
        if row is None:
            raise EtagMismatch(folder.name)
        return replace(folder, generation=row.generation, revision=row.revision)

    async def remove(self, uid: str) -> None:
        """Delete the row of an empty folder."""
        await self._session.execute(delete(folders).where(folders.c.uid == uid))

    async def images_in(self, folder_id: str, *, limit: int) -> tuple[list[str], int]:
        """The first names of images in a folder, and how many there are; "" is the top."""
        inside = func.coalesce(images.c.folder, "") == folder_id
        named = select(images.c.id).where(inside).order_by(images.c.id).limit(limit)
        total = await self._session.scalar(select(func.count()).where(inside))
        return [f"images/{each}" for each in await self._session.scalars(named)], int(total or 0)

    async def move_images(
        self, folder_id: str, to: str, *, by: str, at: datetime
    ) -> list[tuple[str, str, int]]:
        """Put all images of a folder into another one; return name, uid and revision of each."""
        rows = await self._session.execute(
            update(images)
            .where(images.c.folder == folder_id)
            .values(
                folder=to or None,
                generation=images.c.generation + 1,
                revision=images.c.revision + 1,
                changed_by=by,
                update_time=at,
            )
            .returning(images.c.id, images.c.uid, images.c.revision)
        )
        return [(f"images/{row.id}", row.uid, row.revision) for row in rows]


def _folder(row: Row[Any]) -> Folder:
    values = dict(row._mapping)  # noqa: SLF001 - the documented name of a row's mapping
    values["parent"] = row.parent or ""
    return Folder(**values)


def _intent(folder: Folder) -> dict[str, Any]:
    return {
        "display_name": folder.display_name,
        "description": folder.description,
        "parent": folder.parent or None,
        "update_time": folder.update_time,
        "changed_by": folder.changed_by,
    }


@contextmanager
def _named(folder: Folder) -> Iterator[None]:
    with refusing("folders_name_key", FolderNameTaken(folder.display_name, folder.name)):
        yield
