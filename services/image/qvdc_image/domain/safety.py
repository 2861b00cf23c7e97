"""The whole judgement over bytes: what they are, and whether a tool may open them."""

from dataclasses import dataclass

from qvdc_image.domain.content import ByteSource, Format, recognise
from qvdc_image.domain.limits import MAX_VIRTUAL_SIZE_BYTES
from qvdc_image.domain.qcow2 import check_qcow2
from qvdc_image.domain.refusals import ImageUnsafe


@dataclass(frozen=True, slots=True)
class Finding:
    """What bytes are and how large a machine sees them."""

    format: Format
    virtual_size_bytes: int


@dataclass(frozen=True, slots=True)
class ToolFinding:
    """What qemu-img says of a file."""

    format: str
    virtual_size_bytes: int
    backing_file: str = ""
    data_file: str = ""
    encrypted: bool = False


def judge(source: ByteSource) -> Finding:
    """Judge `source` by its bytes alone; reads little of raw and ISO, the tables of qcow2.

    Raises:
        ImageUnsafe: it is not what an image may be.
    """
    format_ = recognise(source)
    if format_ is Format.QCOW2:
        return Finding(format_, check_qcow2(source).virtual_size_bytes)
    if source.size_bytes > MAX_VIRTUAL_SIZE_BYTES:
        raise ImageUnsafe("it is larger than 16 TiB", fact=str(source.size_bytes))
    return Finding(format_, source.size_bytes)


def agree(finding: Finding, tool: ToolFinding) -> None:
    """Check that qemu-img saw the same in the file as we did.

    Raises:
        ImageUnsafe: it saw a reference to another file, encryption, or another disk.
    """
    if tool.backing_file or tool.data_file:
        raise ImageUnsafe("it names another file", fact=tool.backing_file or tool.data_file)
    if tool.encrypted:
        raise ImageUnsafe("it is encrypted")
    wanted = "qcow2" if finding.format is Format.QCOW2 else "raw"
    if tool.format != wanted:
        raise ImageUnsafe(f"qemu-img takes it for {tool.format}", fact=tool.format)
    if tool.virtual_size_bytes < finding.virtual_size_bytes:
        raise ImageUnsafe("qemu-img sees another virtual size", fact=str(tool.virtual_size_bytes))
