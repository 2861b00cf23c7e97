"""What the image service refuses, and why."""

from qvdc_core.errors import FieldViolation, Kind, Refusal
from qvdc_core.units import format_bytes


class ImageUnsafe(Refusal):
    """The bytes are not what an image may be."""

    kind = Kind.INVALID
    reason = "IMAGE_UNSAFE"

    def __init__(self, finding: str, *, fact: str = "") -> None:
        super().__init__(f"The image is refused: {finding}.", finding=finding, found=fact or None)
        self.finding = finding


class PoolFull(Refusal):
    """The library has no room for the bytes."""

    kind = Kind.EXHAUSTED
    reason = "POOL_FULL"

    def __init__(self, needed_bytes: int, free_bytes: int) -> None:
        super().__init__(
            f"The image library has {format_bytes(max(free_bytes, 0))} free;"
            f" {format_bytes(needed_bytes)} are needed.",
            needed_bytes=needed_bytes,
            free_bytes=max(free_bytes, 0),
        )


class ChecksumMismatch(Refusal):
    """The bytes have another digest than the sender announced."""

    kind = Kind.INVALID
    reason = "CHECKSUM_MISMATCH"

    def __init__(self, expected: str, actual: str) -> None:
        super().__init__(
            f"The bytes have the digest {actual}, announced was {expected}.",
            expected=expected,
            actual=actual,
        )


class ImageNotReady(Refusal):
    """The image cannot be used yet, or no more."""

    kind = Kind.PRECONDITION
    reason = "IMAGE_NOT_READY"

    def __init__(self, image: str, state: str) -> None:
        super().__init__(f"{image} is {state}, not READY.", image=image, state=state)


class UploadOffset(Refusal):
    """The bytes do not begin where the upload stands."""

    kind = Kind.ABORTED
    reason = "UPLOAD_OFFSET"

    def __init__(self, offset_bytes: int, expected_offset_bytes: int) -> None:
        super().__init__(
            f"The upload stands at byte {expected_offset_bytes}; the bytes begin at"
            f" {offset_bytes}.",
            offset_bytes=offset_bytes,
            expected_offset_bytes=expected_offset_bytes,
        )


class UploadEnded(Refusal):
    """The upload takes no more bytes."""

    kind = Kind.PRECONDITION
    reason = "UPLOAD_ENDED"

    def __init__(self, upload: str, state: str) -> None:
        super().__init__(f"{upload} has ended: {state}.", upload=upload, state=state)


class UploadBusy(Refusal):
    """Another connection fills this upload right now."""

    kind = Kind.ABORTED
    reason = "BUSY"

    def __init__(self, upload: str) -> None:
        super().__init__(
            f"{upload} is being filled by another connection; ask again soon.", upload=upload
        )


class UploadTooLong(Refusal):
    """More bytes came than the upload was made for."""

    kind = Kind.INVALID
    reason = "UPLOAD_TOO_LONG"

    def __init__(self, size_bytes: int) -> None:
        super().__init__(
            f"The upload was made for {size_bytes} bytes; more came.", size_bytes=size_bytes
        )


class ImageExists(Refusal):
    """Another image has the id."""

    kind = Kind.EXISTS
    reason = "ALREADY_EXISTS"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} exists already.", name=name)


class AttemptLost(Refusal):
    """Somebody else took the work over; what this attempt was about to write is not written."""

    kind = Kind.ABORTED
    reason = "ATTEMPT_LOST"

    def __init__(self, subject: str, attempt: int) -> None:
        super().__init__(
            f"Attempt {attempt} at {subject} was taken over.", subject=subject, attempt=attempt
        )


class TicketRefused(Refusal):
    """The ticket does not open these bytes."""

    kind = Kind.DENIED
    reason = "TICKET_REFUSED"

    def __init__(self, why: str) -> None:
        super().__init__(f"The ticket is refused: {why}.", why=why)


class BytesMissing(Refusal):
    """Bytes that the rows promise are not on disk."""

    kind = Kind.INTERNAL
    reason = "BYTES_MISSING"

    def __init__(self, what: str) -> None:
        super().__init__(f"The bytes of {what} are not in the library.", what=what)


class ToolUnavailable(Refusal):
    """A tool that images are checked with cannot be started."""

    kind = Kind.UNAVAILABLE
    reason = "TOOL_UNAVAILABLE"

    def __init__(self, tool: str, why: str) -> None:
        super().__init__(f"{tool} cannot be started: {why}.", tool=tool)


class UploadInterrupted(Refusal):
    """The connection ended before its bytes did; what reached the disk is kept."""

    kind = Kind.CANCELLED
    reason = "UPLOAD_INTERRUPTED"

    def __init__(self, offset_bytes: int) -> None:
        super().__init__(
            f"The connection ended; the upload stands at byte {offset_bytes}.",
            offset_bytes=offset_bytes,
        )


class ChunkMismatch(Refusal):
    """The bytes of one request have another checksum than it said; they were thrown away."""

    kind = Kind.INVALID
    reason = "CHECKSUM_MISMATCH"

    def __init__(self, expected: str, actual: str) -> None:
        super().__init__(
            f"The request's bytes have the checksum {actual}, announced was {expected}.",
            expected=expected,
            actual=actual,
        )


class FolderCycle(Refusal):
    """The folder would be below itself."""

    kind = Kind.PRECONDITION
    reason = "FOLDER_CYCLE"

    def __init__(self, folder: str, parent: str, *, field: str) -> None:
        super().__init__(
            f"image-folders/{parent} is image-folders/{folder} or below it.",
            fields=(FieldViolation(field, "is the folder itself or below it", self.reason),),
            folder=f"image-folders/{folder}",
            parent=f"image-folders/{parent}",
        )


class FolderTooDeep(Refusal):
    """Folders would be nested too deep."""

    kind = Kind.PRECONDITION
    reason = "FOLDER_TOO_DEEP"

    def __init__(self, deepest_level: int) -> None:
        super().__init__(
            f"Folders are nested at most {deepest_level} deep.", deepest_level=deepest_level
        )


class FolderNameTaken(Refusal):
    """A folder in the same place has the display name."""

    kind = Kind.EXISTS
    reason = "FOLDER_NAME_TAKEN"

    def __init__(self, display_name: str, folder: str) -> None:
        super().__init__(
            f"Another folder there is called {display_name}.",
            display_name=display_name,
            folder=folder,
        )


class FolderExists(Refusal):
    """Another folder has the id."""

    kind = Kind.EXISTS
    reason = "ALREADY_EXISTS"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} exists already.", name=name)


class LengthRequired(Refusal):
    """A form must say how long it is, so that room can be counted before its first byte."""

    kind = Kind.INVALID
    reason = "LENGTH_REQUIRED"

    def __init__(self) -> None:
        super().__init__("Say Content-Length, so that room can be counted before the first byte.")


class MalformedForm(Refusal):
    """The body is not the multipart form that its header announces."""

    kind = Kind.INVALID
    reason = "FORM_MALFORMED"

    def __init__(self, why: str) -> None:
        super().__init__(f"The form is refused: {why}.", why=why)
