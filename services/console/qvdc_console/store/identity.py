"""What tells callers apart, read for each call that is not remembered."""

import asyncio
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, any_, func, select, update
from sqlalchemy.dialects.postgresql import insert

from qvdc_console.domain.api_key import ApiKey, PlainKey
from qvdc_console.domain.session import NOTED_EVERY, Session
from qvdc_console.ports import KeyFile, KnownKey, KnownSession
from qvdc_console.store.api_key import columns_of
from qvdc_console.store.tables import api_keys, roles, sessions, users
from qvdc_db.database import Database
from qvdc_db.errors import translated


class StoredIdentities:
    """Sessions and keys with what they may do, each found by one query."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_session(self, session_id: str) -> KnownSession | None:
        query = (
            select(
                sessions,
                users.c.id.label("user_id"),
                users.c.display_name,
                users.c.disabled,
                users.c.password_change_required,
                _permissions_of_user().label("granted"),
            )
            .join(users, users.c.uid == sessions.c.user_uid)
            .where(sessions.c.id == session_id)
        )
        row = await self._one(query)
        if row is None:
            return None
        return KnownSession(
            Session(row.id, row.secret_hash, row.user_uid, row.create_time, row.last_use_time),
            user_id=row.user_id,
            display_name=row.display_name or "",
            disabled=row.disabled,
            password_change_required=row.password_change_required,
            permissions=frozenset(row.granted or ()),
        )

    async def find_key(self, key_id: str) -> KnownKey | None:
        narrowing = select(roles.c.permissions).where(roles.c.id == api_keys.c.role)
        query = (
            select(
                api_keys,
                users.c.disabled.label("owner_disabled"),
                users.c.display_name.label("owner_display_name"),
                _permissions_of_user().label("granted"),
                narrowing.scalar_subquery().label("narrowing"),
            )
            .outerjoin(users, users.c.uid == api_keys.c.owner_uid)
            .where(api_keys.c.key_id == key_id)
        )
        row = await self._one(query)
        if row is None:
            return None
        columns = {column.key: getattr(row, column.key) for column in api_keys.c}
        key = ApiKey(**{**columns, "permissions": frozenset(row.permissions)})
        return KnownKey(
            key,
            owner_disabled=bool(row.owner_disabled),
            owner_display_name=row.owner_display_name or "",
            owner_permissions=frozenset(row.granted or ()),
            role_permissions=None if row.narrowing is None else frozenset(row.narrowing),
        )

    async def used_session(self, session_id: str, *, now: datetime) -> None:
        stale = sessions.c.last_use_time < now - NOTED_EVERY
        await self._write(
            update(sessions).where(sessions.c.id == session_id, stale).values(last_use_time=now)
        )

    async def used_key(self, key_id: str, *, address: str, now: datetime) -> None:
        noted = api_keys.c.last_use_time
        stale = noted.is_(None) | (noted < now - NOTED_EVERY)
        await self._write(
            update(api_keys)
            .where(api_keys.c.key_id == key_id, stale)
            .values(last_use_time=now, last_use_address=address)
        )

    async def add_first(self, key: ApiKey, handed_out: KeyFile, plain: PlainKey) -> bool:
        statement = (
            insert(api_keys)
            .values(columns_of(key))
            .on_conflict_do_nothing(index_elements=["name"])
            .returning(api_keys.c.key_id)
        )
        with translated():
            async with self._database.session() as session:
                if (await session.execute(statement)).scalar() is None:
                    return False
                await asyncio.to_thread(handed_out.write, plain.text)
                await session.commit()
        return True

    async def _one(self, query: Select[Any]) -> Row[Any] | None:
        with translated():
            async with self._database.session() as session:
                row: Row[Any] | None = (await session.execute(query)).one_or_none()
                return row

    async def _write(self, statement: Any) -> None:
        with translated():
            async with self._database.session() as session:
                await session.execute(statement)
                await session.commit()


def _permissions_of_user() -> Any:
    """Every permission of the query's user, by all of their roles."""
    each = (
        select(func.unnest(roles.c.permissions).label("permission"))
        .where(roles.c.id == any_(users.c.roles))
        .correlate(users)
        .subquery()
    )
    granted = func.array_agg(each.c.permission.distinct())
    return select(granted).scalar_subquery()
