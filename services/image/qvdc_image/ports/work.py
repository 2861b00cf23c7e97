"""What use cases need of one transaction."""

from collections.abc import Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self, TypeVar

from qvdc_core.event import EventDraft
from qvdc_core.fence import Fence
from qvdc_core.ids import Name
from qvdc_core.operation import Operation, OperationFailure
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey
from qvdc_image.domain.claim import CachedCopy, CacheReport, Claim
from qvdc_image.domain.folder import Folder, Forest
from qvdc_image.domain.image import Image, ImageFilter
from qvdc_image.domain.upload import Upload

T = TypeVar("T")


class Operations(Protocol):
    """Long work, in one transaction."""

    async def start(
        self,
        verb: str,
        *,
        target: str,
        target_uid: str,
        requester: str,
        cancellable: bool = False,
        stage: str = "",
        total_bytes: int | None = None,
    ) -> Operation: ...

    async def live(
        self, *, target: str | None = None, verb: str | None = None
    ) -> list[Operation]: ...

    async def advance(
        self,
        operation_id: str,
        *,
        stage: str | None = None,
        message: str | None = None,
        progress_percent: int | None = None,
        done_bytes: int | None = None,
        total_bytes: int | None = None,
    ) -> Operation: ...

    async def get(self, operation_id: str) -> Operation: ...

    async def succeed(self, operation_id: str) -> Operation: ...

    async def fail(self, operation_id: str, failure: OperationFailure) -> Operation: ...

    async def cancelled(self, operation_id: str) -> Operation: ...


class Events(Protocol):
    """The outbox, in one transaction."""

    async def append(self, *drafts: EventDraft) -> None: ...


class Requests(Protocol):
    """First answers to request ids, in one transaction."""

    async def recall(self, key: RequestKey | None, kind: type[T]) -> T | None: ...

    async def repeated(self, key: RequestKey | None) -> bool: ...

    async def remember(self, key: RequestKey | None, answer: object) -> None: ...


class Fences(Protocol):
    """The newest fence of each loop, in one transaction."""

    async def check(self, fence: Fence) -> None: ...


class Images(Protocol):
    """Images, in one transaction."""

    async def add(self, image: Image) -> None:
        """Store a new image.

        Raises:
            ImageExists: the id is taken.
        """
        ...

    async def get(self, name: Name, *, locked: bool = False) -> Image:
        """Read one by id or uid; `locked` keeps others from changing it until the end.

        Raises:
            NotFound: there is none.
        """
        ...

    async def page(self, wanted: ImageFilter, request: PageRequest) -> Page[Image]:
        """One page, by id."""
        ...

    async def save_intent(self, image: Image) -> Image:
        """Store what people may change; return it with its new generation and revision.

        Raises:
            EtagMismatch: somebody was faster.
        """
        ...

    async def save_observed(self, image: Image) -> Image:
        """Store state, progress and findings; return it with its new revision."""
        ...

    async def remove(self, uid: str) -> None:
        """Delete the row with its upload and claims; a no-op if it is gone."""
        ...

    async def with_digests(self, digests: Sequence[str]) -> list[Image]:
        """The READY images with one of these digests."""
        ...


class Folders(Protocol):
    """Folders, in one transaction."""

    async def forest(self, *, locked: bool = False) -> Forest:
        """All folders; `locked` keeps others from changing the tree's shape until the end."""
        ...

    async def get(self, name: Name) -> Folder:
        """Read one by id or uid.

        Raises:
            NotFound: there is none.
        """
        ...

    async def page(self, request: PageRequest) -> Page[Folder]:
        """One page, by id."""
        ...

    async def hold(self, folder_id: str) -> None:
        """Keep a folder from being deleted until the end; "" is the top, which stays anyway.

        Raises:
            NotFound: there is none.
        """
        ...

    async def add(self, folder: Folder) -> None:
        """Store a new folder.

        Raises:
            FolderExists: the id is taken.
            FolderNameTaken: a folder in the same place has the display name.
        """
        ...

    async def save(self, folder: Folder) -> Folder:
        """Store what people may change; return it with its new generation and revision.

        Raises:
            EtagMismatch: somebody was faster.
            FolderNameTaken: a folder in the same place has the display name.
        """
        ...

    async def remove(self, uid: str) -> None:
        """Delete the row of an empty folder."""
        ...

    async def images_in(self, folder_id: str, *, limit: int) -> tuple[list[str], int]:
        """The first names of images in a folder, and how many there are; "" is the top."""
        ...

    async def move_images(
        self, folder_id: str, to: str, *, by: str, at: datetime
    ) -> list[tuple[str, str, int]]:
        """Put all images of a folder into another one; return name, uid and revision of each."""
        ...


class Uploads(Protocol):
    """Uploads, in one transaction."""

    async def add(self, upload: Upload) -> None: ...

    async def get(self, uid: str, *, locked: bool = False) -> Upload:
        """Read one.

        Raises:
            NotFound: there is none.
        """
        ...

    async def of_image(self, image_uid: str) -> Upload | None:
        """The upload that fills an image, locked; None when it is forgotten."""
        ...

    async def page(self, request: PageRequest) -> Page[Upload]:
        """One page of those that have not ended, oldest first."""
        ...

    async def begin(self, uid: str) -> Upload:
        """Begin a new attempt; what older attempts still write is refused from now on.

        Raises:
            NotFound: there is none.
        """
        ...

    async def save(self, upload: Upload) -> None:
        """Store state, offset, digest and end of life.

        Raises:
            AttemptLost: `upload.attempt` is no longer the newest.
        """
        ...

    async def end(self, upload: Upload) -> None:
        """Store its end whatever attempt is at work, and make that attempt the last but one."""
        ...

    async def received(self) -> list[str]:
        """Uids of uploads that are whole and whose images are not READY yet, oldest first."""
        ...

    async def expired(self, now: datetime) -> list[Upload]:
        """Uploads whose life is over, ended ones too."""
        ...

    async def forget(self, uid: str) -> None:
        """Delete the row; a no-op if it is gone."""
        ...

    async def known(self, uids: Sequence[str]) -> set[str]:
        """Which of `uids` may still have bytes of their own."""
        ...

    async def reserve(self) -> int:
        """Bytes promised to uploads and not written yet; others wait here until the end."""
        ...


class Blobs(Protocol):
    """Stored bytes by digest, in one transaction."""

    async def claim(self, digest: str, size_bytes: int) -> None:
        """Lock or make the row of a digest that is about to be used."""
        ...

    async def release(self, digest: str, now: datetime) -> None:
        """Note that an image gave a digest up; bytes nobody needs are collected later."""
        ...

    async def collectable(self, before: datetime) -> list[str]:
        """Digests that no image has needed since `before`."""
        ...

    async def collect(self, digest: str, before: datetime) -> bool:
        """Lock the row and delete it if still collectable; whether it was."""
        ...

    async def known(self, digests: Sequence[str]) -> set[str]:
        """Which of `digests` have a row."""
        ...


class Claims(Protocol):
    """Machines' holds on images, in one transaction."""

    async def add(self, claim: Claim) -> bool:
        """Store a claim; whether it is new."""
        ...

    async def remove(self, image_uid: str, vm_uid: str) -> bool:
        """Drop a claim; whether there was one."""
        ...

    async def holders(self, image_uid: str, *, limit: int) -> tuple[list[str], int]:
        """The first names of machines that hold it, and how many there are."""
        ...


class Copies(Protocol):
    """What hosts reported of their caches, in one transaction."""

    async def note(self, report: CacheReport, now: datetime) -> bool:
        """Note that a host told something; False, and nothing noted, if it is late news."""
        ...

    async def of_host(self, node_uid: str) -> list[CachedCopy]:
        """What a host said to hold."""
        ...

    async def replace(self, node_uid: str, copies: Sequence[CachedCopy]) -> list[str]:
        """Store a whole report; return the digests whose state on this node changed."""
        ...


class TicketKeys(Protocol):
    """The key that tickets are signed with, in one transaction."""

    async def current(self, new_key: Callable[[], bytes]) -> bytes:
        """The key that all copies share; made once."""
        ...


class Work(Protocol):
    """One transaction with its repositories; rolled back unless committed."""

    @property
    def operations(self) -> Operations: ...

    @property
    def events(self) -> Events: ...

    @property
    def requests(self) -> Requests: ...

    @property
    def fences(self) -> Fences: ...

    @property
    def images(self) -> Images: ...

    @property
    def folders(self) -> Folders: ...

    @property
    def uploads(self) -> Uploads: ...

    @property
    def blobs(self) -> Blobs: ...

    @property
    def claims(self) -> Claims: ...

    @property
    def copies(self) -> Copies: ...

    @property
    def keys(self) -> TicketKeys: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def commit(self) -> None: ...


OpenWork = Callable[[], Work]
