"""Folders of images (IM-13)."""

from types import SimpleNamespace
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from quantix.event.v1 import event_pb2
from quantix.event.v1.event_pb2_grpc import EventServiceStub
from quantix.image.v1 import image_folder_pb2 as pb
from quantix.image.v1 import image_pb2
from quantix.image.v1.image_folder_pb2_grpc import ImageFolderServiceStub
from qvdc_rpc.status import RemoteRefusal
from qvdc_testing.wire import Client


@pytest.fixture
def folders(served: Any) -> Client:
    """Folders as a user calls them."""
    client: Client = served.callers.user(ImageFolderServiceStub)
    return client


async def made(folders: Client, folder_id: str, *, parent: str = "", called: str = "") -> Any:
    """A folder."""
    folder = pb.ImageFolder(parent=parent, display_name=called or folder_id.title())
    request = pb.CreateImageFolderRequest(image_folder_id=folder_id, image_folder=folder)
    return await folders.call("CreateImageFolder", request)


async def reason_of(folders: Client, method: str, request: Any) -> str:
    """Why a call is refused."""
    with pytest.raises(RemoteRefusal) as refused:
        await folders.call(method, request)
    return refused.value.reason


async def tree_of(folders: Client) -> Any:
    """The tree as nested dictionaries of paths."""
    answer = await folders.call("ListImageFolders", pb.ListImageFoldersRequest(format="tree"))

    def shown(trees: Any) -> Any:
        return {each.folder.path: shown(each.children) for each in trees}

    return shown(answer.tree)


async def an_image(served: Any, image_id: str) -> str:
    """An image whose bytes are awaited."""
    upload = image_pb2.Upload(size_bytes=4096)
    request = image_pb2.CreateUploadRequest(image_id=image_id, upload=upload)
    return str((await served.uploads.call("CreateUpload", request)).image)


async def test_im_13_folders_hang_together_as_a_tree(folders: Client) -> None:
    systems = await made(folders, "systems")
    debian = await made(folders, "debian", parent=systems.name)
    await made(folders, "old", parent="image-folders/debian")
    await made(folders, "tools")

    assert (debian.parent, debian.path) == ("image-folders/systems", "/Systems/Debian")
    assert await tree_of(folders) == {
        "/Systems": {"/Systems/Debian": {"/Systems/Debian/Old": {}}},
        "/Tools": {},
    }
    listed = await folders.call("ListImageFolders", pb.ListImageFoldersRequest(page_size=3))
    rest = pb.ListImageFoldersRequest(page_size=3, page_token=listed.next_page_token)
    more = await folders.call("ListImageFolders", rest)
    names = [each.name for each in (*listed.image_folders, *more.image_folders)]
    assert names == [f"image-folders/{each}" for each in ("debian", "old", "systems", "tools")]
    by_uid = await folders.call(
        "GetImageFolder", pb.GetImageFolderRequest(name=f"image-folders/{debian.uid}")
    )
    assert by_uid == debian


async def test_im_13_rename_and_move(folders: Client) -> None:
    await made(folders, "a")
    b = await made(folders, "b", parent="image-folders/a")
    renamed = pb.ImageFolder(name=b.name, display_name="Better", etag=b.etag)
    request = pb.UpdateImageFolderRequest(
        image_folder=renamed, update_mask=FieldMask(paths=["display_name"])
    )
    changed = await folders.call("UpdateImageFolder", request)
    moved = await folders.call(
        "MoveImageFolder", pb.MoveImageFolderRequest(name=b.name, parent="/", etag=changed.etag)
    )

    assert (changed.path, moved.path, moved.parent) == ("/A/Better", "/Better", "")
    assert await reason_of(folders, "UpdateImageFolder", request) == "ETAG_MISMATCH"
    stale = pb.MoveImageFolderRequest(name=b.name, etag=b.etag)
    assert await reason_of(folders, "MoveImageFolder", stale) == "ETAG_MISMATCH"


async def test_a_folder_is_never_below_itself_and_never_too_deep(folders: Client) -> None:
    await made(folders, "a")
    await made(folders, "b", parent="image-folders/a")
    move = pb.MoveImageFolderRequest(name="image-folders/a", parent="image-folders/b")
    self_move = pb.MoveImageFolderRequest(name="image-folders/a", parent="image-folders/a")
    assert await reason_of(folders, "MoveImageFolder", move) == "FOLDER_CYCLE"
    assert await reason_of(folders, "MoveImageFolder", self_move) == "FOLDER_CYCLE"

    for level in range(16):
        await made(folders, f"l{level}", parent=f"image-folders/l{level - 1}" if level else "")
    deeper = pb.CreateImageFolderRequest(
        image_folder=pb.ImageFolder(parent="image-folders/l15", display_name="x")
    )
    assert await reason_of(folders, "CreateImageFolder", deeper) == "FOLDER_TOO_DEEP"
    under = pb.MoveImageFolderRequest(name="image-folders/a", parent="image-folders/l14")
    assert await reason_of(folders, "MoveImageFolder", under) == "FOLDER_TOO_DEEP"


async def test_neighbours_have_different_names(folders: Client) -> None:
    await made(folders, "a", called="Same")
    await made(folders, "b")
    await made(folders, "below", parent="image-folders/b", called="Same")
    again = pb.CreateImageFolderRequest(image_folder=pb.ImageFolder(display_name="Same"))
    up = pb.MoveImageFolderRequest(name="image-folders/below")
    out = pb.DeleteImageFolderRequest(name="image-folders/b", move_to="/")
    same_id = pb.CreateImageFolderRequest(
        image_folder_id="a", image_folder=pb.ImageFolder(display_name="Other")
    )

    assert await reason_of(folders, "CreateImageFolder", again) == "FOLDER_NAME_TAKEN"
    assert await reason_of(folders, "MoveImageFolder", up) == "FOLDER_NAME_TAKEN"
    assert await reason_of(folders, "DeleteImageFolder", out) == "FOLDER_NAME_TAKEN"
    assert await reason_of(folders, "CreateImageFolder", same_id) == "ALREADY_EXISTS"
    assert await tree_of(folders) == {"/B": {"/B/Same": {}}, "/Same": {}}


async def test_im_13_delete_empty_or_move_to(served: Any, folders: Client) -> None:
    await made(folders, "full")
    await made(folders, "below", parent="image-folders/full")
    await made(folders, "other")
    image = await an_image(served, "one")
    move = image_pb2.MoveImageRequest(name=image, folder="image-folders/full")
    moved = await served.images.call("MoveImage", move)
    assert moved.folder == "image-folders/full"

    bare = pb.DeleteImageFolderRequest(name="image-folders/full")
    assert await reason_of(folders, "DeleteImageFolder", bare) == "IN_USE"
    inside = pb.DeleteImageFolderRequest(name="image-folders/full", move_to="image-folders/below")
    assert await reason_of(folders, "DeleteImageFolder", inside) == "FOLDER_CYCLE"
    nowhere = pb.DeleteImageFolderRequest(name="image-folders/full", move_to="image-folders/none")
    assert await reason_of(folders, "DeleteImageFolder", nowhere) == "NOT_FOUND"

    await folders.call(
        "DeleteImageFolder",
        pb.DeleteImageFolderRequest(name="image-folders/full", move_to="image-folders/other"),
    )
    left = await served.images.call("GetImage", image_pb2.GetImageRequest(name=image))
    assert left.folder == "image-folders/other"
    assert left.generation == moved.generation + 1
    assert await tree_of(folders) == {"/Other": {"/Other/Below": {}}}
    inside_other = image_pb2.ListImagesRequest(folder="image-folders/other")
    at_the_top = image_pb2.ListImagesRequest(folder="/")
    listed = await served.images.call("ListImages", inside_other)
    assert [each.name for each in listed.images] == [image]
    assert not (await served.images.call("ListImages", at_the_top)).images


async def test_an_image_goes_to_folders_that_exist(served: Any, folders: Client) -> None:
    image = await an_image(served, "one")
    none = image_pb2.MoveImageRequest(name=image, folder="image-folders/none")
    with pytest.raises(RemoteRefusal) as refused:
        await served.images.call("MoveImage", none)
    assert refused.value.reason == "NOT_FOUND"

    await made(folders, "isos")
    put = image_pb2.Image(name=image, folder="isos")
    changed = await served.images.call("UpdateImage", image_pb2.UpdateImageRequest(image=put))
    assert changed.folder == "image-folders/isos"
    back = image_pb2.MoveImageRequest(name=image, folder="/", etag=changed.etag)
    assert (await served.images.call("MoveImage", back)).folder == ""


async def test_gen_11_folders_tell_what_happens_to_them(
    served: Any, folders: Client, files: SimpleNamespace
) -> None:
    del files
    folder = await made(folders, "a")
    await folders.call("MoveImageFolder", pb.MoveImageFolderRequest(name=folder.name))
    await folders.call("DeleteImageFolder", pb.DeleteImageFolderRequest(name=folder.name))
    events = served.callers.user(EventServiceStub)
    listed = await events.call("ListEvents", event_pb2.ListEventsRequest())

    kinds = [each.kind for each in listed.events if each.subject == folder.name]
    assert sorted(kinds) == ["ImageFolderCreated", "ImageFolderDeleted"]


async def test_gen_6_validate_only_changes_nothing(folders: Client) -> None:
    request = pb.CreateImageFolderRequest(
        image_folder=pb.ImageFolder(display_name="Dry"), validate_only=True
    )
    assert (await folders.call("CreateImageFolder", request)).path == "/Dry"
    assert await tree_of(folders) == {}


async def test_folders_need_their_permissions(served: Any) -> None:
    reader = served.callers.user(ImageFolderServiceStub, permissions=("image.read",))
    request = pb.CreateImageFolderRequest(image_folder=pb.ImageFolder(display_name="x"))
    assert await reason_of(reader, "CreateImageFolder", request) == "PERMISSION_MISSING"
    assert await tree_of(reader) == {}
