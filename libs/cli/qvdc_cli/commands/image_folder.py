"""qvdc image folders, and moving images between them"""

from collections.abc import Sequence
from typing import Annotated

import typer
from google.protobuf.field_mask_pb2 import FieldMask

from quantix.image.v1 import image_folder_pb2 as pb
from quantix.image.v1 import image_pb2
from qvdc_cli import words
from qvdc_cli.commands.image import Name
from qvdc_cli.commands.image import group as images
from qvdc_cli.output import Column
from qvdc_cli.run import DryRun, Etag, RequestId, Run, confirm, verb

folders = typer.Typer(no_args_is_help=True, help="The tree that images are sorted into.")
group = images
"""qvdc image, with what this module adds to it."""
group.add_typer(folders, name="folders")

Folder = Annotated[str, typer.Argument(help="Id, uid or name of the folder.")]
TOP = "/"
COLUMNS = [
    Column("PATH", lambda f: f.path),
    Column("NAME", lambda f: words.short(f.name)),
    Column("IMAGES", lambda f: str(f.image_count), right=True),
    Column("DESCRIPTION", lambda f: f.description),
    Column("AGE", lambda f: words.ago(f, "create_time")),
]


@verb(folders, "list")
def list_(run: Run) -> None:
    """Show the whole tree, each folder with its path and how many images are in it."""
    answer = run.client.image_folders.list_image_folders(pb.ListImageFoldersRequest(format="tree"))
    run.output.rows(iter(_flat(answer.tree)), COLUMNS)


@verb(folders, "create")
def create(
    run: Run,
    display_name: Annotated[str, typer.Argument(help="What people call it.")],
    id_: Annotated[str, typer.Option("--id", help="Made up if left out.")] = "",
    parent: Annotated[str, typer.Option(help="Folder to be in; the top if left out.")] = "",
    description: str = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Create an empty folder."""
    folder = pb.ImageFolder(display_name=display_name, parent=_place(parent))
    if description:
        folder.description = description
    made = run.client.image_folders.create_image_folder(
        pb.CreateImageFolderRequest(
            image_folder=folder, image_folder_id=id_, request_id=request_id, validate_only=dry_run
        )
    )
    done = f"{made.path} is created: {made.name}."
    run.output.done("The request is valid." if dry_run else done, made)


@verb(folders, "rename")
def rename(
    run: Run,
    name: Folder,
    display_name: Annotated[str, typer.Argument(help="What people shall call it.")],
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Call a folder otherwise; its id stays."""
    folder = pb.ImageFolder(name=_full(name), display_name=display_name, etag=etag)
    changed = run.client.image_folders.update_image_folder(
        pb.UpdateImageFolderRequest(
            image_folder=folder,
            update_mask=FieldMask(paths=["display_name"]),
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    done = f"{changed.name} is {changed.path} now."
    run.output.done("The request is valid." if dry_run else done, changed)


@verb(folders, "move")
def move_folder(
    run: Run,
    name: Folder,
    parent: Annotated[str, typer.Argument(help="Folder to be in; / is the top.")],
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Move a folder with all in it into another one."""
    moved = run.client.image_folders.move_image_folder(
        pb.MoveImageFolderRequest(
            name=_full(name),
            parent=_place(parent),
            etag=etag,
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    done = f"{moved.name} is {moved.path} now."
    run.output.done("The request is valid." if dry_run else done, moved)


@verb(folders, "delete")
def delete(
    run: Run,
    name: Folder,
    move_to: Annotated[
        str, typer.Option(help="Where its images and folders go; / is the top.")
    ] = "",
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete an empty folder, or one whose content goes elsewhere."""
    full = _full(name)
    if not dry_run:
        confirm(run, f"Delete {full}?", yes=yes)
    run.client.image_folders.delete_image_folder(
        pb.DeleteImageFolderRequest(
            name=full,
            move_to=_place(move_to),
            etag=etag,
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    run.output.done("The request is valid." if dry_run else f"{full} is deleted.")


@verb(group, "move")
def move_image(
    run: Run,
    name: Name,
    folder: Annotated[str, typer.Argument(help="Id or name of the folder; / is the top.")],
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Put an image into a folder."""
    moved = run.client.images.move_image(
        image_pb2.MoveImageRequest(
            name=words.full_name("images", name),
            folder=_place(folder),
            etag=etag,
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    done = f"{moved.name} is in {moved.folder or TOP} now."
    run.output.done("The request is valid." if dry_run else done, moved)


@verb(group, "upload-status")
def upload_status(
    run: Run, job: Annotated[str, typer.Argument(help="What the upload was answered with.")]
) -> None:
    """Show how far the image of an upload is."""
    status = run.client.uploads.get_upload_status(image_pb2.GetUploadStatusRequest(job=job))
    run.output.one(
        status,
        [
            Column("Image", lambda s: s.image.name),
            Column("State", lambda s: words.enum(s.operation, "state"), state=True),
            Column("Stage", lambda s: s.operation.stage),
            Column("Progress", lambda s: f"{s.operation.progress_percent} %"),
            Column("Error", lambda s: s.operation.error.message),
            Column("Status path", lambda s: s.status_url),
        ],
    )


def _flat(trees: Sequence[pb.ImageFolderTree]) -> list[pb.ImageFolder]:
    found: list[pb.ImageFolder] = []
    for tree in trees:
        found += [tree.folder, *_flat(tree.children)]
    return found


def _full(name: str) -> str:
    return words.full_name("image-folders", name)


def _place(text: str) -> str:
    return text if text in ("", TOP) else _full(text)
