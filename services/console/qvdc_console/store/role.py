"""The roles' rows."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_console.domain.refusals import NameTaken
from qvdc_console.domain.role import BuiltInRole, Role
from qvdc_console.store.tables import api_keys, roles, users
from qvdc_core.errors import EtagMismatch, InUse, NotFound
from qvdc_core.ids import is_uuid
from qvdc_core.page import Page, PageRequest
from qvdc_db.errors import refusing
from qvdc_db.pagination import fetch_page


class RoleRows:
    """The roles, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, role: Role) -> None:
        """Store a new role; NameTaken if its id is taken."""
        with refusing("roles_id_key", NameTaken(role.name)):
            await self._session.execute(insert(roles).values(_columns(role)))

    async def get(self, name: str) -> Role:
        """Return the role of `name`; NotFound if there is none."""
        last = name.partition("/")[2]
        column = roles.c.uid if is_uuid(last) else roles.c.id
        row = (await self._session.execute(select(roles).where(column == last))).one_or_none()
        if row is None:
            raise NotFound("role", name)
        return _role(row)

    async def of(self, ids: Iterable[str]) -> list[Role]:
        """Return the roles of `ids`, locked against deletion; NotFound if one is missing."""
        wanted = sorted(set(ids))
        query = select(roles).where(roles.c.id.in_(wanted)).with_for_update(read=True)
        found = {row.id: _role(row) for row in await self._session.execute(query)}
        for each in wanted:
            if each not in found:
                raise NotFound("role", f"roles/{each}")
        return [found[each] for each in wanted]

    async def page(self, page: PageRequest) -> Page[Role]:
        """Return a page of roles by id."""
        rows, token = await fetch_page(
            self._session, select(roles), keys=[roles.c.id], page=page, bound="roles"
        )
        return Page(tuple(_role(row) for row in rows), token)

    async def save(self, role: Role) -> Role:
        """Store `role` unless it was changed since it was read.

        Raises:
            EtagMismatch: somebody was faster.
        """
        following = replace(role, generation=role.generation + 1)
        written = await self._session.scalar(
            update(roles)
            .where(roles.c.uid == role.uid, roles.c.generation == role.generation)
            .values(_columns(following))
            .returning(roles.c.uid)
        )
        if written is None:
            raise EtagMismatch(role.name)
        return following

    async def remove(self, role: Role) -> None:
        """Forget `role`; InUse while a user or a key has it."""
        await self._session.execute(
            select(roles.c.uid).where(roles.c.uid == role.uid).with_for_update()
        )
        holders = select((func.concat("users/", users.c.id)).label("name")).where(
            users.c.roles.contains([role.id])
        )
        keys = select((func.concat("api-keys/", api_keys.c.name)).label("name")).where(
            api_keys.c.role == role.id
        )
        blockers = list(await self._session.scalars(holders.union_all(keys)))
        if blockers:
            raise InUse(role.name, sorted(blockers), len(blockers))
        await self._session.execute(delete(roles).where(roles.c.uid == role.uid))

    async def keep_built_in(self, role: BuiltInRole, *, uid: str, now: datetime) -> None:
        """Store what comes with the product, as this release has it."""
        shown = {"display_name": role.display_name, "description": role.description}
        permissions = sorted(role.permissions)
        changed = insert(roles).values(
            uid=uid,
            id=role.id,
            create_time=now,
            update_time=now,
            changed_by="service/console",
            generation=1,
            permissions=permissions,
            built_in=True,
            **shown,
        )
        await self._session.execute(
            changed.on_conflict_do_update(
                index_elements=["id"],
                set_={
                    "permissions": permissions,
                    "update_time": now,
                    "generation": roles.c.generation + 1,
                    **shown,
                },
                where=roles.c.permissions.is_distinct_from(changed.excluded.permissions),
            )
        )


def _columns(role: Role) -> dict[str, Any]:
    return {**asdict(role), "permissions": sorted(role.permissions)}


def _role(row: Row[Any]) -> Role:
    return Role(**{**row._asdict(), "permissions": frozenset(row.permissions)})
