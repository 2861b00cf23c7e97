"""What use cases and loops need from the world."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self, TypeVar

from qvdc_core.event import EventDraft, WatchItem
from qvdc_core.fence import Fence
from qvdc_core.ids import Name
from qvdc_core.operation import Operation, OperationFailure
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey
from qvdc_image.domain.claim import CachedCopy, Claim
from qvdc_image.domain.content import ByteSource, Format
from qvdc_image.domain.image import Image, ImageFilter
from qvdc_image.domain.safety import ToolFinding
from qvdc_image.domain.upload import DigestAlgorithm, Upload

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
    ) -> Operation: ...

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


class ImageStream(Protocol):
    """Watching images."""

    def watch(self, resume_token: str) -> AsyncIterator[WatchItem[Image]]:
        """Stream all images, then each change.

        Raises:
            ResumeExpired: the token is too old.
        """
        ...


class IncomingFile(Protocol):
    """The bytes of one upload, locked for this holder alone."""

    @property
    def source(self) -> ByteSource:
        """To read the bytes; blocking."""
        ...

    async def begin(self, offset_bytes: int) -> None:
        """Throw away what lies beyond `offset_bytes`, which nobody was told of, and append there.

        Raises:
            BytesMissing: fewer than that many are on disk.
        """
        ...

    async def append(self, chunk: bytes) -> None:
        """Write `chunk`; returns before it is on disk."""
        ...

    async def sync(self) -> str:
        """Return when all appended bytes are on disk: the SHA-256 of the whole so far, or "" if
        the bytes before `begin` were not hashed by this process."""
        ...

    async def digests(
        self, algorithms: Sequence[DigestAlgorithm], seen: Callable[[int], None]
    ) -> Mapping[DigestAlgorithm, str]:
        """Hash the whole; `seen` hears how many bytes were read, from another thread."""
        ...


class Library(Protocol):
    """The directory of images, shared by all copies of the service."""

    async def free_bytes(self) -> int:
        """What the file system has for us."""
        ...

    def open(self, upload_uid: str) -> AbstractAsyncContextManager[IncomingFile]:
        """Open the bytes of an upload; the lock ends with the process at the latest.

        Raises:
            UploadBusy: another process or task has them open.
            BytesMissing: there are none, and `make` was not asked for.
        """
        ...

    def make(self, upload_uid: str) -> AbstractAsyncContextManager[IncomingFile]:
        """As `open`, and makes the file when there is none."""
        ...

    async def keep(self, upload_uid: str, digest: str, size_bytes: int) -> None:
        """Move an upload's bytes to their digest's place, or drop them if the place is taken.
        Repeating it is safe.

        Raises:
            BytesMissing: they are in neither place.
        """
        ...

    async def discard(self, upload_uid: str) -> None:
        """Remove an upload's bytes; a no-op if there are none."""
        ...

    async def remove(self, digest: str) -> None:
        """Remove stored bytes; a no-op if there are none."""
        ...

    async def incoming(self) -> list[str]:
        """Uids of uploads that have bytes here."""
        ...

    async def stored(self, before: datetime) -> list[str]:
        """Digests of stored bytes last touched before `before`."""
        ...


class Inspector(Protocol):
    """A second opinion on a disk, by a tool that is held on a short leash."""

    async def inspect(self, upload_uid: str, format_: Format) -> ToolFinding:
        """Look at an upload's bytes, which were judged safe to open.

        Raises:
            ImageUnsafe: the tool cannot read them, or ran into a limit.
            ToolUnavailable: the tool is not installed or cannot be started.
        """
        ...


class Origins(Protocol):
    """Where hosts fetch bytes."""

    async def urls(self, digest: str) -> Sequence[str]:
        """Addresses of the digest's bytes at the copies of this service."""
        ...
