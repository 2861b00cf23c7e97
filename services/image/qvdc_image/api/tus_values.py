"""Values of the tus 1.0 protocol, read from and written to headers; pure."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from qvdc_core.errors import InvalidField

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,termination,expiration"
CHUNK_TYPE = "application/offset+octet-stream"
CHECKSUM_ALGORITHMS = ("sha256", "sha1")
MAX_METADATA_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Checksum:
    """Digest of the bytes of one request."""

    algorithm: str
    digest: bytes


def parse_length(value: str | None, field: str) -> int:
    """Read a header that holds a number of bytes.

    Raises:
        InvalidField: it is missing or no number.
    """
    if value is None:
        raise InvalidField(field, "is missing")
    if not value.isascii() or not value.isdecimal() or len(value) > 19:
        raise InvalidField(field, "must be a number of bytes")
    return int(value)


def parse_metadata(header: str) -> Mapping[str, str]:
    """Read Upload-Metadata: pairs of a key and base64 text, separated by commas.

    Raises:
        InvalidField: a pair is malformed, doubled, or the whole too long.
    """
    if len(header) > MAX_METADATA_BYTES:
        raise InvalidField("Upload-Metadata", f"must not exceed {MAX_METADATA_BYTES} bytes")
    pairs: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in header.split(","))):
        key, _, encoded = part.partition(" ")
        if key in pairs:
            raise InvalidField("Upload-Metadata", f"names {key} twice")
        try:
            pairs[key] = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            raise InvalidField("Upload-Metadata", f"{key} is not base64 of UTF-8 text") from None
    return pairs


def parse_checksum(header: str | None) -> Checksum | None:
    """Read Upload-Checksum: an algorithm and the base64 of a digest.

    Raises:
        InvalidField: the algorithm is not supported or the digest malformed.
    """
    if header is None:
        return None
    algorithm, _, encoded = header.strip().partition(" ")
    if algorithm not in CHECKSUM_ALGORITHMS:
        raise InvalidField("Upload-Checksum", f"must use one of {', '.join(CHECKSUM_ALGORITHMS)}")
    try:
        digest = base64.b64decode(encoded.strip(), validate=True)
    except binascii.Error:
        raise InvalidField("Upload-Checksum", "is not base64") from None
    if len(digest) != {"sha256": 32, "sha1": 20}[algorithm]:
        raise InvalidField("Upload-Checksum", f"is not as long as a {algorithm} digest")
    return Checksum(algorithm, digest)


def http_date(moment: datetime) -> str:
    """A time as HTTP writes it."""
    return format_datetime(moment, usegmt=True)
