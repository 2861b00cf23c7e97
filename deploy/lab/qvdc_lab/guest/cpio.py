"""A cpio archive in the form the kernel takes as an initramfs ("newc"), made without root."""

from __future__ import annotations

import gzip
import stat
from dataclasses import dataclass, field

CONSOLE_MAJOR, CONSOLE_MINOR = 5, 1


@dataclass(slots=True)
class Archive:
    """Files, folders, links and the console node, in the order they were added."""

    _records: list[bytes] = field(default_factory=list)

    def add_folder(self, path: str) -> None:
        """Add the folder `path`; its parents must have been added before."""
        self._add(path, stat.S_IFDIR | 0o755)

    def add_file(self, path: str, content: bytes, *, executable: bool = False) -> None:
        """Add a file holding `content`."""
        self._add(path, stat.S_IFREG | (0o755 if executable else 0o644), content)

    def add_link(self, path: str, target: str) -> None:
        """Add a symbolic link `path` to `target`."""
        self._add(path, stat.S_IFLNK | 0o777, target.encode())

    def add_console(self) -> None:
        """Add /dev/console: without it the first process has no output."""
        self._add("dev/console", stat.S_IFCHR | 0o600, device=(CONSOLE_MAJOR, CONSOLE_MINOR))

    def compressed(self) -> bytes:
        """Return the whole archive, compressed with gzip; equal inputs give equal bytes."""
        trailer = _record(0, "TRAILER!!!", 0, b"", (0, 0))
        return gzip.compress(b"".join([*self._records, trailer]), mtime=0)

    def _add(
        self, path: str, mode: int, content: bytes = b"", device: tuple[int, int] = (0, 0)
    ) -> None:
        self._records.append(_record(len(self._records) + 1, path, mode, content, device))


def _record(inode: int, path: str, mode: int, content: bytes, device: tuple[int, int]) -> bytes:
    name = path.encode() + b"\0"
    links = 2 if stat.S_ISDIR(mode) else 1
    numbers = [inode, mode, 0, 0, links, 0, len(content), 0, 0, *device, len(name), 0]
    header = b"070701" + b"".join(b"%08X" % number for number in numbers)
    return _padded(header + name) + _padded(content)


def _padded(chunk: bytes) -> bytes:
    return chunk + b"\0" * (-len(chunk) % 4)
