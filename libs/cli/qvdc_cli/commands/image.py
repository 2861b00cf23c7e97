"""qvdc image"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from google.protobuf.field_mask_pb2 import FieldMask

from quantix.image.v1 import image_pb2 as pb
from quantix.operation.v1 import operation_pb2
from qvdc_cli import words
from qvdc_cli.fields import assign, size
from qvdc_cli.output import Column
from qvdc_cli.progress import meter
from qvdc_cli.run import (
    DryRun,
    Etag,
    Label,
    Limit,
    Query,
    RequestId,
    Run,
    Wait,
    Watch,
    confirm,
    pairs,
    show_streamed,
    verb,
)
from qvdc_client.client import STREAM_TIMEOUT_MS, pages
from qvdc_client.watch import watch as watching
from qvdc_core.units import format_bytes

if TYPE_CHECKING:
    from qvdc_client.upload import NewImage

group = typer.Typer(no_args_is_help=True, help="The bytes machines begin from.")

Name = Annotated[str, typer.Argument(help="Id, uid or name of the image.")]
KINDS = {"cloud-image": "CLOUD_IMAGE", "iso": "ISO", "disk": "DISK"}

COLUMNS = [
    Column("NAME", lambda i: words.short(i.name)),
    Column("DISPLAY NAME", lambda i: i.display_name),
    Column("STATE", lambda i: words.enum(i, "state"), state=True),
    Column("PROGRESS", lambda i: f"{i.progress.percent} %", right=True),
    Column("KIND", lambda i: words.enum(i, "kind")),
    Column("FORMAT", lambda i: words.enum(i, "format")),
    Column("SIZE", lambda i: words.size(i, "size_bytes"), right=True),
    Column("VIRTUAL", lambda i: words.size(i, "virtual_size_bytes"), right=True),
    Column("USED BY", lambda i: str(i.used_by_count), right=True),
    Column("AGE", lambda i: words.ago(i, "create_time")),
]
DETAILS = [
    Column("Name", lambda i: i.name),
    Column("Display name", lambda i: i.display_name),
    Column("Description", lambda i: i.description),
    Column("Labels", words.labels),
    Column("State", lambda i: words.enum(i, "state"), state=True),
    Column("Error", lambda i: f"{i.error.reason}: {i.error.message}" if i.error.reason else ""),
    Column("Progress", lambda i: _progress(i.progress)),
    Column("Kind", lambda i: words.enum(i, "kind")),
    Column("Format", lambda i: words.enum(i, "format")),
    Column("Size", lambda i: words.size(i, "size_bytes")),
    Column("Virtual size", lambda i: words.size(i, "virtual_size_bytes")),
    Column("SHA-256", lambda i: i.digest),
    Column("Minimum disk", lambda i: words.size(i, "min_disk_bytes")),
    Column("Minimum memory", lambda i: words.size(i, "min_memory_bytes")),
    Column("Architecture", lambda i: i.architecture),
    Column("Used by", lambda i: f"{i.used_by_count} machines"),
    Column(
        "Copies",
        lambda i: "\n".join(
            f"{place.node_uid or 'library'} {words.enum(place, 'state')}" for place in i.locations
        ),
    ),
    Column("Operation", lambda i: i.operation),
    Column("Created", lambda i: words.ago(i, "create_time")),
    Column("Changed", lambda i: words.ago(i, "update_time")),
    Column("Uid", lambda i: i.uid),
    Column("Etag", lambda i: i.etag),
]


@verb(group, "upload")
def upload(
    run: Run,
    file: Annotated[
        Path, typer.Argument(help="qcow2, raw or ISO file.", exists=True, dir_okay=False)
    ],
    name: Annotated[
        str, typer.Option("--name", "-n", "--id", help="Id of the image; made up if left out.")
    ] = "",
    display_name: str = "",
    description: str = "",
    label: Label = [],
    kind: Annotated[str, typer.Option(help="cloud-image, iso or disk; told by content.")] = "",
    architecture: str = "",
    checksum: Annotated[str, typer.Option(help="SHA-256 that the file must have.")] = "",
    wait: Wait = True,
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Upload an image. Run again after any break, with the same --name: it goes on."""
    from qvdc_client.upload import NewImage  # heavy, and for this verb alone

    wanted = NewImage(
        image_id=name,
        display_name=display_name,
        description=description,
        labels=pairs(label),
        kind=_kind(kind),
        architecture=architecture,
        digest=checksum.removeprefix("sha256:").lower(),
    )
    if dry_run:
        run.output.done("The request is valid.", _checked(run, file, wanted))
        return
    operation = _sent(run, file, wanted, request_id)
    if not wait:
        run.finish(operation, wait=False, done="")
        return
    run.follow(operation)
    image = _get(run, operation.target)
    done = f"{image.name} is ready: {words.enum(image, 'format')}, {format_bytes(image.size_bytes)}"
    run.output.done(f"{done}, sha256 {image.digest}", image)


@verb(group, "list")
def list_(
    run: Run,
    query: Query = "",
    label: Label = [],
    limit: Limit = 1000,
    watch: Watch = False,
) -> None:
    """List images."""
    if watch:
        _watch(run)
        return
    request = pb.ListImagesRequest(query=query, labels=pairs(label))
    run.output.rows(
        pages(run.client.images.list_images, request, items="images", limit=limit), COLUMNS
    )


@verb(group, "show")
def show(run: Run, name: Name) -> None:
    """Show one image whole."""
    run.output.one(_get(run, name), DETAILS)


@verb(group, "edit")
def edit(
    run: Run,
    name: Name,
    display_name: str | None = None,
    description: str | None = None,
    label: Annotated[
        list[str] | None, typer.Option("--label", "-l", help="Replaces all labels.")
    ] = None,
    min_disk: Annotated[str, typer.Option(help="Smallest disk of a machine, as 2GiB.")] = "",
    min_memory: Annotated[str, typer.Option(help="Smallest memory of a machine.")] = "",
    set_: Annotated[list[str], typer.Option("--set", help="Any field as PATH=VALUE.")] = [],
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Change what is given; the rest stays."""
    image = pb.Image(name=words.full_name("images", name), etag=etag)
    paths = assign(image, set_)
    for field, value in (("display_name", display_name), ("description", description)):
        if value is not None:
            setattr(image, field, value)
            paths.append(field)
    for field, text in (("min_disk_bytes", min_disk), ("min_memory_bytes", min_memory)):
        if text:
            setattr(image, field, size(text, f"--{field}"))
            paths.append(field)
    if label:
        image.labels.update(pairs(label))
        paths.append("labels")
    if not paths:
        raise typer.BadParameter("nothing to change was given")
    changed = run.client.images.update_image(
        pb.UpdateImageRequest(
            image=image,
            update_mask=FieldMask(paths=paths),
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    done = f"{changed.name}: {', '.join(paths)} changed."
    run.output.done("The request is valid." if dry_run else done, changed)


@verb(group, "delete")
def delete(
    run: Run,
    name: Name,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete an image, in any state; an upload under way is ended."""
    full = words.full_name("images", name)
    if not dry_run:
        confirm(run, f"Delete {full}?", yes=yes)
    run.client.images.delete_image(
        pb.DeleteImageRequest(name=full, etag=etag, request_id=request_id, validate_only=dry_run)
    )
    run.output.done("The request is valid." if dry_run else f"{full} is deleted.")


@verb(group, "watch")
def watch_(run: Run) -> None:
    """Show all images, then each change, progress included."""
    _watch(run)


def _watch(run: Run) -> None:
    def stream(token: str) -> Any:
        return run.client.images.watch_images(
            pb.WatchImagesRequest(resume_token=token), timeout_ms=STREAM_TIMEOUT_MS
        )

    show_streamed(run, watching(stream), "image", COLUMNS)


def _checked(run: Run, file: Path, wanted: "NewImage") -> pb.Upload:
    upload = pb.Upload(size_bytes=file.stat().st_size, digest=wanted.digest)
    request = pb.CreateUploadRequest(upload=upload, image_id=wanted.image_id, validate_only=True)
    return run.client.uploads.create_upload(request)


def _sent(run: Run, file: Path, wanted: "NewImage", request_id: str) -> operation_pb2.Operation:
    """Send the file with its progress; return the operation that goes on from there."""
    from qvdc_client.upload import upload_image  # heavy, and for this verb alone

    with meter(run.output, f"upload {file.name}", bytes_=True) as shown:

        def tell(done: int, total: int) -> None:
            shown.show("uploading", done * 100 // max(total, 1), done, total)

        made = upload_image(run.client, file, wanted, request_id=request_id, on_progress=tell)
    return run.client.operations.get_operation(
        operation_pb2.GetOperationRequest(name=made.operation)
    )


def _get(run: Run, name: str) -> pb.Image:
    full = words.full_name("images", name)
    return run.client.images.get_image(pb.GetImageRequest(name=full))


def _kind(text: str) -> "pb.Image.Kind":
    if not text:
        return pb.Image.KIND_UNSPECIFIED
    if text not in KINDS:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(KINDS)}", param_hint="--kind")
    return cast(pb.Image.Kind, pb.Image.Kind.Value(f"KIND_{KINDS[text]}"))


def _progress(progress: pb.ImageProgress) -> str:
    parts = f"{progress.stage}, step {progress.stage_index} of {progress.stage_count}"
    size_ = f"{words.size(progress, 'bytes_done')} of {words.size(progress, 'bytes_total')}"
    rate = f", {words.size(progress, 'rate_bytes')}/s" if progress.HasField("rate_bytes") else ""
    return f"{progress.percent} %: {parts}, {size_}{rate}"
