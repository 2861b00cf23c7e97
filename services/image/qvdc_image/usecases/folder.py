"""The verbs of folders."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.errors import InUse, InvalidField
from qvdc_core.event import Change, EventDraft
from qvdc_core.ids import Name, check_id
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey
from qvdc_image.domain.folder import Folder, FolderTree, Forest, check_folder_name
from qvdc_image.ports.work import OpenWork, Work

BLOCKERS_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFolder:
    """What a caller asks for; "" as id lets one be made, "" as parent is the top."""

    folder_id: str = ""
    display_name: str = ""
    description: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderChange:
    """What an update asks for; only fields in `paths` count."""

    paths: frozenset[str]
    display_name: str = ""
    description: str = ""
    parent: str = ""


class Folders:
    """Makes, reads, renames, moves and deletes folders of images."""

    def __init__(self, *, work: OpenWork, clock: Clock, new_id: Callable[[], str]) -> None:
        self._work = work
        self._clock = clock
        self._new_id = new_id

    async def get(self, name: Name) -> Folder:
        """Read one.

        Raises:
            NotFound: there is none.
        """
        async with self._work() as work:
            return (await work.folders.forest()).placed(await work.folders.get(name))

    async def page(self, request: PageRequest) -> Page[Folder]:
        """One page, by id."""
        async with self._work() as work:
            page = await work.folders.page(request)
            forest = await work.folders.forest()
        return Page(tuple(forest.placed(each) for each in page.items), page.next_token)

    async def trees(self) -> tuple[tuple[FolderTree, ...], int]:
        """The whole tree, and how many images are at the top."""
        async with self._work() as work:
            forest = await work.folders.forest()
            _, at_the_top = await work.folders.images_in("", limit=0)
        return forest.trees(), at_the_top

    async def create(
        self,
        wanted: NewFolder,
        *,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool = False,
    ) -> Folder:
        """Make an empty folder.

        Raises:
            InvalidField: a value breaks a rule.
            NotFound: there is no such parent.
            FolderExists, FolderNameTaken: its id or display name is taken.
            FolderTooDeep: it would be nested too deep.
        """
        async with self._work() as work:
            if (repeated := await work.requests.recall(key, Folder)) is not None:
                return repeated
            forest = await work.folders.forest(locked=True)
            forest.check_place("", wanted.parent, field="image_folder.parent")
            folder = self._made(wanted, actor)
            await work.folders.add(folder)
            folder = forest.placed(folder)
            await work.events.append(
                _told("ImageFolderCreated", folder, f"{folder.path} was created.", actor)
            )
            await work.requests.remember(key, folder)
            if not validate_only:
                await work.commit()
        return folder

    async def update(
        self,
        name: Name,
        change: FolderChange,
        *,
        etag: str,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool = False,
    ) -> Folder:
        """Rename a folder or change its description; an empty display name becomes the id.

        Raises:
            NotFound: there is none.
            EtagMismatch: somebody changed it since it was read.
            FolderNameTaken: a folder beside it has the display name.
        """
        async with self._work() as work:
            if (repeated := await work.requests.recall(key, Folder)) is not None:
                return repeated
            folder = await work.folders.get(name)
            folder.require(etag)
            wanted = _changed(folder, change)
            if wanted != folder:
                folder = await work.folders.save(self._by(wanted, actor))
                text = f"{folder.name} was changed: {', '.join(sorted(change.paths))}."
                await work.events.append(_told("ImageFolderUpdated", folder, text, actor))
            folder = (await work.folders.forest()).placed(folder)
            await work.requests.remember(key, folder)
            if not validate_only:
                await work.commit()
        return folder

    async def move(
        self,
        name: Name,
        parent: str,
        *,
        etag: str,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool = False,
    ) -> Folder:
        """Move a folder with all in it below another one; "" is the top.

        Raises:
            NotFound: there is no such folder or parent.
            EtagMismatch: somebody changed it since it was read.
            FolderCycle, FolderTooDeep, FolderNameTaken: it cannot be there.
        """
        async with self._work() as work:
            if (repeated := await work.requests.recall(key, Folder)) is not None:
                return repeated
            forest = await work.folders.forest(locked=True)
            folder = await work.folders.get(name)
            folder.require(etag)
            if folder.parent != parent:
                folder = await self._put(work, forest, folder, parent, actor)
            folder = (await work.folders.forest()).placed(folder)
            await work.requests.remember(key, folder)
            if not validate_only:
                await work.commit()
        return folder

    async def delete(
        self,
        name: Name,
        *,
        move_to: str | None,
        etag: str,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool = False,
    ) -> None:
        """Delete a folder; what is in it goes to `move_to` first ("" is the top).

        Raises:
            NotFound: there is no such folder or no such other one.
            EtagMismatch: somebody changed it since it was read.
            InUse: it holds something, and `move_to` is None.
            FolderCycle, FolderTooDeep, FolderNameTaken: what is in it cannot be there.
        """
        async with self._work() as work:
            if await work.requests.repeated(key):
                return
            forest = await work.folders.forest(locked=True)
            folder = await work.folders.get(name)
            folder.require(etag)
            if move_to is None:
                await _require_empty(work, forest, folder)
            else:
                await self._empty(work, forest, folder, move_to, actor)
            await work.folders.remove(folder.uid)
            text = f"{forest.placed(folder).path} was deleted."
            await work.events.append(
                _told("ImageFolderDeleted", folder, text, actor, change=Change.DELETED)
            )
            if not validate_only:
                await work.commit()

    async def _put(
        self, work: Work, forest: Forest, folder: Folder, parent: str, actor: Actor
    ) -> Folder:
        forest.check_place(folder.id, parent)
        moved = await work.folders.save(self._by(replace(folder, parent=parent), actor))
        text = f"{folder.name} was moved to {f'image-folders/{parent}' if parent else 'the top'}."
        await work.events.append(_told("ImageFolderMoved", moved, text, actor))
        return moved

    async def _empty(
        self, work: Work, forest: Forest, folder: Folder, to: str, actor: Actor
    ) -> None:
        forest.check_place(folder.id, to, field="move_to")
        for child in forest.inside(folder.id):
            await self._put(work, forest, child, to, actor)
        moved = await work.folders.move_images(
            folder.id, to, by=actor.subject, at=self._clock.now()
        )
        await work.events.append(
            *(
                EventDraft(subject=image, subject_uid=uid, change=Change.CHANGED, revision=revision)
                for image, uid, revision in moved
            )
        )

    def _made(self, wanted: NewFolder, actor: Actor) -> Folder:
        uid, now = self._new_id(), self._clock.now()
        folder_id = check_id(wanted.folder_id or f"folder-{uid[:8]}", field="image_folder_id")
        return Folder(
            uid=uid,
            id=folder_id,
            display_name=check_folder_name(wanted.display_name or folder_id),
            description=wanted.description,
            parent=wanted.parent,
            create_time=now,
            update_time=now,
            changed_by=actor.subject,
        )

    def _by(self, folder: Folder, actor: Actor) -> Folder:
        return replace(folder, changed_by=actor.subject, update_time=self._clock.now())


def _changed(folder: Folder, change: FolderChange) -> Folder:
    if change.parent not in ("", folder.parent):
        raise InvalidField("image_folder.parent", "is changed by MoveImageFolder")
    if "display_name" in change.paths:
        chosen = check_folder_name(change.display_name or folder.id)
        folder = replace(folder, display_name=chosen)
    if "description" in change.paths:
        folder = replace(folder, description=change.description)
    return folder


async def _require_empty(work: Work, forest: Forest, folder: Folder) -> None:
    below = [each.name for each in forest.inside(folder.id)]
    images, count = await work.folders.images_in(folder.id, limit=BLOCKERS_NAMED)
    if below or count:
        raise InUse(folder.name, [*below, *images], len(below) + count)


def _told(
    kind: str, folder: Folder, text: str, actor: Actor, *, change: Change = Change.CHANGED
) -> EventDraft:
    return EventDraft(
        subject=folder.name,
        subject_uid=folder.uid,
        kind=kind,
        change=change,
        revision=folder.revision,
        actor=actor.subject,
        text=text,
    )
