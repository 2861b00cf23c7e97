"""What image tests share: files built byte by byte, honest and hostile ones."""

import struct
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

CLUSTER_BITS = 16
CLUSTER = 1 << CLUSTER_BITS


@dataclass(frozen=True)
class Bytes:
    """A ByteSource over bytes in memory."""

    data: bytes

    @property
    def size_bytes(self) -> int:
        return len(self.data)

    def read_at(self, offset: int, size: int) -> bytes:
        return self.data[offset : offset + size]


@dataclass
class Qcow2:
    """A qcow2 file with one L2 table; every field may be made wrong."""

    version: int = 3
    backing_offset: int = 0
    cluster_bits: int = CLUSTER_BITS
    virtual_size: int = 1 << 30
    crypt: int = 0
    l1_entries: int | None = None
    l1_offset: int = 2 * CLUSTER
    refcount_offset: int = CLUSTER
    features: int = 0
    header_length: int = 104
    extensions: list[tuple[int, bytes]] = field(default_factory=list)
    l1: list[int] = field(default_factory=list)
    l2: list[int] = field(default_factory=list)
    data_clusters: int = 1

    def build(self) -> bytes:
        l2_covers = CLUSTER // 8 * CLUSTER
        entries = self.l1_entries
        if entries is None:
            entries = max(-(-self.virtual_size // l2_covers), 1)
        head = struct.pack(
            ">4sIQIIQIIQQIIQ", b"QFI\xfb", self.version, self.backing_offset, 0,
            self.cluster_bits, self.virtual_size, self.crypt, entries, self.l1_offset,
            self.refcount_offset, 1, 0, 0,
        )  # fmt: skip
        if self.version == 3:
            head += struct.pack(">QQQII", self.features, 0, 0, 4, self.header_length)
        for kind, body in self.extensions:
            head += struct.pack(">II", kind, len(body)) + body + b"\0" * (-len(body) % 8)
        l1 = b"".join(struct.pack(">Q", entry) for entry in self.l1)
        l2 = b"".join(struct.pack(">Q", entry) for entry in self.l2)
        parts = [head, b"", l1, l2, *([b"d"] * self.data_clusters)]
        return b"".join(part.ljust(CLUSTER, b"\0") for part in parts)


L2_AT = 3 * CLUSTER
DATA_AT = 4 * CLUSTER
COPIED = 1 << 63


def a_raw_disk(size_bytes: int = 1 << 20) -> bytes:
    """A disk with a boot sector."""
    head = b"\xeb\x63" + b"\0" * 508 + b"\x55\xaa"
    return head + bytes(size_bytes - len(head))


def an_iso(size_bytes: int = 1 << 20) -> bytes:
    """An ISO 9660 volume descriptor in its place."""
    return (bytes(32768) + b"\x01CD001\x01").ljust(size_bytes, b"\0")


@pytest.fixture
def files() -> SimpleNamespace:
    """The builders: Bytes, Qcow2, a_raw_disk, an_iso."""
    return SimpleNamespace(
        Bytes=Bytes,
        Qcow2=Qcow2,
        a_raw_disk=a_raw_disk,
        an_iso=an_iso,
        CLUSTER=CLUSTER,
        L2_AT=L2_AT,
        DATA_AT=DATA_AT,
        COPIED=COPIED,
    )
