"""Folders: the tree that people sort images into."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from qvdc_core.errors import EtagMismatch, InvalidField, NotFound
from qvdc_image.domain.refusals import FolderCycle, FolderTooDeep

DEEPEST_LEVEL = 16
"""Folders within folders: enough for people, and bounded for those who read trees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """One folder.

    Args:
        parent: id of the folder that holds it; "" at the top.
        path: display names from the top; "" until a tree told it.
        image_count: images in it, not those below.
    """

    uid: str
    id: str
    display_name: str
    description: str = ""
    parent: str = ""
    generation: int = 1
    revision: int = 1
    create_time: datetime
    update_time: datetime
    changed_by: str
    path: str = ""
    image_count: int = 0

    @property
    def name(self) -> str:
        """`image-folders/<id>`."""
        return f"image-folders/{self.id}"

    @property
    def etag(self) -> str:
        """Changes with every change."""
        return f"{self.uid[:8]}-{self.generation}"

    def require(self, etag: str) -> None:
        """Check that the caller saw the current folder; "" checks nothing.

        Raises:
            EtagMismatch: somebody changed it since.
        """
        if etag and etag != self.etag:
            raise EtagMismatch(
                self.name, changed_by=self.changed_by, change_time=self.update_time.isoformat()
            )


@dataclass(frozen=True, slots=True)
class FolderTree:
    """A folder and what is below it, by display name."""

    folder: Folder
    children: tuple["FolderTree", ...]


class Forest:
    """All folders as they hang together."""

    def __init__(self, folders: Iterable[Folder]) -> None:
        self._by_id: Mapping[str, Folder] = {folder.id: folder for folder in folders}
        self._below: dict[str, list[Folder]] = {}
        for folder in sorted(self._by_id.values(), key=lambda each: (each.display_name, each.id)):
            self._below.setdefault(folder.parent, []).append(folder)

    def placed(self, folder: Folder) -> Folder:
        """The folder with its path."""
        names = [each.display_name for each in (*reversed(self._above(folder.parent)), folder)]
        return replace(folder, path="/" + "/".join(names))

    def inside(self, folder_id: str) -> Sequence[Folder]:
        """The folders right below one; "" is the top."""
        return tuple(self._below.get(folder_id, ()))

    def trees(self, top: str = "") -> tuple[FolderTree, ...]:
        """What is below `top`, whole, with paths."""
        return tuple(
            FolderTree(self.placed(folder), self.trees(folder.id)) for folder in self.inside(top)
        )

    def check_place(self, folder_id: str, parent: str, *, field: str = "parent") -> None:
        """Check that the folder `folder_id`, with all below it, may be put below `parent`.

        Args:
            folder_id: "" for one that is not made yet.

        Raises:
            NotFound: there is no such parent.
            FolderCycle: the parent is the folder itself or below it.
            FolderTooDeep: something would be nested too deep.
        """
        if not parent:
            return
        if parent not in self._by_id:
            raise NotFound("image folder", f"image-folders/{parent}")
        above = self._above(parent)
        if folder_id and any(each.id == folder_id for each in above):
            raise FolderCycle(folder_id, parent, field=field)
        if len(above) + self._height(folder_id) > DEEPEST_LEVEL:
            raise FolderTooDeep(DEEPEST_LEVEL)

    def _above(self, folder_id: str) -> list[Folder]:
        """A folder and those that hold it, from below; nothing for the top."""
        found: list[Folder] = []
        while (folder := self._by_id.get(folder_id)) is not None and len(found) <= DEEPEST_LEVEL:
            found.append(folder)
            folder_id = folder.parent
        return found

    def _height(self, folder_id: str) -> int:
        """Levels of a folder and what is below it."""
        below = self.inside(folder_id) if folder_id else ()
        return 1 + max((self._height(each.id) for each in below), default=0)


def check_folder_name(text: str) -> str:
    """Return `text` when people may call a folder so; paths are made of such names.

    Raises:
        InvalidField: it is empty, too long, or holds a `/`.
    """
    if not 1 <= len(text) <= 128 or "/" in text:
        raise InvalidField("image_folder.display_name", "must be 1 to 128 characters without /")
    return text
