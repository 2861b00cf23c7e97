"""What bytes are, told by the bytes alone; names and media types are never asked."""

from collections.abc import Callable
from enum import Enum
from typing import Protocol

from qvdc_image.domain.refusals import ImageUnsafe

SECTOR_BYTES = 512
HEAD_BYTES = 40 * 1024
"""How much of the beginning the signatures need: ISO 9660's is at 32 KiB."""


class Format(Enum):
    """What an image's bytes are."""

    QCOW2 = "qcow2"
    RAW = "raw"
    ISO = "iso"


class Kind(Enum):
    """What an image is for."""

    CLOUD_IMAGE = "CLOUD_IMAGE"
    ISO = "ISO"
    OVA = "OVA"
    DISK = "DISK"


class ByteSource(Protocol):
    """Bytes that can be read anywhere."""

    @property
    def size_bytes(self) -> int:
        """How many there are."""
        ...

    def read_at(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`; fewer only at the end."""
        ...


_FOREIGN: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x1f\x8b", "a gzip file, unpack it first"),
    (0, b"\xfd7zXZ\x00", "an xz file, unpack it first"),
    (0, b"BZh", "a bzip2 file, unpack it first"),
    (0, b"\x28\xb5\x2f\xfd", "a zstd file, unpack it first"),
    (0, b"\x04\x22\x4d\x18", "an lz4 file, unpack it first"),
    (0, b"LZIP", "an lzip file, unpack it first"),
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"PK\x05\x06", "a zip archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"Rar!\x1a\x07", "a rar archive"),
    (257, b"ustar", "a tar archive (an OVA is one)"),
    (0, b"KDMV", "a VMDK disk"),
    (0, b"COWD", "a VMDK disk"),
    (0, b"# Disk DescriptorFile", "a VMDK descriptor"),
    (0, b"vhdxfile", "a VHDX disk"),
    (0, b"conectix", "a VHD disk"),
    (64, b"\x7f\x10\xda\xbe", "a VDI disk"),
    (0, b"QED\x00", "a QED disk"),
    (0, b"WithoutFreeSpace", "a Parallels disk"),
    (0, b"WithouFreSpacExt", "a Parallels disk"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program or a boot loader's file"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x89PNG", "a picture"),
    (0, b"\xff\xd8\xff", "a picture"),
)
_MARKUP = (b"<!doctype", b"<html", b"<head", b"<body", b"<?xml", b"<error", b"<script")
_BOM = b"\xef\xbb\xbf"


def recognise(source: ByteSource) -> Format:
    """What `source` is.

    qcow2 by its magic, ISO 9660 by its volume descriptor, raw for a boot sector, a partition
    table, a known file system or any other bytes in whole sectors that are nothing else.

    Raises:
        ImageUnsafe: it is empty, text, markup, an archive, a program or a disk format that is
            not taken.
    """
    if source.size_bytes == 0:
        raise ImageUnsafe("it is empty")
    head = source.read_at(0, HEAD_BYTES)
    if head[:4] == b"QFI\xfb":
        return Format.QCOW2
    if head[32769:32774] == b"CD001":
        return Format.ISO
    _refuse_foreign(head)
    if _is_partitioned(head) or _has_file_system(head):
        return _whole_sectors(source)
    _refuse_text(head)
    if source.size_bytes >= SECTOR_BYTES:
        footer = source.read_at(source.size_bytes - SECTOR_BYTES, SECTOR_BYTES)
        if footer[:8] == b"conectix":
            raise ImageUnsafe("it is a VHD disk")
    return _whole_sectors(source)


def kind_of(format_: Format, asked: Kind | None) -> Kind:
    """The kind of an image whose bytes are `format_`; `asked` when it fits.

    Raises:
        ImageUnsafe: the bytes are not of the kind that was asked for.
    """
    if asked is None:
        return Kind.ISO if format_ is Format.ISO else Kind.CLOUD_IMAGE
    if (asked is Kind.ISO) != (format_ is Format.ISO):
        raise ImageUnsafe(f"it was announced as {asked.value} but its bytes are {format_.value}")
    return asked


def _refuse_foreign(head: bytes) -> None:
    for offset, magic, name in _FOREIGN:
        if magic == b"MZ" and _is_partitioned(head):
            continue  # some boot loaders begin their boot sector so
        if head[offset : offset + len(magic)] == magic:
            raise ImageUnsafe(f"it is {name}")
    start = head[:1024].removeprefix(_BOM).lstrip().lower()
    if start.startswith(_MARKUP):
        raise ImageUnsafe("it is a web page or markup", fact="markup")


def _refuse_text(head: bytes) -> None:
    sample = head[:4096]
    if not sample or b"\x00" in sample:
        return
    try:
        sample[:-4].decode("utf-8") if len(sample) == 4096 else sample.decode("utf-8")
    except UnicodeDecodeError:
        return
    raise ImageUnsafe("it is text", fact="text")


def _is_partitioned(head: bytes) -> bool:
    gpt = head[512:520] == b"EFI PART" or head[4096:4104] == b"EFI PART"
    return gpt or head[510:512] == b"\x55\xaa"


_FILE_SYSTEMS: tuple[Callable[[bytes], bool], ...] = (
    lambda head: head[1080:1082] == b"\x53\xef",  # ext2, ext3, ext4
    lambda head: head[:4] == b"XFSB",
    lambda head: head[:4] == b"hsqs",  # squashfs
    lambda head: head[:6] == b"LUKS\xba\xbe",
    lambda head: head[536:544] == b"LVM2 001",
    lambda head: head[4086:4096] == b"SWAPSPACE2",
)


def _has_file_system(head: bytes) -> bool:
    return any(matches(head) for matches in _FILE_SYSTEMS)


def _whole_sectors(source: ByteSource) -> Format:
    if source.size_bytes % SECTOR_BYTES:
        raise ImageUnsafe(
            "it is no disk: its size is not a multiple of 512 bytes", fact=str(source.size_bytes)
        )
    return Format.RAW
