"""What use cases and loops need of the world beside their transactions."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from qvdc_core.event import WatchItem
from qvdc_image.domain.content import ByteSource, Format
from qvdc_image.domain.image import Image
from qvdc_image.domain.safety import ToolFinding
from qvdc_image.domain.upload import DigestAlgorithm


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
