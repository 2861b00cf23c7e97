"""API keys in PostgreSQL."""

import asyncio
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from qvdc_console.domain.api_key import ApiKey, PlainKey
from qvdc_console.ports import KeyFile
from qvdc_console.store.tables import api_keys
from qvdc_db.database import Database
from qvdc_db.errors import translated


class StoredApiKeys:
    """Keeps of each key what `ApiKey` says, its secret as a hash."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, key_id: str) -> ApiKey | None:
        with translated():
            async with self._database.session() as session:
                query = select(api_keys).where(api_keys.c.key_id == key_id)
                row = (await session.execute(query)).mappings().one_or_none()
        if row is None:
            return None
        return ApiKey(**{**row, "permissions": frozenset(row["permissions"])})

    async def add_first(self, key: ApiKey, handed_out: KeyFile, plain: PlainKey) -> bool:
        values = {**asdict(key), "permissions": sorted(key.permissions)}
        statement = (
            insert(api_keys)
            .values(values)
            .on_conflict_do_nothing(index_elements=["name"])
            .returning(api_keys.c.key_id)
        )
        with translated():
            async with self._database.session() as session:
                if (await session.execute(statement)).scalar() is None:
                    return False
                await asyncio.to_thread(handed_out.write, plain)
                await session.commit()
        return True
