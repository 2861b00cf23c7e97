"""Roles of one's own."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from qvdc_console.domain.permission import beyond
from qvdc_console.domain.refusals import GrantExceedsCaller
from qvdc_console.domain.role import Role, check_permissions
from qvdc_console.ports import UnitsOfWork
from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.ids import check_id
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleWish:
    """What is asked of a role; on an update `paths` says which fields are meant."""

    id: str = ""
    display_name: str | None = None
    description: str | None = None
    permissions: frozenset[str] = frozenset()
    etag: str = ""
    paths: frozenset[str] = frozenset()


class RolesUseCase:
    """The verbs of roles.

    Args:
        catalogue: every permission that there is.
        forget: makes this copy look everybody up anew.
    """

    def __init__(
        self,
        unit_of_work: UnitsOfWork,
        *,
        catalogue: frozenset[str],
        clock: Clock,
        new_id: Callable[[], str],
        forget: Callable[[], None],
    ) -> None:
        self._unit_of_work = unit_of_work
        self._catalogue = catalogue
        self._clock = clock
        self._new_id = new_id
        self._forget = forget

    async def create(
        self, wish: RoleWish, *, actor: Actor, key: RequestKey | None, validate_only: bool
    ) -> Role:
        """Make a role.

        Raises:
            NameTaken, InvalidField: the id, a permission.
            GrantExceedsCaller: it may more than the caller.
        """
        self._check(wish.permissions, actor)
        now, uid = self._clock.now(), self._new_id()
        made = Role(
            uid=uid,
            id=check_id(wish.id, field="role_id") if wish.id else f"role-{uid[:8]}",
            permissions=wish.permissions,
            create_time=now,
            update_time=now,
            changed_by=actor.subject,
            display_name=wish.display_name,
            description=wish.description,
        )
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, Role)) is not None:
                return first
            await work.roles.add(made)
            if validate_only:
                return made
            await work.requests.remember(key, made)
            await work.commit()
        return made

    async def get(self, name: str) -> Role:
        """Return a role.

        Raises:
            NotFound: there is none.
        """
        async with self._unit_of_work() as work:
            return await work.roles.get(name)

    async def page(self, page: PageRequest) -> Page[Role]:
        """Return a page of roles by id."""
        async with self._unit_of_work() as work:
            return await work.roles.page(page)

    async def update(
        self,
        name: str,
        wish: RoleWish,
        *,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool,
    ) -> Role:
        """Change what `wish.paths` names; it holds for those who have the role within 5 s.

        Raises:
            NotFound, EtagMismatch, BuiltIn: there is none; somebody was faster; it is fixed.
            GrantExceedsCaller: it may, or would, do more than the caller.
        """
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, Role)) is not None:
                return first
            role = await work.roles.get(name)
            role.require(wish.etag)
            fields = ("display_name", "description", "permissions")
            changes = {each: getattr(wish, each) for each in fields if each in wish.paths}
            changed = replace(
                role, **changes, update_time=self._clock.now(), changed_by=actor.subject
            )
            self._check(changed.permissions, actor)
            if validate_only:
                return changed
            stored = await work.roles.save(changed)
            await work.requests.remember(key, stored)
            await work.commit()
        self._forget()
        return stored

    async def delete(
        self, name: str, *, etag: str, key: RequestKey | None, validate_only: bool
    ) -> None:
        """Delete a role.

        Raises:
            NotFound, EtagMismatch, BuiltIn: there is none; somebody was faster; it is fixed.
            InUse: somebody has it.
        """
        async with self._unit_of_work() as work:
            if await work.requests.repeated(key):
                return
            role = await work.roles.get(name)
            role.require(etag)
            await work.roles.remove(role)
            if not validate_only:
                await work.commit()

    def _check(self, permissions: frozenset[str], actor: Actor) -> None:
        check_permissions(permissions, self._catalogue)
        if missing := beyond(actor.permissions, permissions):
            raise GrantExceedsCaller(missing)
