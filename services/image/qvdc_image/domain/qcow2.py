"""The qcow2 header, read from its bytes before any tool opens the file."""

import struct
from dataclasses import dataclass

from qvdc_core.units import GIB, MIB, format_bytes
from qvdc_image.domain.content import ByteSource
from qvdc_image.domain.limits import MAX_VIRTUAL_SIZE_BYTES
from qvdc_image.domain.refusals import ImageUnsafe

MAGIC = b"QFI\xfb"
V2_HEADER_BYTES = 72
V3_HEADER_BYTES = 104
MAX_L1_BYTES = 32 * MIB
MAX_EXTENSIONS_BYTES = 2 * MIB
BOMB_RATIO = 200
"""How many bytes the mapped clusters may unfold to for each byte of the file."""
BOMB_FLOOR_BYTES = GIB
"""Less than this is never called a bomb."""

_FIXED = struct.Struct(">4sIQIIQIIQQIIQ")
_V3 = struct.Struct(">QQQII")
_CORRUPT, _EXTERNAL_DATA = 1 << 1, 1 << 2
_DIRTY, _COMPRESSION, _EXTENDED_L2 = 1 << 0, 1 << 3, 1 << 4
_KNOWN_FEATURES = _DIRTY | _CORRUPT | _EXTERNAL_DATA | _COMPRESSION | _EXTENDED_L2
_EXT_END, _EXT_DATA_FILE, _EXT_CRYPTO = 0, 0x44415441, 0x0537BE77
_OFFSET_MASK = 0x00FFFFFFFFFFFE00
_COMPRESSED = 1 << 62
_ZERO = 1


@dataclass(frozen=True, slots=True)
class Qcow2Header:
    """What a qcow2 header says; offsets and sizes in bytes."""

    version: int
    backing_offset: int
    cluster_bits: int
    virtual_size_bytes: int
    crypt_method: int
    l1_entries: int
    l1_offset: int
    refcount_table_offset: int
    refcount_table_clusters: int
    incompatible_features: int
    header_length: int

    @property
    def cluster_bytes(self) -> int:
        """Size of a cluster."""
        return 1 << self.cluster_bits

    @property
    def l2_entry_bytes(self) -> int:
        """Size of an entry of an L2 table."""
        return 16 if self.incompatible_features & _EXTENDED_L2 else 8


def parse_header(head: bytes) -> Qcow2Header:
    """Read the header at the beginning of `head`.

    Raises:
        ImageUnsafe: it is cut short or of a version that is not known.
    """
    if len(head) < V2_HEADER_BYTES:
        raise ImageUnsafe("its qcow2 header is cut short")
    (
        magic, version, backing_offset, _backing_size, cluster_bits, size, crypt, l1_entries,
        l1_offset, refcount_offset, refcount_clusters, _snapshots, _snapshots_offset,
    ) = _FIXED.unpack_from(head)  # fmt: skip
    if magic != MAGIC or version not in (2, 3):
        raise ImageUnsafe("its qcow2 header is of an unknown version", fact=str(version))
    features, header_length = 0, V2_HEADER_BYTES
    if version == 3:
        if len(head) < V3_HEADER_BYTES:
            raise ImageUnsafe("its qcow2 header is cut short")
        features, _, _, _refcount_order, header_length = _V3.unpack_from(head, V2_HEADER_BYTES)
    return Qcow2Header(
        version=version,
        backing_offset=backing_offset,
        cluster_bits=cluster_bits,
        virtual_size_bytes=size,
        crypt_method=crypt,
        l1_entries=l1_entries,
        l1_offset=l1_offset,
        refcount_table_offset=refcount_offset,
        refcount_table_clusters=refcount_clusters,
        incompatible_features=features,
        header_length=header_length,
    )


def check_qcow2(source: ByteSource) -> Qcow2Header:
    """Return the header of `source` when a tool may open it.

    Raises:
        ImageUnsafe: it names a backing file or an external data file, is encrypted or marked
            corrupt, uses features that are not known, is larger than 16 TiB for the machine, has
            tables outside the file, or unfolds to far more than its size.
    """
    header = parse_header(source.read_at(0, 4096))
    _refuse_references(header)
    _refuse_insane(header, source.size_bytes)
    _refuse_extensions(header, source)
    _refuse_bomb(header, source)
    return header


def _refuse_references(header: Qcow2Header) -> None:
    if header.backing_offset:
        raise ImageUnsafe("it names a backing file", fact="backing_file")
    features = header.incompatible_features
    if features & _EXTERNAL_DATA:
        raise ImageUnsafe("it keeps its data in an external file", fact="data_file")
    if header.crypt_method:
        raise ImageUnsafe("it is encrypted", fact=f"crypt_method={header.crypt_method}")
    if features & _CORRUPT:
        raise ImageUnsafe("it is marked corrupt")
    if unknown := features & ~_KNOWN_FEATURES:
        raise ImageUnsafe("it uses unknown qcow2 features", fact=hex(unknown))


def _refuse_insane(header: Qcow2Header, file_bytes: int) -> None:
    if not 9 <= header.cluster_bits <= 21:
        raise ImageUnsafe("its cluster size is out of range", fact=str(header.cluster_bits))
    if header.virtual_size_bytes > MAX_VIRTUAL_SIZE_BYTES:
        raise ImageUnsafe(
            f"its virtual size of {format_bytes(header.virtual_size_bytes)} is above the limit"
            f" of {format_bytes(MAX_VIRTUAL_SIZE_BYTES)}",
            fact=str(header.virtual_size_bytes),
        )
    if header.virtual_size_bytes == 0:
        raise ImageUnsafe("its virtual size is zero")
    if header.version == 3 and (
        header.header_length < V3_HEADER_BYTES
        or header.header_length % 8
        or header.header_length > header.cluster_bytes
    ):
        raise ImageUnsafe("its qcow2 header length is wrong", fact=str(header.header_length))
    _refuse_tables_outside(header, file_bytes)


def _refuse_tables_outside(header: Qcow2Header, file_bytes: int) -> None:
    l2_entries = header.cluster_bytes // header.l2_entry_bytes
    needed = -(-header.virtual_size_bytes // (l2_entries * header.cluster_bytes))
    l1_bytes = header.l1_entries * 8
    if l1_bytes > MAX_L1_BYTES or header.l1_entries < needed:
        raise ImageUnsafe("its L1 table has a wrong size", fact=str(header.l1_entries))
    refcount_bytes = header.refcount_table_clusters << header.cluster_bits
    for name, offset, size in (
        ("L1", header.l1_offset, l1_bytes),
        ("refcount", header.refcount_table_offset, refcount_bytes),
    ):
        if not offset or offset % header.cluster_bytes or offset + size > file_bytes:
            raise ImageUnsafe(f"its {name} table lies outside the file", fact=str(offset))


def _refuse_extensions(header: Qcow2Header, source: ByteSource) -> None:
    area = source.read_at(0, min(header.cluster_bytes, MAX_EXTENSIONS_BYTES))
    position = header.header_length
    while position + 8 <= len(area):
        kind, length = struct.unpack_from(">II", area, position)
        if kind == _EXT_END:
            return
        if kind == _EXT_DATA_FILE:
            raise ImageUnsafe("it names an external data file", fact="data_file")
        if kind == _EXT_CRYPTO:
            raise ImageUnsafe("it is encrypted", fact="full disk encryption")
        position += 8 + (length + 7) // 8 * 8
    if position > len(area):
        raise ImageUnsafe("its qcow2 header extensions leave the header")


def _refuse_bomb(header: Qcow2Header, source: ByteSource) -> None:
    mapped = mapped_bytes(header, source)
    if mapped > max(BOMB_FLOOR_BYTES, BOMB_RATIO * source.size_bytes):
        raise ImageUnsafe(
            f"its {format_bytes(source.size_bytes)} unfold to {format_bytes(mapped)}",
            fact=f"{mapped // max(source.size_bytes, 1)}:1",
        )


def mapped_bytes(header: Qcow2Header, source: ByteSource) -> int:
    """How many bytes of the machine's disk the file holds data for, from its own tables.

    An L2 table is read once however often it is named, so the work is bounded by the file.

    Raises:
        ImageUnsafe: a table lies outside the file.
    """
    l1 = source.read_at(header.l1_offset, header.l1_entries * 8)
    counted: dict[int, int] = {}
    clusters = 0
    for (entry,) in struct.iter_unpack(">Q", l1):
        offset = entry & _OFFSET_MASK
        if not offset:
            continue
        if offset not in counted:
            counted[offset] = _count_mapped(header, source, offset)
        clusters += counted[offset]
    return clusters << header.cluster_bits


def _count_mapped(header: Qcow2Header, source: ByteSource, offset: int) -> int:
    table = source.read_at(offset, header.cluster_bytes)
    if offset % header.cluster_bytes or len(table) < header.cluster_bytes:
        raise ImageUnsafe("an L2 table lies outside the file", fact=str(offset))
    step = header.l2_entry_bytes // 8
    words = struct.unpack(f">{len(table) // 8}Q", table)[::step]
    mapped = 0
    for word in words:
        if word & _COMPRESSED:
            mapped += 1
        elif word & _OFFSET_MASK and not (step == 1 and word & _ZERO):
            if word & _OFFSET_MASK >= source.size_bytes:
                raise ImageUnsafe("a cluster lies outside the file", fact=hex(word))
            mapped += 1
    return mapped
