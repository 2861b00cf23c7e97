"""One upload's file: appended, hashed while it is written, synced, and read back."""

import asyncio
import errno
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from qvdc_image.domain.content import ByteSource
from qvdc_image.domain.refusals import BytesMissing, PoolFull
from qvdc_image.domain.upload import DigestAlgorithm

READ_BYTES = 1024 * 1024

T = TypeVar("T")


class Hash(Protocol):
    """A hash under way; hashlib's objects are such."""

    def update(self, data: bytes, /) -> None: ...

    def copy(self) -> "Hash": ...

    def hexdigest(self) -> str: ...


class Hashes:
    """Hashes of what this process wrote, so that the next request of an upload goes on.

    They do not survive the process; the whole is read back then.
    """

    def __init__(self) -> None:
        self._at: dict[str, tuple[int, Hash]] = {}

    def resume(self, uid: str, offset_bytes: int) -> Hash | None:
        """The hash of the first `offset_bytes`; None when it is not known here."""
        if offset_bytes == 0:
            return hashlib.sha256()
        known, hasher = self._at.get(uid, (0, None))
        return hasher.copy() if hasher is not None and known == offset_bytes else None

    def keep(self, uid: str, offset_bytes: int, hasher: Hash) -> None:
        """Remember the hash of the first `offset_bytes`."""
        self._at[uid] = (offset_bytes, hasher.copy())

    def forget(self, uid: str) -> None:
        """Drop what is known of an upload."""
        self._at.pop(uid, None)


class Descriptor:
    """An open file as a ByteSource."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @property
    def size_bytes(self) -> int:
        return os.fstat(self._descriptor).st_size

    def read_at(self, offset: int, size: int) -> bytes:
        return os.pread(self._descriptor, size, offset)


class OpenFile:
    """The bytes of one upload, locked for this holder alone.

    Blocking work runs in threads, one piece at a time; `settled` waits for it, so that the
    descriptor is never closed under a thread, cancelled or not.
    """

    def __init__(self, descriptor: int, upload_uid: str, hashes: Hashes) -> None:
        self._descriptor = descriptor
        self._uid = upload_uid
        self._hashes = hashes
        self._hasher: Hash | None = None
        self._offset = 0
        self._running: asyncio.Future[Any] | None = None

    @property
    def source(self) -> ByteSource:
        """To read the bytes; blocking."""
        return Descriptor(self._descriptor)

    async def begin(self, offset_bytes: int) -> None:
        """Throw away what lies beyond `offset_bytes`, which nobody was told of, and append there.

        Raises:
            BytesMissing: fewer than that many are on disk.
        """
        if self.source.size_bytes < offset_bytes:
            raise BytesMissing(f"image-uploads/{self._uid}")
        await self._in_thread(lambda: os.ftruncate(self._descriptor, offset_bytes))
        self._offset = offset_bytes
        self._hasher = self._hashes.resume(self._uid, offset_bytes)

    async def append(self, chunk: bytes) -> None:
        """Write `chunk`; returns before it is on disk."""
        await self._in_thread(lambda: self._write(chunk))

    async def sync(self) -> str:
        """Return when all appended bytes are on disk: the SHA-256 of the whole so far, or "" if
        the bytes before `begin` were not hashed by this process."""
        await self._in_thread(lambda: os.fsync(self._descriptor))
        if self._hasher is None:
            return ""
        self._hashes.keep(self._uid, self._offset, self._hasher)
        return self._hasher.copy().hexdigest()

    async def digests(
        self, algorithms: Sequence[DigestAlgorithm], seen: Callable[[int], None]
    ) -> Mapping[DigestAlgorithm, str]:
        """Hash the whole; `seen` hears how many bytes were read, from another thread."""
        return await self._in_thread(lambda: self._read_back(algorithms, seen))

    async def settled(self) -> None:
        """Return when no thread works on the file."""
        while self._running is not None and not self._running.done():
            await asyncio.shield(asyncio.wait({self._running}))

    def _write(self, chunk: bytes) -> None:
        view = memoryview(chunk)
        written = 0
        while written < len(view):
            try:
                written += os.pwrite(self._descriptor, view[written:], self._offset + written)
            except OSError as error:
                raise _full(error, self._descriptor, len(view) - written) from error
        if self._hasher is not None:
            self._hasher.update(chunk)
        self._offset += len(chunk)

    def _read_back(
        self, algorithms: Sequence[DigestAlgorithm], seen: Callable[[int], None]
    ) -> dict[DigestAlgorithm, str]:
        hashers = {each: hashlib.new(each.value) for each in algorithms}
        offset = 0
        while piece := os.pread(self._descriptor, READ_BYTES, offset):
            for hasher in hashers.values():
                hasher.update(piece)
            offset += len(piece)
            seen(offset)
        return {each: hasher.hexdigest() for each, hasher in hashers.items()}

    async def _in_thread(self, work: Callable[[], T]) -> T:
        await self.settled()
        running = asyncio.get_running_loop().run_in_executor(None, work)
        self._running = running
        return await asyncio.shield(running)


def _full(error: OSError, descriptor: int, needed_bytes: int) -> Exception:
    """POOL_FULL where the disk is full; other errors as they are."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return error
    found = os.fstatvfs(descriptor)
    return PoolFull(needed_bytes, found.f_bavail * found.f_frsize)
