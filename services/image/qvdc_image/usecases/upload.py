"""Making room for bytes, and ending what will not be filled."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.errors import InvalidField, NotFound
from qvdc_core.event import Severity
from qvdc_core.ids import Name, check_id
from qvdc_core.operation import Operation, OperationFailure
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey
from qvdc_image.domain.content import Kind
from qvdc_image.domain.image import UNSAID, Image, ImageState, OperatingSystem
from qvdc_image.domain.progress import begin
from qvdc_image.domain.refusals import UploadEnded
from qvdc_image.domain.upload import (
    FORM_LIFETIME,
    LIFETIME,
    Digest,
    Upload,
    UploadState,
    check_room,
    check_size,
)
from qvdc_image.ports.work import OpenWork, Work
from qvdc_image.ports.world import Library
from qvdc_image.usecases.told import image_told

VERB = "upload"
"""The operation's verb."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUpload:
    """What a sender asks for.

    Args:
        image_id: "" lets one be made.
        display_name: "" falls back to the file's name, then to the id.
        metadata: the tus header as it came, to be sent back.
        folder: id of the folder to put it into; "" is the top.
        sized: False when `size_bytes` is a bound, and the size shows at the end.
    """

    size_bytes: int
    image_id: str = ""
    display_name: str = ""
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    kind: Kind | None = None
    architecture: str = ""
    min_disk_bytes: int | None = None
    min_memory_bytes: int | None = None
    expected: Digest | None = None
    file_name: str = ""
    head_digest: str = ""
    metadata: str = ""
    folder: str = ""
    os: OperatingSystem = UNSAID
    sized: bool = True

    @property
    def called(self) -> str:
        """The display name asked for, else the file's name; "" when there is neither."""
        return self.display_name or self.file_name[:128]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one library gives.

    Args:
        max_upload_bytes: largest single upload.
        keep_free_bytes: of the file system, never given to uploads.
    """

    max_upload_bytes: int
    keep_free_bytes: int


class Uploads:
    """The verbs of uploads, bytes aside."""

    def __init__(
        self,
        *,
        work: OpenWork,
        library: Library,
        clock: Clock,
        new_id: Callable[[], str],
        limits: Limits,
    ) -> None:
        self._work = work
        self._library = library
        self._clock = clock
        self._new_id = new_id
        self._limits = limits

    @property
    def max_bytes(self) -> int:
        """Largest single upload."""
        return self._limits.max_upload_bytes

    async def create(
        self,
        wanted: NewUpload,
        *,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool = False,
    ) -> Upload:
        """Make an image in state UPLOADING and the upload that fills it.

        Raises:
            InvalidField: a value breaks a rule.
            ImageExists: the id is taken.
            PoolFull: the library has no room, counted before the first byte.
        """
        check_size(wanted.size_bytes, limit_bytes=self._limits.max_upload_bytes)
        if wanted.kind is Kind.OVA:
            raise InvalidField("image.kind", "OVA files are not taken yet")
        async with self._work() as work:
            if (repeated := await work.requests.recall(key, Upload)) is not None:
                return repeated
            free = await self._library.free_bytes()
            check_room(
                wanted.size_bytes,
                free_bytes=free,
                reserved_bytes=await work.uploads.reserve(),
                keep_bytes=self._limits.keep_free_bytes,
            )
            await work.folders.hold(wanted.folder)
            upload = await self._store(work, wanted, actor)
            await work.requests.remember(key, upload)
            if not validate_only:
                await work.commit()
        return upload

    async def get(self, uid: str) -> Upload:
        """Read one.

        Raises:
            NotFound: there is none.
        """
        async with self._work() as work:
            return await work.uploads.get(uid)

    async def status(self, operation_id: str) -> tuple[Operation, Image | None]:
        """The operation of an upload, and its image while there is one.

        Raises:
            NotFound: there is no such operation, or it is no upload's.
        """
        async with self._work() as work:
            operation = await work.operations.get(operation_id)
            if operation.verb != VERB:
                raise NotFound("upload", operation_id)
            try:
                return operation, await work.images.get(Name("images", operation.target_uid))
            except NotFound:
                return operation, None

    async def page(self, request: PageRequest) -> Page[Upload]:
        """One page of those that have not ended, oldest first."""
        async with self._work() as work:
            return await work.uploads.page(request)

    async def cancel(self, uid: str, *, actor: Actor, key: RequestKey | None) -> Upload:
        """End an upload; its image becomes CANCELLED and its bytes are removed.

        Whoever writes to it right now is refused at the next checkpoint. An upload that was
        cancelled before stays so.

        Raises:
            NotFound: there is none.
            UploadEnded: its image is made already, or it failed.
        """
        async with self._work() as work:
            if (repeated := await work.requests.recall(key, Upload)) is not None:
                return repeated
            upload = await work.uploads.get(uid, locked=True)
            if upload.state is not UploadState.CANCELLED:
                upload = await stop(work, upload, actor=actor.subject)
            await work.requests.remember(key, upload)
            await work.commit()
        await self._library.discard(uid)
        return upload

    async def _store(self, work: Work, wanted: NewUpload, actor: Actor) -> Upload:
        uid = self._new_id()
        image_id = check_id(wanted.image_id or f"image-{uid[:8]}", field="image_id")
        operation = await work.operations.start(
            VERB,
            target=f"images/{image_id}",
            target_uid=uid,
            requester=actor.subject,
            cancellable=True,
            stage="uploading",
            total_bytes=wanted.size_bytes,
        )
        image = self._image(wanted, actor, uid=uid, image_id=image_id, operation_id=operation.id)
        upload = self._upload(wanted, image)
        await work.images.add(image)
        await work.uploads.add(upload)
        text = f"{image.name} is being uploaded."
        await work.events.append(image_told("ImageCreated", image, text, actor=actor.subject))
        return upload

    def _image(
        self, wanted: NewUpload, actor: Actor, *, uid: str, image_id: str, operation_id: str
    ) -> Image:
        now = self._clock.now()
        return Image(
            uid=uid,
            id=image_id,
            display_name=wanted.called or image_id,
            description=wanted.description,
            labels=wanted.labels,
            create_time=now,
            update_time=now,
            changed_by=actor.subject,
            asked_kind=wanted.kind,
            kind=wanted.kind,
            architecture=wanted.architecture,
            folder=wanted.folder,
            os=wanted.os,
            min_disk_bytes=wanted.min_disk_bytes,
            min_memory_bytes=wanted.min_memory_bytes,
            progress=begin(wanted.size_bytes, now),
            operation_id=operation_id,
        )

    def _upload(self, wanted: NewUpload, image: Image) -> Upload:
        return Upload(
            uid=self._new_id(),
            image_uid=image.uid,
            image_id=image.id,
            state=UploadState.ACTIVE,
            size_bytes=wanted.size_bytes,
            sized=wanted.sized,
            expected=wanted.expected,
            file_name=wanted.file_name,
            head_digest=wanted.head_digest,
            metadata=wanted.metadata,
            create_time=image.create_time,
            expire_time=image.create_time + (LIFETIME if wanted.sized else FORM_LIFETIME),
            operation_id=image.operation_id,
            owner=image.changed_by,
        )


async def stop(work: Work, upload: Upload, *, actor: str, expired: bool = False) -> Upload:
    """End `upload`, which is locked by `work`, with its operation and image.

    Raises:
        UploadEnded: its image is made already, or it failed.
    """
    image = await work.images.get(Name("images", upload.image_uid), locked=True)
    live = upload.state in (UploadState.ACTIVE, UploadState.RECEIVED)
    if not live or image.state in (ImageState.READY, ImageState.ERROR):
        raise UploadEnded(upload.name, upload.state.value)
    state = UploadState.EXPIRED if expired else UploadState.CANCELLED
    ended = replace(upload, state=state)
    await work.uploads.end(ended)
    image = await work.images.save_observed(replace(image, state=ImageState.CANCELLED, digest=""))
    if expired:
        refusal = UploadEnded(upload.name, "expired 24 h after the last byte")
        await work.operations.fail(upload.operation_id, OperationFailure.of(refusal))
    else:
        await work.operations.cancelled(upload.operation_id)
    kind, why = ("ImageUploadExpired", "ran out") if expired else ("ImageCancelled", "was ended")
    severity = Severity.WARNING if expired else Severity.INFO
    text = f"The upload of {image.name} {why}."
    await work.events.append(image_told(kind, image, text, actor=actor, severity=severity))
    return ended
