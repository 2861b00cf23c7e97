"""The rows of fences that were decided."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.clock import Clock
from qvdc_node.store.tables import fence_intents


class FenceIntentRows:
    """Fences that were decided, in one transaction."""

    def __init__(self, session: AsyncSession, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    async def put(self, uid: str, incident: str) -> str:
        """Write the intent down unless another stands; return the incident that does."""
        new = insert(fence_intents).values(
            uid=uid, incident=incident, create_time=self._clock.now()
        )
        await self._session.execute(new.on_conflict_do_nothing())
        standing = await self._session.scalar(
            select(fence_intents.c.incident).where(fence_intents.c.uid == uid)
        )
        return standing or incident

    async def all(self) -> Mapping[str, str]:
        """Return uid -> incident of every one."""
        rows = await self._session.execute(select(fence_intents.c.uid, fence_intents.c.incident))
        return {row.uid: row.incident for row in rows}

    async def remove_settled(self, uid: str, incident: str, age: timedelta) -> bool:
        """Forget the intent of this incident if it is at least so old; False if there was none."""
        old = fence_intents.c.create_time <= self._clock.now() - age
        gone = await self._session.execute(
            delete(fence_intents)
            .where(fence_intents.c.uid == uid, fence_intents.c.incident == incident, old)
            .returning(fence_intents.c.uid)
        )
        return gone.first() is not None

    async def remove(self, uid: str, incident: str) -> bool:
        """Forget the intent of this incident; False if there was none."""
        gone = await self._session.execute(
            delete(fence_intents)
            .where(fence_intents.c.uid == uid, fence_intents.c.incident == incident)
            .returning(fence_intents.c.uid)
        )
        return gone.first() is not None
