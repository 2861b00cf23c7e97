"""The users' rows."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, case, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_console.domain.refusals import NameTaken
from qvdc_console.domain.role import ADMINISTRATOR
from qvdc_console.domain.session import LOCKED_FOR, MAX_FAILURES, Failures
from qvdc_console.domain.user import User
from qvdc_console.store.tables import marks, sign_in_failures, users
from qvdc_core.errors import EtagMismatch, NotFound
from qvdc_core.ids import is_uuid
from qvdc_core.page import Page, PageRequest
from qvdc_db.errors import refusing
from qvdc_db.pagination import fetch_page

_failures = sign_in_failures.c


class UserRows:
    """The users, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, user: User, password_hash: str) -> None:
        """Store a new user; NameTaken if the id is taken."""
        with refusing("users_id_key", NameTaken(user.name)):
            values = {**_columns(user), "password_hash": password_hash}
            await self._session.execute(insert(users).values(values))

    async def get(self, name: str, *, now: datetime) -> User:
        """Return the user of `name`; NotFound if there is none."""
        last = name.partition("/")[2]
        column = users.c.uid if is_uuid(last) else users.c.id
        row = (await self._session.execute(_seen(now).where(column == last))).one_or_none()
        if row is None:
            raise NotFound("user", name)
        return _user(row)

    async def with_password(
        self, user_id: str, *, now: datetime, locked: bool
    ) -> tuple[User, str] | None:
        """Return the user and the hash of their password, `locked` against changes or not."""
        query = _seen(now).add_columns(users.c.password_hash).where(users.c.id == user_id)
        if locked:
            query = query.with_for_update(of=users)
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else (_user(row), str(row.password_hash))

    async def signed_in(self, user: User, *, now: datetime) -> None:
        """Note when `user` signed in last; that is no change of theirs."""
        await self._session.execute(
            update(users).where(users.c.uid == user.uid).values(last_sign_in_time=now)
        )

    async def page(self, query: str, page: PageRequest, *, now: datetime) -> Page[User]:
        """Return a page of users by id."""
        wanted = _seen(now)
        if query:
            columns = (users.c.id, users.c.display_name)
            matches = (column.icontains(query, autoescape=True) for column in columns)
            wanted = wanted.where(or_(*matches))
        rows, token = await fetch_page(
            self._session, wanted, keys=[users.c.id], page=page, bound=query
        )
        return Page(tuple(_user(row) for row in rows), token)

    async def save(self, user: User, password_hash: str | None = None) -> User:
        """Store `user`, with another password if one is given, unless it was changed meanwhile.

        Raises:
            EtagMismatch: somebody was faster.
        """
        following = replace(user, generation=user.generation + 1)
        values = _columns(following)
        if password_hash is not None:
            values["password_hash"] = password_hash
        written = await self._session.scalar(
            update(users)
            .where(users.c.uid == user.uid, users.c.generation == user.generation)
            .values(values)
            .returning(users.c.uid)
        )
        if written is None:
            raise EtagMismatch(user.name)
        return following

    async def remove(self, user: User) -> None:
        """Forget `user`, their sessions and keys."""
        await self._session.execute(delete(users).where(users.c.uid == user.uid))
        await self.forgive(user.id)

    async def administrators(self) -> int:
        """How many enabled users may do everything; they are locked against changes."""
        query = (
            select(users.c.uid)
            .where(users.c.roles.contains([ADMINISTRATOR]), users.c.disabled.is_(False))
            .order_by(users.c.uid)
            .with_for_update()
        )
        return len((await self._session.scalars(query)).all())

    async def count_failure(self, name: str, *, most: int, now: datetime) -> Failures:
        """Count an attempt to sign in as `name`, before its outcome is known.

        After `most` of them the name is locked; it may stand for an address as well.

        Counted first, so that any number of attempts at once get no more than the allowed ones
        through. While the name is locked nothing is counted on.
        """
        fresh = insert(sign_in_failures).values(name=name, count=1, last_time=now)
        over = _failures.last_time <= now - LOCKED_FOR
        locked = and_(_failures.count > most, ~over)
        counted = fresh.on_conflict_do_update(
            index_elements=["name"],
            set_={
                "count": case((over, 1), (locked, _failures.count), else_=_failures.count + 1),
                "last_time": case((locked, _failures.last_time), else_=now),
            },
        )
        row = (
            await self._session.execute(counted.returning(_failures.count, _failures.last_time))
        ).one()
        return Failures(count=row[0], last_time=row[1], most=most)

    async def take_back_failure(self, name: str) -> None:
        """Uncount an attempt that turned out well, where others may have failed."""
        one_less = update(sign_in_failures).where(_failures.name == name)
        await self._session.execute(one_less.values(count=_failures.count - 1))

    async def forgive(self, name: str) -> None:
        """Forget the wrong passwords under `name`."""
        await self._session.execute(delete(sign_in_failures).where(_failures.name == name))

    async def forget_old_failures(self, *, before: datetime) -> None:
        """Drop what locks nobody any more."""
        await self._session.execute(delete(sign_in_failures).where(_failures.last_time < before))

    async def mark(self, what: str) -> bool:
        """Note that `what` was done at this site; False if it was before."""
        made = insert(marks).values(name=what).on_conflict_do_nothing().returning(marks.c.name)
        return await self._session.scalar(made) is not None


def _seen(now: datetime) -> Select[Any]:
    """The users with what locks them; a query that a page may be taken from."""
    locked = and_(_failures.count > MAX_FAILURES, _failures.last_time > now - LOCKED_FOR)
    until = case((locked, _failures.last_time + LOCKED_FOR))
    shown = [column for column in users.c if column.key != "password_hash"]
    return select(*shown, until.label("lock_expire_time")).outerjoin(
        sign_in_failures, _failures.name == users.c.id
    )


def _columns(user: User) -> dict[str, Any]:
    values = {**asdict(user), "roles": list(user.roles)}
    del values["lock_expire_time"]
    return values


def _user(row: Row[Any]) -> User:
    values = row._asdict()
    values.pop("password_hash", None)
    return User(**{**values, "roles": tuple(row.roles)})
