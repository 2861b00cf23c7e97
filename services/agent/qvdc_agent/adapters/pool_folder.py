"""A pool's folder, by plain system calls that may block: the marker, and what lies behind it.

Everything is reached through one descriptor of the folder, so that what was verified is what is
written to, also when a mount goes away in between.
"""

import json
import os
import re
import shutil
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from qvdc_agent.domain.pool import (
    MARKER_MISSING,
    FileKind,
    FolderView,
    Health,
    Marker,
    Nonces,
    PoolFile,
    PoolFiles,
    PoolUid,
    SeenNonce,
    WantedPool,
)
from qvdc_agent.domain.refusals import StepRefused

OWN = ".quantix"
MARKER = f"{OWN}/pool.json"
HOSTS = f"{OWN}/hosts"
MACHINES, IMAGES = "machines", "images"
DISK_SUFFIX = ".qcow2"
MOST_FILES = 4096
MOST_HOSTS = 4096
MOST_MARKER_BYTES = 64 * 1024
NONCE_BYTES = 64
_UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
"""What names a host or a machine; whatever else lies there is nobody's."""


def look(path: Path) -> FolderView:
    """What is seen at `path`; raises nothing but what hangs."""
    try:
        with _opened(path) as folder:
            return FolderView(present=True, marker=_read_marker(folder))
    except FileNotFoundError:
        return FolderView()
    except OSError as error:
        return FolderView(present=True, trouble=str(error))


@contextmanager
def verified(path: Path, uid: PoolUid) -> Iterator[int]:
    """A descriptor of the folder of pool `uid`.

    Raises:
        StepRefused: the folder is not that pool's.
        OSError: it cannot be looked at.
    """
    try:
        with _opened(path) as folder:
            marker = _read_marker(folder)
            if marker is None or marker.uid != uid:
                raise StepRefused(
                    MARKER_MISSING, f"{path} carries no marker of its own: is it mounted?"
                )
            yield folder
    except FileNotFoundError as error:
        raise StepRefused(MARKER_MISSING, str(error)) from error


def initialise(path: Path, wanted: WantedPool) -> None:
    """Make the folder of `wanted`, unless it is shared, and its marker; one that is there stays."""
    if not wanted.shared:
        path.mkdir(parents=True, exist_ok=True, mode=0o711)
    content = json.dumps({"pool_uid": wanted.uid, "pool": wanted.name}).encode()
    with _opened(path) as folder:
        _make_folder(folder, OWN)
        making = f"{MARKER}.{os.getpid()}.{wanted.uid}"
        _write(folder, making, content)
        try:
            os.link(making, MARKER, src_dir_fd=folder, dst_dir_fd=folder)
        except FileExistsError:
            pass
        finally:
            os.unlink(making, dir_fd=folder)
        _sync(folder, OWN)
        os.fsync(folder)


def check(path: Path, wanted: WantedPool, *, node_uid: str, nonces: Nonces | None) -> Health:
    """How the pool is.

    Args:
        nonces: to be written, synced and read back, which is measured; None only looks.
    """
    with verified(path, wanted.uid) as folder:
        took = None if nonces is None else _write_nonce(folder, node_uid, nonces.own)
        seen = None
        if nonces is not None and wanted.shared:
            others = _read_nonces(folder, but=node_uid)
            seen = Nonces(nonces.own, nonces.previous, others)
        room = os.fstatvfs(folder)
        return Health(
            capacity_bytes=room.f_blocks * room.f_frsize,
            free_bytes=room.f_bavail * room.f_frsize,
            write_seconds=took,
            nonces=seen,
        )


def list_files(path: Path, uid: PoolUid, *, now: datetime) -> PoolFiles:
    """The first files of the pool, by path."""
    with verified(path, uid) as folder:
        found: list[PoolFile] = []
        for file in _walk(folder, ""):
            if len(found) == MOST_FILES:
                return PoolFiles(_sorted(found), truncated=True, scanned=now)
            found.append(file)
    return PoolFiles(_sorted(found), truncated=False, scanned=now)


def let_go(path: Path, uid: PoolUid, *, node_uid: str, wipe: bool) -> None:
    """Remove what this host keeps in the pool, and with `wipe` disks, images and the marker.

    Files that were never ours stay. A folder that is not the pool's is left alone.
    """
    try:
        with verified(path, uid) as folder:
            with suppress(FileNotFoundError):
                os.unlink(f"{HOSTS}/{node_uid}", dir_fd=folder)
            if wipe:
                for part in (MACHINES, IMAGES, HOSTS):
                    _remove(folder, part)
                with suppress(FileNotFoundError):
                    os.unlink(MARKER, dir_fd=folder)
                _remove(folder, OWN)
                os.fsync(folder)
    except StepRefused:
        return


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield folder
    finally:
        os.close(folder)


def _read_marker(folder: int) -> Marker | None:
    """The marker, or None where there is none or one that makes no sense."""
    try:
        found = json.loads(_read(folder, MARKER, MOST_MARKER_BYTES))
        return Marker(PoolUid(str(found["pool_uid"])), str(found.get("pool", "")))
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _write_nonce(folder: int, node_uid: str, nonce: str) -> float:
    """Write this host's nonce and read it; return how long that took, in seconds."""
    _make_folder(folder, HOSTS)
    began = time.monotonic()
    making = f"{HOSTS}/.{node_uid}.making"
    _write(folder, making, nonce.encode())
    os.rename(making, f"{HOSTS}/{node_uid}", src_dir_fd=folder, dst_dir_fd=folder)
    if _read(folder, f"{HOSTS}/{node_uid}", NONCE_BYTES) != nonce.encode():
        raise OSError("what was written to it does not come back")
    return time.monotonic() - began


def _read_nonces(folder: int, *, but: str) -> tuple[SeenNonce, ...]:
    hosts = os.open(HOSTS, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        names = sorted(name for name in os.listdir(hosts) if _UUID.match(name))
        seen = []
        for name in names[:MOST_HOSTS]:
            with suppress(OSError, UnicodeDecodeError):
                if name != but:
                    seen.append(SeenNonce(name, _read(hosts, name, NONCE_BYTES).decode()))
        return tuple(seen)
    finally:
        os.close(hosts)


def _walk(folder: int, below: str) -> Iterator[PoolFile]:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        path = f"{below}{entry.name}"
        if path == OWN:
            continue
        with suppress(FileNotFoundError):
            told = os.stat(entry.name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISDIR(told.st_mode):
                inner = os.open(entry.name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=folder)
                try:
                    yield from _walk(inner, f"{path}/")
                finally:
                    os.close(inner)
            else:
                yield _file(path, told)


def _file(path: str, told: os.stat_result) -> PoolFile:
    kind, owner, disk = FileKind.OTHER, "", ""
    match path.split("/"):
        case ["machines", uid, name] if name.endswith(DISK_SUFFIX):
            kind = FileKind.DISK
            if _UUID.match(uid):
                owner, disk = uid, name.removesuffix(DISK_SUFFIX)
        case ["images", _]:
            kind = FileKind.IMAGE
        case _:
            pass
    return PoolFile(
        path=path,
        kind=kind,
        size_bytes=told.st_size,
        allocated_bytes=told.st_blocks * 512,
        modified=datetime.fromtimestamp(told.st_mtime, UTC),
        owner_uid=owner,
        disk_id=disk,
    )


def _sorted(files: Sequence[PoolFile]) -> tuple[PoolFile, ...]:
    return tuple(sorted(files, key=lambda file: file.path))


def _make_folder(folder: int, name: str) -> None:
    with suppress(FileExistsError):
        os.mkdir(name, 0o711, dir_fd=folder)


def _remove(folder: int, name: str) -> None:
    with suppress(FileNotFoundError):
        shutil.rmtree(name, dir_fd=folder)


def _read(folder: int, name: str, most: int) -> bytes:
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(most)


def _write(folder: int, name: str, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(name, flags, 0o644, dir_fd=folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: int, name: str) -> None:
    descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
