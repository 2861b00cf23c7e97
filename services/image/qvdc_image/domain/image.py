"""Images: the bytes machines begin from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum

from qvdc_core.errors import EtagMismatch, InvalidField
from qvdc_core.operation import OperationFailure
from qvdc_image.domain.content import Format, Kind
from qvdc_image.domain.progress import Progress, complete
from qvdc_image.domain.refusals import ImageNotReady


class ImageState(Enum):
    """How far an image is."""

    PENDING = "PENDING"
    UPLOADING = "UPLOADING"
    VERIFYING = "VERIFYING"
    STORING = "STORING"
    READY = "READY"
    ERROR = "ERROR"
    CANCELLED = "CANCELLED"
    DELETING = "DELETING"


WORKING = frozenset({ImageState.VERIFYING, ImageState.STORING})
"""States in which the pipeline owes the image a step."""


class LocationState(Enum):
    """What a host's copy of an image is worth."""

    PULLING = "PULLING"
    READY = "READY"
    STALE = "STALE"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Location:
    """A copy of an image's bytes; `node_uid` is "" for the library itself."""

    node_uid: str
    state: LocationState
    observe_time: datetime


@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """What an image runs, as its owner says; each "" when unsaid."""

    family: str = ""
    distribution: str = ""
    version: str = ""


UNSAID = OperatingSystem()
"""Nobody said what it runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One image.

    Args:
        revision: changes with every stored change, observed ones too; consumers of Watch drop
            older ones.
        generation: changes with what people asked for; the etag is made of it.
        size_bytes: of the stored bytes; None until they are all here.
        digest: SHA-256 of the stored bytes; "" until it is known.
        folder: id of the folder it is in; "" at the top.
        operation_id: of the operation that makes it; "" when there is none.
        changed_by: who changed what was asked for last.
    """

    uid: str
    id: str
    display_name: str
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    generation: int = 1
    revision: int = 1
    create_time: datetime
    update_time: datetime
    changed_by: str
    asked_kind: Kind | None = None
    kind: Kind | None = None
    format: Format | None = None
    state: ImageState = ImageState.UPLOADING
    failure: OperationFailure | None = None
    size_bytes: int | None = None
    virtual_size_bytes: int | None = None
    digest: str = ""
    min_disk_bytes: int | None = None
    min_memory_bytes: int | None = None
    architecture: str = ""
    folder: str = ""
    os: OperatingSystem = UNSAID
    source: str = "upload"
    progress: Progress
    operation_id: str = ""
    used_by_count: int = 0
    locations: tuple[Location, ...] = ()

    @property
    def name(self) -> str:
        """`images/<id>`."""
        return f"images/{self.id}"

    @property
    def etag(self) -> str:
        """Changes with every change of what was asked for."""
        return f"{self.uid[:8]}-{self.generation}"

    def require(self, etag: str) -> None:
        """Check that the caller saw the current image; "" checks nothing.

        Raises:
            EtagMismatch: somebody changed it since.
        """
        if etag and etag != self.etag:
            raise EtagMismatch(
                self.name, changed_by=self.changed_by, change_time=self.update_time.isoformat()
            )

    def require_ready(self) -> None:
        """Check that machines may begin from it.

        Raises:
            ImageNotReady: its bytes are not stored and verified, or are going away.
        """
        if self.state is not ImageState.READY:
            raise ImageNotReady(self.name, self.state.value)

    def ready(self, now: datetime) -> "Image":
        """The image once its bytes are in the library."""
        return replace(self, state=ImageState.READY, progress=complete(self.progress, now))

    def failed(self, failure: OperationFailure) -> "Image":
        """The image once its way to READY ended badly; its bytes are removed."""
        return replace(self, state=ImageState.ERROR, failure=failure, digest="", size_bytes=None)


@dataclass(frozen=True, slots=True)
class ImageFilter:
    """Which images to list; an empty field matches everything, and so does no folder (None)."""

    name_prefix: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    query: str = ""
    folder: str | None = None
    states: tuple[ImageState, ...] = ()
    kinds: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageChange:
    """What an update asks for; only fields in `paths` count."""

    paths: frozenset[str]
    kind: Kind | None = None
    display_name: str = ""
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    min_disk_bytes: int | None = None
    min_memory_bytes: int | None = None
    architecture: str = ""
    folder: str = ""
    os: OperatingSystem = UNSAID


_MUTABLE = (
    "display_name",
    "description",
    "labels",
    "min_disk_bytes",
    "min_memory_bytes",
    "architecture",
    "folder",
    "os",
)
_OS_FIELDS = ("family", "distribution", "version")


def changed(image: Image, change: ImageChange) -> Image:
    """The image with the masked fields of `change`; an empty display name falls back to the id.

    Raises:
        InvalidField: it asks for another kind, which is fixed at creation.
    """
    if "kind" in change.paths and change.kind not in (None, image.kind or image.asked_kind):
        raise InvalidField("image.kind", "is fixed at creation")
    values = {path: getattr(change, path) for path in _MUTABLE if path in change.paths}
    if "display_name" in values and not values["display_name"]:
        values["display_name"] = image.id
    named = [name for name in _OS_FIELDS if f"os.{name}" in change.paths]
    if named:
        values["os"] = replace(image.os, **{name: getattr(change.os, name) for name in named})
    return replace(image, **values)
