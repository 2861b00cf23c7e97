"""One transaction with the repositories of this service, and the stream of images."""

from collections.abc import AsyncIterator, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.event import WatchItem
from qvdc_db import unit_of_work
from qvdc_db.store import Store
from qvdc_db.watch import Watches, at_once
from qvdc_image.domain.image import Image
from qvdc_image.store.claim import BlobRows, ClaimRows, CopyRows, TicketKeyRows
from qvdc_image.store.folder import FolderRows
from qvdc_image.store.image import ImageRows, all_images, images_named
from qvdc_image.store.upload import UploadRows

SCHEMA = "image"


class UnitOfWork(unit_of_work.UnitOfWork):
    """A transaction that is rolled back unless it was committed."""

    images: ImageRows
    folders: FolderRows
    uploads: UploadRows
    blobs: BlobRows
    claims: ClaimRows
    copies: CopyRows
    keys: TicketKeyRows

    def bind(self, session: AsyncSession) -> None:
        """Make the repositories on `session`."""
        self.images = ImageRows(session, self._store.clock)
        self.folders = FolderRows(session)
        self.uploads = UploadRows(session)
        self.blobs = BlobRows(session)
        self.claims = ClaimRows(session)
        self.copies = CopyRows(session)
        self.keys = TicketKeyRows(session)


class StoredImages:
    """Streams images from the outbox."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._watches = Watches(store)

    def watch(self, resume_token: str) -> AsyncIterator[WatchItem[Image]]:
        """Stream all images, then each change.

        Raises:
            ResumeExpired: the token is too old.
        """

        async def snapshot(session: AsyncSession) -> Sequence[Image]:
            return await all_images(session, self._store.clock.now())

        async def load(session: AsyncSession, names: Sequence[str]) -> Mapping[str, Image]:
            return await images_named(session, names, self._store.clock.now())

        return self._watches.changes(
            "images", resume_token=resume_token, snapshot=at_once(snapshot), load=load
        )
