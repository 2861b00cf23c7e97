"""Between the wire and the domain: total functions."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import code_pb2

from quantix.access.v1 import fence_pb2
from quantix.claim.v1 import image_claim_pb2
from quantix.image.v1 import image_pb2 as pb
from quantix.operation.v1 import operation_pb2
from qvdc_core.errors import InvalidField, NotFound
from qvdc_core.event import WatchItem
from qvdc_core.fence import Fence
from qvdc_core.ids import Name, is_uuid
from qvdc_core.operation import Operation, OperationFailure
from qvdc_image.domain.claim import Grant
from qvdc_image.domain.content import Format, Kind
from qvdc_image.domain.image import (
    Image,
    ImageChange,
    ImageFilter,
    ImageState,
    Location,
    OperatingSystem,
)
from qvdc_image.domain.progress import Progress
from qvdc_image.domain.upload import Digest, Upload
from qvdc_image.usecases.upload import NewUpload
from qvdc_rpc.event_service import watch_kind
from qvdc_rpc.operation_service import operation_to_wire

IMAGES, UPLOADS, FOLDERS = "images", "image-uploads", "image-folders"
TOP = ("", "/")
STATUS_PATH = "/api/v1/images/upload/status"


def image_name(text: str) -> Name:
    """Read the name of an image, by id or uid."""
    return Name.parse(text, IMAGES)


def upload_uid(text: str) -> str:
    """Read the name of an upload; their ids are all made by us.

    Raises:
        NotFound: it can be none of ours.
    """
    name = Name.parse(text, UPLOADS)
    if not is_uuid(name.id):
        raise NotFound("upload", text)
    return name.id


def folder_id(text: str, field: str) -> str:
    """Read where something is in the tree: a folder's id, "" for the top.

    `/` is the top as well; beside the name a bare id is understood, and folders/ID as REST's
    paths have it.
    """
    if text in TOP:
        return ""
    noun, slash, last = text.rpartition("/")
    if slash and noun not in (FOLDERS, "folders"):
        raise InvalidField(field, f"must look like {FOLDERS}/ID")
    return Name.parse(f"{FOLDERS}/{last}", FOLDERS, field=field).id


def new_upload(
    request: pb.CreateUploadRequest,
    *,
    metadata: str = "",
    expected: Digest | None = None,
    sized: bool = True,
) -> NewUpload:
    """Read what a sender asks for; `expected` stands for a digest that the request cannot hold."""
    upload, image = request.upload, request.image
    if upload.digest:
        expected = Digest.parse(upload.digest, field="upload.digest")
    return NewUpload(
        size_bytes=upload.size_bytes,
        image_id=request.image_id,
        display_name=image.display_name,
        description=image.description,
        labels=dict(image.labels),
        kind=_kind(image.kind),
        architecture=image.architecture,
        folder=folder_id(image.folder, "image.folder"),
        os=_os(image.os),
        min_disk_bytes=image.min_disk_bytes if image.HasField("min_disk_bytes") else None,
        min_memory_bytes=image.min_memory_bytes if image.HasField("min_memory_bytes") else None,
        expected=expected,
        file_name=upload.file_name,
        head_digest=upload.head_digest,
        metadata=metadata,
        sized=sized,
    )


def image_change(image: pb.Image, paths: frozenset[str]) -> ImageChange:
    """Read what an update asks for."""
    return ImageChange(
        paths=paths,
        kind=_kind(image.kind),
        display_name=image.display_name,
        description=image.description,
        labels=dict(image.labels),
        min_disk_bytes=image.min_disk_bytes if image.HasField("min_disk_bytes") else None,
        min_memory_bytes=image.min_memory_bytes if image.HasField("min_memory_bytes") else None,
        architecture=image.architecture,
        folder=folder_id(image.folder, "image.folder"),
        os=_os(image.os),
    )


def image_filter(request: pb.ListImagesRequest) -> ImageFilter:
    """Read which images are asked for."""
    states = (pb.Image.State.Name(state).removeprefix("STATE_") for state in request.states)
    kinds = (pb.Image.Kind.Name(kind).removeprefix("KIND_") for kind in request.kinds)
    return ImageFilter(
        name_prefix=request.name_prefix,
        labels=tuple(sorted(request.labels.items())),
        query=request.query,
        folder=folder_id(request.folder, "folder") if request.folder else None,
        states=tuple(ImageState(state) for state in states),
        kinds=tuple(Kind(kind) for kind in kinds),
    )


def image_to_wire(image: Image) -> pb.Image:
    """Write an image for the wire."""
    return pb.Image(
        name=image.name,
        uid=image.uid,
        display_name=image.display_name,
        description=image.description,
        labels=image.labels,
        etag=image.etag,
        generation=image.generation,
        create_time=time_to_wire(image.create_time),
        update_time=time_to_wire(image.update_time),
        kind=f"KIND_{image.kind.value}" if image.kind else "KIND_UNSPECIFIED",
        format=_format(image.format),
        state=f"STATE_{image.state.value}",
        error=_error(image.failure) if image.failure else None,
        size_bytes=image.size_bytes,
        virtual_size_bytes=image.virtual_size_bytes,
        digest=image.digest,
        min_disk_bytes=image.min_disk_bytes,
        min_memory_bytes=image.min_memory_bytes,
        architecture=image.architecture,
        source=image.source,
        progress=_progress(image.progress),
        used_by_count=image.used_by_count,
        locations=[_location(each) for each in image.locations],
        operation=f"operations/{image.operation_id}" if image.operation_id else "",
        folder=f"{FOLDERS}/{image.folder}" if image.folder else "",
        os=pb.OperatingSystem(
            family=image.os.family, distribution=image.os.distribution, version=image.os.version
        ),
    )


def upload_to_wire(upload: Upload) -> pb.Upload:
    """Write an upload for the wire."""
    return pb.Upload(
        name=upload.name,
        image=f"images/{upload.image_id}",
        state=f"STATE_{upload.state.value}",
        size_bytes=upload.size_bytes,
        offset_bytes=upload.offset_bytes,
        digest=upload.expected.value if upload.expected else "",
        file_name=upload.file_name,
        head_digest=upload.head_digest,
        create_time=time_to_wire(upload.create_time),
        expire_time=time_to_wire(upload.expire_time),
        operation=f"operations/{upload.operation_id}",
        location=upload.location,
    )


def status_to_wire(operation: Operation, image: Image | None, now: datetime) -> pb.UploadStatus:
    """Write how far a form's bytes are."""
    return pb.UploadStatus(
        job=operation.id,
        image=image_to_wire(image) if image is not None else None,
        operation=operation_to_wire(operation, now=now),
        status_url=f"{STATUS_PATH}/{operation.id}",
    )


def watch_to_wire(item: WatchItem[Image]) -> pb.WatchImagesResponse:
    """Write an item of a stream of images."""
    image = image_to_wire(item.value) if item.value else None
    if image is None and item.name:
        image = pb.Image(name=item.name, uid=item.uid)
    return pb.WatchImagesResponse(kind=watch_kind(item.kind), image=image, resume_token=item.token)


def grant_to_wire(grant: Grant) -> image_claim_pb2.ImageClaim:
    """Write what a host needs to fetch an image."""
    return image_claim_pb2.ImageClaim(
        image=grant.image,
        image_uid=grant.image_uid,
        digest=grant.digest,
        format=grant.format,
        size_bytes=grant.size_bytes,
        virtual_size_bytes=grant.virtual_size_bytes,
        urls=grant.urls,
        ticket=grant.ticket,
        ticket_expire_time=time_to_wire(grant.ticket_expire_time),
    )


def fence(wire: fence_pb2.Fence) -> Fence:
    """Read a leader's right to act."""
    return Fence(wire.site_term, wire.loop, wire.revision)


def _os(wire: pb.OperatingSystem) -> OperatingSystem:
    return OperatingSystem(wire.family, wire.distribution, wire.version)


def _kind(number: int) -> Kind | None:
    name = pb.Image.Kind.Name(number).removeprefix("KIND_")
    return None if number == 0 else Kind(name)


def _format(format_: Format | None) -> str:
    return f"FORMAT_{format_.name}" if format_ else "FORMAT_UNSPECIFIED"


def _progress(progress: Progress) -> pb.ImageProgress:
    return pb.ImageProgress(
        stage=progress.stage.value,
        stage_index=progress.stage_index,
        stage_count=progress.stage_count,
        bytes_done=progress.done_bytes,
        bytes_total=progress.total_bytes,
        percent=progress.percent,
        rate_bytes=progress.rate_bytes,
        last_progress_time=time_to_wire(progress.last_progress_time),
        eta_seconds=progress.eta_seconds,
    )


def _location(location: Location) -> pb.ImageLocation:
    return pb.ImageLocation(
        node_uid=location.node_uid,
        state=f"STATE_{location.state.value}",
        observe_time=time_to_wire(location.observe_time),
    )


def _error(failure: OperationFailure) -> operation_pb2.OperationError:
    return operation_pb2.OperationError(
        code=code_pb2.Code.Value(failure.kind.value),
        reason=failure.reason,
        message=failure.message,
        metadata=failure.facts,
    )


def time_to_wire(moment: datetime) -> Timestamp:
    """Write a time."""
    wire = Timestamp()
    wire.FromDatetime(moment)
    return wire
