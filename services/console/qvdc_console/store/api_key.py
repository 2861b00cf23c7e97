"""The API keys' rows, in one transaction."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_console.domain.api_key import ApiKey
from qvdc_console.domain.refusals import NameTaken
from qvdc_console.store.tables import api_keys
from qvdc_core.errors import NotFound
from qvdc_core.ids import is_uuid
from qvdc_core.page import Page, PageRequest
from qvdc_db.errors import refusing
from qvdc_db.pagination import fetch_page


class ApiKeyRows:
    """The keys; only those of one user where an owner is given."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, key: ApiKey) -> None:
        """Store a new key; NameTaken if its id is taken."""
        with refusing("api_keys_name_key", NameTaken(key.resource_name)):
            await self._session.execute(insert(api_keys).values(columns_of(key)))

    async def get(self, name: str, *, owner: str | None) -> ApiKey:
        """Return the key of `name`; NotFound if there is none, or none of that owner's uid."""
        last = name.partition("/")[2]
        column = api_keys.c.uid if is_uuid(last) else api_keys.c.name
        query = select(api_keys).where(column == last)
        if owner is not None:
            query = query.where(api_keys.c.owner_uid == owner)
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            raise NotFound("API key", name)
        return key_of(row)

    async def page(self, page: PageRequest, *, owner: str | None) -> Page[ApiKey]:
        """Return a page of keys by id."""
        query = select(api_keys).where(api_keys.c.revoke_time.is_(None))
        if owner is not None:
            query = query.where(api_keys.c.owner_uid == owner)
        rows, token = await fetch_page(
            self._session, query, keys=[api_keys.c.name], page=page, bound=owner
        )
        return Page(tuple(key_of(row) for row in rows), token)

    async def remove(self, key: ApiKey) -> None:
        """Forget `key`."""
        await self._session.execute(delete(api_keys).where(api_keys.c.key_id == key.key_id))

    async def revoke(self, name: str, *, now: datetime) -> bool:
        """Honour the key `name` no more, but keep its name taken; False if it was so before."""
        revoked = await self._session.scalar(
            update(api_keys)
            .where(api_keys.c.name == name, api_keys.c.revoke_time.is_(None))
            .values(revoke_time=now)
            .returning(api_keys.c.key_id)
        )
        return revoked is not None


def columns_of(key: ApiKey) -> dict[str, Any]:
    """The row of `key`."""
    return {**asdict(key), "permissions": sorted(key.permissions)}


def key_of(row: Row[Any]) -> ApiKey:
    """The key of a row."""
    return ApiKey(**{**row._asdict(), "permissions": frozenset(row.permissions)})
