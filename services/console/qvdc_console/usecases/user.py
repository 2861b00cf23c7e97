"""Users: made, changed, locked out and let in again."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from qvdc_console.domain.permission import beyond
from qvdc_console.domain.refusals import GrantExceedsCaller, LastAdministrator
from qvdc_console.domain.role import ADMINISTRATOR
from qvdc_console.domain.user import User, check_password
from qvdc_console.ports import Passwords, UnitOfWork, UnitsOfWork
from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.ids import check_id
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey


@dataclass(frozen=True, slots=True, kw_only=True)
class UserWish:
    """What is asked of a user; on an update `paths` says which fields are meant."""

    id: str = ""
    display_name: str | None = None
    description: str | None = None
    roles: tuple[str, ...] = ()
    disabled: bool = False
    etag: str = ""
    paths: frozenset[str] = frozenset()


class UsersUseCase:
    """The verbs of users.

    Args:
        forget: makes this copy look everybody up anew.
    """

    def __init__(
        self,
        unit_of_work: UnitsOfWork,
        passwords: Passwords,
        *,
        clock: Clock,
        new_id: Callable[[], str],
        forget: Callable[[], None],
    ) -> None:
        self._unit_of_work = unit_of_work
        self._passwords = passwords
        self._clock = clock
        self._new_id = new_id
        self._forget = forget

    async def create(
        self,
        wish: UserWish,
        password: str,
        *,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool,
    ) -> User:
        """Make a user, who has to change this password.

        Raises:
            NameTaken, PasswordWeak, NotFound: the id, the password, a role.
            GrantExceedsCaller: the roles may more than the caller.
        """
        now, uid = self._clock.now(), self._new_id()
        chosen = check_id(wish.id, field="user_id") if wish.id else f"user-{uid[:8]}"
        check_password(password, user_id=chosen, field="password")
        hashed = await self._passwords.hash(password)
        made = User(
            uid=uid,
            id=chosen,
            roles=wish.roles,
            create_time=now,
            update_time=now,
            changed_by=actor.subject,
            disabled=wish.disabled,
            display_name=wish.display_name,
            description=wish.description,
        )
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, User)) is not None:
                return first
            await _may_give(work, wish.roles, actor)
            await work.users.add(made, hashed)
            if validate_only:
                return made
            await work.requests.remember(key, made)
            await work.commit()
        return made

    async def get(self, name: str) -> User:
        """Return a user.

        Raises:
            NotFound: there is none.
        """
        async with self._unit_of_work() as work:
            return await work.users.get(name, now=self._clock.now())

    async def page(self, query: str, page: PageRequest) -> Page[User]:
        """Return a page of users by id."""
        async with self._unit_of_work() as work:
            return await work.users.page(query, page, now=self._clock.now())

    async def update(
        self,
        name: str,
        wish: UserWish,
        *,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool,
    ) -> User:
        """Change what `wish.paths` names.

        Raises:
            NotFound, EtagMismatch: there is none; somebody was faster.
            GrantExceedsCaller: the user may, or would, do more than the caller.
            LastAdministrator: nobody would be left who may do everything.
        """
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, User)) is not None:
                return first
            user = await self._owned(work, name, wish.etag, actor)
            fields = ("display_name", "description", "roles", "disabled")
            changes = {each: getattr(wish, each) for each in fields if each in wish.paths}
            changed = replace(
                user, **changes, update_time=self._clock.now(), changed_by=actor.subject
            )
            added = set(changed.roles) - set(user.roles)
            await _may_give(work, tuple(sorted(added)), actor)
            if _administers(user) and not _administers(changed):
                await _another_administrator(work)
            if validate_only:
                return changed
            stored = await work.users.save(changed)
            if changed.disabled:
                await work.sessions.end_all(user.uid)
            await work.requests.remember(key, stored)
            await work.commit()
        self._forget()
        return stored

    async def delete(
        self, name: str, *, etag: str, actor: Actor, key: RequestKey | None, validate_only: bool
    ) -> None:
        """Delete a user with their sessions and keys.

        Raises:
            NotFound, EtagMismatch, GrantExceedsCaller, LastAdministrator: as for an update.
        """
        async with self._unit_of_work() as work:
            if await work.requests.repeated(key):
                return
            user = await self._owned(work, name, etag, actor)
            if _administers(user):
                await _another_administrator(work)
            if validate_only:
                return
            await work.users.remove(user)
            await work.commit()
        self._forget()

    async def set_password(
        self, name: str, password: str, *, etag: str, actor: Actor, key: RequestKey | None
    ) -> User:
        """Give a user another password, which they have to change; their sessions end.

        Raises:
            NotFound, EtagMismatch, GrantExceedsCaller: as for an update.
            PasswordWeak: it breaks a rule.
        """
        hashed = await self._passwords.hash(password)
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, User)) is not None:
                return first
            user = await self._owned(work, name, etag, actor)
            check_password(password, user_id=user.id, field="password")
            changed = replace(
                user,
                password_change_required=True,
                update_time=self._clock.now(),
                changed_by=actor.subject,
                lock_expire_time=None,
            )
            stored = await work.users.save(changed, hashed)
            await work.users.forgive(user.id)
            await work.sessions.end_all(user.uid)
            await work.requests.remember(key, stored)
            await work.commit()
        self._forget()
        return stored

    async def unlock(self, name: str, *, etag: str, actor: Actor, key: RequestKey | None) -> User:
        """Forget a user's wrong passwords.

        Raises:
            NotFound, EtagMismatch, GrantExceedsCaller: as for an update.
        """
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, User)) is not None:
                return first
            user = await self._owned(work, name, etag, actor)
            await work.users.forgive(user.id)
            unlocked = replace(user, lock_expire_time=None)
            await work.requests.remember(key, unlocked)
            await work.commit()
        return unlocked

    async def _owned(self, work: UnitOfWork, name: str, etag: str, actor: Actor) -> User:
        """The user, if `actor` may do at least what they may: else one could become them."""
        user = await work.users.get(name, now=self._clock.now())
        user.require(etag)
        await _may_give(work, user.roles, actor)
        return user


async def _may_give(work: UnitOfWork, roles: tuple[str, ...], actor: Actor) -> None:
    wanted = {each for role in await work.roles.of(roles) for each in role.permissions}
    if missing := beyond(actor.permissions, wanted):
        raise GrantExceedsCaller(missing)


def _administers(user: User) -> bool:
    return ADMINISTRATOR in user.roles and not user.disabled


async def _another_administrator(work: UnitOfWork) -> None:
    if await work.users.administrators() <= 1:
        raise LastAdministrator
