"""Fences: PostgreSQL refuses what an older leader still sends (PROTOCOLS 7)."""

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.errors import StaleFence
from qvdc_core.fence import Fence
from qvdc_db.generic import fences


class Fences:
    """The newest fence seen of each loop."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def check(self, fence: Fence) -> None:
        """Go on only under the newest fence of its loop, until the transaction ends.

        A newer leader waits for transactions that checked an older fence, so that their effects
        come before its own.

        Raises:
            StaleFence: a newer leader of the loop has been here.
        """
        await check_fence(self._session, fence)


async def check_fence(session: AsyncSession, fence: Fence) -> None:
    """As `Fences.check`, on a session.

    Raises:
        StaleFence: a newer leader of the loop has been here.
    """
    newest = await _newest(session, fence.loop)
    if newest == fence:
        return
    if newest is not None and newest > fence:
        raise StaleFence(fence.loop, presented=fence, newest=newest)
    if not await _advance(session, fence):
        raise StaleFence(fence.loop, presented=fence, newest=await _newest(session, fence.loop))


async def _newest(session: AsyncSession, loop: str) -> Fence | None:
    row = (
        await session.execute(
            select(fences.c.site_term, fences.c.revision)
            .where(fences.c.loop == loop)
            .with_for_update(read=True)
        )
    ).one_or_none()
    return None if row is None else Fence(row.site_term, loop, row.revision)


async def _advance(session: AsyncSession, fence: Fence) -> bool:
    new = insert(fences).values(loop=fence.loop, site_term=fence.site_term, revision=fence.revision)
    stored = await session.scalar(
        new.on_conflict_do_update(
            index_elements=[fences.c.loop],
            set_={"site_term": new.excluded.site_term, "revision": new.excluded.revision},
            where=tuple_(fences.c.site_term, fences.c.revision)
            <= tuple_(new.excluded.site_term, new.excluded.revision),
        ).returning(fences.c.loop)
    )
    return stored is not None
