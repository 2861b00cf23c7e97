"""The image library: a directory that all copies of the service share.

incoming/<upload uid> holds bytes on their way in, stored/<digest> those of images. Both are on one
file system, so that an image's bytes come about by a rename. Who works on an upload's bytes holds
the kernel's lock (flock) on their file: it ends with the process, so nobody waits for a time-out
after a kill. The directory must keep such locks between the machines that share it (NFSv4 does).
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from qvdc_image.adapters.incoming import Hashes, OpenFile
from qvdc_image.domain.refusals import BytesMissing, UploadBusy

FILE_MODE = 0o640
FOLDER_MODE = 0o750


class DirectoryLibrary:
    """Bytes in a directory; makes its folders when first used."""

    def __init__(self, folder: Path) -> None:
        self._incoming = folder / "incoming"
        self._stored = folder / "stored"
        self._hashes = Hashes()

    def prepare(self) -> None:
        """Make the folders.

        Raises:
            OSError: they cannot be made or written.
        """
        for folder in (self._incoming, self._stored):
            folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)

    async def probe(self) -> None:
        """Return when the library can be written, for readiness.

        Raises:
            OSError: it cannot.
        """
        await asyncio.to_thread(self.prepare)

    async def free_bytes(self) -> int:
        """What the file system has for us."""
        found = await asyncio.to_thread(os.statvfs, self._incoming)
        return found.f_bavail * found.f_frsize

    @asynccontextmanager
    async def open(self, upload_uid: str) -> AsyncGenerator[OpenFile, None]:
        """Open the bytes of an upload under their lock.

        Raises:
            UploadBusy: another process or task has them open.
            BytesMissing: there are none.
        """
        async with self._opened(upload_uid, os.O_RDWR) as file:
            yield file

    @asynccontextmanager
    async def make(self, upload_uid: str) -> AsyncGenerator[OpenFile, None]:
        """As `open`, and makes the file when there is none."""
        async with self._opened(upload_uid, os.O_RDWR | os.O_CREAT) as file:
            yield file

    async def keep(self, upload_uid: str, digest: str, size_bytes: int) -> None:
        """Move an upload's bytes to their digest's place, or drop them if the place is taken.

        Raises:
            BytesMissing: they are in neither place.
        """
        await asyncio.to_thread(self._keep, upload_uid, digest, size_bytes)
        self._hashes.forget(upload_uid)

    async def discard(self, upload_uid: str) -> None:
        """Remove an upload's bytes; a no-op if there are none."""
        self._hashes.forget(upload_uid)
        await asyncio.to_thread((self._incoming / upload_uid).unlink, missing_ok=True)

    async def remove(self, digest: str) -> None:
        """Remove stored bytes; a no-op if there are none."""
        await asyncio.to_thread(self.path_of(digest).unlink, missing_ok=True)

    async def incoming(self) -> list[str]:
        """Uids of uploads that have bytes here."""
        return sorted(await asyncio.to_thread(os.listdir, self._incoming))

    async def stored(self, before: datetime) -> list[str]:
        """Digests of stored bytes last touched before `before`."""
        return await asyncio.to_thread(self._stored_before, before.timestamp())

    def path_of(self, digest: str) -> Path:
        """Where the bytes of `digest` are, if they are."""
        return self._stored / digest

    def incoming_path(self, upload_uid: str) -> Path:
        """Where the bytes of an upload are, if they are."""
        return self._incoming / upload_uid

    @asynccontextmanager
    async def _opened(self, upload_uid: str, flags: int) -> AsyncGenerator[OpenFile, None]:
        path = self._incoming / upload_uid
        descriptor = await asyncio.to_thread(_locked, path, flags)
        file = OpenFile(descriptor, upload_uid, self._hashes)
        try:
            yield file
        finally:
            await file.settled()
            os.close(descriptor)

    def _keep(self, upload_uid: str, digest: str, size_bytes: int) -> None:
        source, target = self._incoming / upload_uid, self._stored / digest
        if not source.exists():
            if not target.exists() or target.stat().st_size != size_bytes:
                raise BytesMissing(digest)
            return
        if target.exists() and target.stat().st_size == size_bytes:
            os.utime(target)
            source.unlink()
            return
        os.utime(source)
        source.chmod(FILE_MODE)
        source.rename(target)
        _sync_folder(self._stored)
        _sync_folder(self._incoming)

    def _stored_before(self, timestamp: float) -> list[str]:
        with os.scandir(self._stored) as entries:
            return sorted(each.name for each in entries if each.stat().st_mtime < timestamp)


def _locked(path: Path, flags: int) -> int:
    """Open and lock `path`, which must still be the same file once it is locked."""
    while True:
        try:
            descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
        except FileNotFoundError:
            raise BytesMissing(f"image-uploads/{path.name}") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise UploadBusy(f"image-uploads/{path.name}") from None
        if _is_at(descriptor, path):
            return descriptor
        os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
