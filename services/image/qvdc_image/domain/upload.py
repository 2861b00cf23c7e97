"""Uploads: bytes on their way in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from qvdc_core.errors import InvalidField
from qvdc_image.domain.limits import MAX_VIRTUAL_SIZE_BYTES
from qvdc_image.domain.refusals import PoolFull, UploadEnded, UploadOffset, UploadTooLong

LIFETIME = timedelta(hours=24)
"""How long an upload is kept after its last byte."""
FORM_LIFETIME = timedelta(minutes=10)
"""The same of a form's, which nobody can go on with once its connection is cut."""


class UploadState(Enum):
    """How far an upload is."""

    ACTIVE = "ACTIVE"
    RECEIVED = "RECEIVED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"


class DigestAlgorithm(Enum):
    """Digests that a sender may announce for the whole; the value is hashlib's name."""

    SHA256 = "sha256"
    SHA1 = "sha1"
    SHA512 = "sha512"


_HEX_LENGTH = {DigestAlgorithm.SHA256: 64, DigestAlgorithm.SHA1: 40, DigestAlgorithm.SHA512: 128}


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest as lower-case hex."""

    algorithm: DigestAlgorithm
    value: str

    @classmethod
    def parse(cls, text: str, *, field: str) -> "Digest":
        """Read `sha256:<hex>` or bare hex of SHA-256, SHA-1 or SHA-512.

        Raises:
            InvalidField: it is none of them.
        """
        name, colon, value = text.strip().lower().rpartition(":")
        for algorithm, length in _HEX_LENGTH.items():
            named = not colon or name.replace("-", "") == algorithm.value
            if named and len(value) == length and not set(value) - set("0123456789abcdef"):
                return cls(algorithm, value)
        raise InvalidField(field, "must be a SHA-256, SHA-1 or SHA-512 digest in hex")

    def __str__(self) -> str:
        return f"{self.algorithm.value}:{self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One upload.

    Args:
        offset_bytes: what is on disk and synced: the next byte to send.
        attempt: raised by whoever begins to write or to process it; the writes of an older
            attempt are refused.
        sized: False while `size_bytes` is only a bound: a form tells the size by its end.
        streamed_digest: SHA-256 of the first `offset_bytes`, when whoever wrote the last of them
            had hashed all before; "" otherwise.
        expected: digest that the whole must have; None: only computed.
    """

    uid: str
    image_uid: str
    image_id: str
    state: UploadState
    size_bytes: int
    sized: bool = True
    offset_bytes: int = 0
    attempt: int = 0
    streamed_digest: str = ""
    expected: Digest | None = None
    file_name: str = ""
    head_digest: str = ""
    metadata: str = ""
    create_time: datetime
    expire_time: datetime
    operation_id: str
    owner: str

    @property
    def name(self) -> str:
        """`image-uploads/<uid>`."""
        return f"image-uploads/{self.uid}"

    @property
    def location(self) -> str:
        """Path of the tus upload at the door."""
        return f"/api/v1/images/uploads/{self.uid}"

    @property
    def lifetime(self) -> timedelta:
        """How long it is kept after its last byte."""
        return LIFETIME if self.sized else FORM_LIFETIME

    def require_active(self) -> None:
        """Check that it takes bytes.

        Raises:
            UploadEnded: it is complete, was ended or ran out.
        """
        if self.state is not UploadState.ACTIVE:
            raise UploadEnded(self.name, self.state.value)

    def require_append(self, offset_bytes: int, length_bytes: int | None) -> None:
        """Check that `length_bytes` from `offset_bytes` may be appended; None is not known yet.

        Raises:
            UploadEnded: it takes no more bytes.
            UploadOffset: they do not begin where the upload stands.
            UploadTooLong: they go beyond its size.
        """
        self.require_active()
        if offset_bytes != self.offset_bytes:
            raise UploadOffset(offset_bytes, self.offset_bytes)
        if length_bytes is not None and offset_bytes + length_bytes > self.size_bytes:
            raise UploadTooLong(self.size_bytes)


def check_size(size_bytes: int, *, limit_bytes: int, field: str = "upload.size_bytes") -> int:
    """Return `size_bytes` when an upload may be that large.

    Raises:
        InvalidField: it is not positive or above the limit.
    """
    limit = min(limit_bytes, MAX_VIRTUAL_SIZE_BYTES)
    if not 1 <= size_bytes <= limit:
        raise InvalidField(field, f"must be from 1 to {limit} bytes", limit_bytes=limit)
    return size_bytes


def check_room(size_bytes: int, *, free_bytes: int, reserved_bytes: int, keep_bytes: int) -> None:
    """Check that the library can take `size_bytes` more.

    Args:
        free_bytes: what the file system has.
        reserved_bytes: what uploads under way were promised and have not written yet.
        keep_bytes: what is never given away.

    Raises:
        PoolFull: it cannot.
    """
    free = free_bytes - reserved_bytes - keep_bytes
    if size_bytes > free:
        raise PoolFull(size_bytes, free)
