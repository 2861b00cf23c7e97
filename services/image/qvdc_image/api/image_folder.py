"""quantix.image.v1.ImageFolderService."""

from google.protobuf.empty_pb2 import Empty

from quantix.image.v1 import image_folder_pb2 as pb
from qvdc_core.errors import InvalidField
from qvdc_core.ids import Name
from qvdc_core.page import PageRequest
from qvdc_image.api import convert
from qvdc_image.domain.folder import Folder, FolderTree
from qvdc_image.usecases.folder import FolderChange, Folders, NewFolder
from qvdc_rpc.context import RequestContext
from qvdc_rpc.field_mask import masked_paths
from qvdc_rpc.request_key import request_key

TREE = "tree"


class ImageFolderServicer:
    """Makes, reads, renames, moves and deletes folders of images."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders

    async def create_image_folder(
        self, request: pb.CreateImageFolderRequest, ctx: RequestContext
    ) -> pb.ImageFolder:
        """Create an empty folder."""
        asked = request.image_folder
        folder = await self._folders.create(
            NewFolder(
                folder_id=request.image_folder_id,
                display_name=asked.display_name,
                description=asked.description,
                parent=convert.folder_id(asked.parent, "image_folder.parent"),
            ),
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return folder_to_wire(folder)

    async def get_image_folder(
        self, request: pb.GetImageFolderRequest, _ctx: RequestContext
    ) -> pb.ImageFolder:
        """Read one folder."""
        return folder_to_wire(await self._folders.get(folder_name(request.name)))

    async def list_image_folders(
        self, request: pb.ListImageFoldersRequest, _ctx: RequestContext
    ) -> pb.ListImageFoldersResponse:
        """One page, by id, or the whole tree."""
        if request.format == TREE:
            trees, at_the_top = await self._folders.trees()
            return pb.ListImageFoldersResponse(
                tree=[_tree_to_wire(each) for each in trees], top_image_count=at_the_top
            )
        page = await self._folders.page(PageRequest.of(request.page_size, request.page_token))
        return pb.ListImageFoldersResponse(
            image_folders=[folder_to_wire(folder) for folder in page.items],
            next_page_token=page.next_token,
        )

    async def update_image_folder(
        self, request: pb.UpdateImageFolderRequest, ctx: RequestContext
    ) -> pb.ImageFolder:
        """Rename a folder, or change its description."""
        asked = request.image_folder
        mask = request.update_mask if request.HasField("update_mask") else None
        folder = await self._folders.update(
            folder_name(asked.name),
            FolderChange(
                paths=masked_paths(mask, asked),
                display_name=asked.display_name,
                description=asked.description,
                parent=convert.folder_id(asked.parent, "image_folder.parent"),
            ),
            etag=asked.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return folder_to_wire(folder)

    async def move_image_folder(
        self, request: pb.MoveImageFolderRequest, ctx: RequestContext
    ) -> pb.ImageFolder:
        """Move a folder with all in it below another one."""
        folder = await self._folders.move(
            folder_name(request.name),
            convert.folder_id(request.parent, "parent"),
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return folder_to_wire(folder)

    async def delete_image_folder(
        self, request: pb.DeleteImageFolderRequest, ctx: RequestContext
    ) -> Empty:
        """Delete an empty folder, or one whose content goes elsewhere."""
        to = request.move_to
        await self._folders.delete(
            folder_name(request.name),
            move_to=convert.folder_id(to, "move_to") if to else None,
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return Empty()


def folder_name(text: str) -> Name:
    """Read the name of a folder, by id or uid; folders/ID is understood as well.

    Raises:
        InvalidField: it is none.
    """
    noun, slash, last = text.partition("/")
    if not slash or noun not in (convert.FOLDERS, "folders"):
        raise InvalidField("name", f"must look like {convert.FOLDERS}/ID")
    return Name.parse(f"{convert.FOLDERS}/{last}", convert.FOLDERS)


def folder_to_wire(folder: Folder) -> pb.ImageFolder:
    """Write a folder for the wire."""
    return pb.ImageFolder(
        name=folder.name,
        uid=folder.uid,
        display_name=folder.display_name,
        description=folder.description,
        parent=f"{convert.FOLDERS}/{folder.parent}" if folder.parent else "",
        etag=folder.etag,
        generation=folder.generation,
        create_time=convert.time_to_wire(folder.create_time),
        update_time=convert.time_to_wire(folder.update_time),
        path=folder.path,
        image_count=folder.image_count,
    )


def _tree_to_wire(tree: FolderTree) -> pb.ImageFolderTree:
    return pb.ImageFolderTree(
        folder=folder_to_wire(tree.folder),
        children=[_tree_to_wire(each) for each in tree.children],
    )
