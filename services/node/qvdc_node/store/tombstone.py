"""The tombstones' rows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.errors import NotFound
from qvdc_core.page import Page, PageRequest
from qvdc_db.pagination import fetch_page
from qvdc_node.domain.node import Tombstone
from qvdc_node.store.node_values import tombstone_of
from qvdc_node.store.tables import tombstones


class TombstoneRows:
    """The tombstones, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(self, stone: Tombstone) -> None:
        """Store `stone`, in place of one of the same host."""
        new = insert(tombstones).values(
            uid=stone.uid,
            id=stone.id,
            key_fingerprint=stone.key_fingerprint,
            removed_by=stone.removed_by,
            remove_time=stone.remove_time,
            reason=stone.reason,
            readmitted=stone.readmitted,
        )
        changed = {column.name: new.excluded[column.name] for column in tombstones.c}
        await self._session.execute(
            new.on_conflict_do_update(index_elements=[tombstones.c.uid], set_=changed)
        )

    async def find(self, uid: str) -> Tombstone | None:
        """Return what is remembered of a removed host."""
        found = await self._session.execute(select(tombstones).where(tombstones.c.uid == uid))
        row = found.one_or_none()
        return None if row is None else tombstone_of(row)

    async def get(self, name: str) -> Tombstone:
        """Return the tombstone of `name`; NotFound if there is none."""
        stone = await self.find(name.partition("/")[2])
        if stone is None:
            raise NotFound("tombstone", name)
        return stone

    async def page(self, query: str, page: PageRequest) -> Page[Tombstone]:
        """Return a page of tombstones by machine uuid."""
        wanted = select(tombstones)
        if query:
            columns = (tombstones.c.id, tombstones.c.uid)
            wanted = wanted.where(
                or_(*(column.icontains(query, autoescape=True) for column in columns))
            )
        rows, token = await fetch_page(
            self._session, wanted, keys=[tombstones.c.uid], page=page, bound=query
        )
        return Page(tuple(tombstone_of(row) for row in rows), token)

    async def readmit(self, stone: Tombstone) -> None:
        """Let the host come back."""
        await self._session.execute(
            update(tombstones).where(tombstones.c.uid == stone.uid).values(readmitted=True)
        )

    async def remove(self, uid: str) -> None:
        """Forget that the host was removed; a no-op if it was not."""
        await self._session.execute(delete(tombstones).where(tombstones.c.uid == uid))

    async def standing(self) -> Sequence[str]:
        """Return the uids of the hosts that were removed and not let in again."""
        found = await self._session.scalars(
            select(tombstones.c.uid).where(~tombstones.c.readmitted).order_by(tombstones.c.uid)
        )
        return list(found)

    async def throw_away(self, before: datetime) -> None:
        """Forget hosts that were removed before then."""
        await self._session.execute(delete(tombstones).where(tombstones.c.remove_time < before))
