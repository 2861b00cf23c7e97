"""The sessions' rows, in one transaction."""

from datetime import datetime

from sqlalchemy import delete, or_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_console.domain.session import IDLE, LONGEST, NOTED_EVERY, Session
from qvdc_console.store.tables import sessions


class SessionRows:
    """Who is signed in."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, made: Session) -> None:
        """Store a new session."""
        await self._session.execute(
            insert(sessions).values(
                id=made.id,
                secret_hash=made.secret_hash,
                user_uid=made.user_uid,
                create_time=made.create_time,
                last_use_time=made.last_use_time,
            )
        )

    async def end(self, session_id: str) -> None:
        """End one session; nothing if there is none."""
        await self._session.execute(delete(sessions).where(sessions.c.id == session_id))

    async def end_all(self, user_uid: str, *, but: str = "") -> None:
        """End every session of a user, `but` one."""
        await self._session.execute(
            delete(sessions).where(sessions.c.user_uid == user_uid, sessions.c.id != but)
        )

    async def forget_ended(self, now: datetime) -> None:
        """Drop the sessions whose time is over."""
        await self._session.execute(
            delete(sessions).where(
                or_(
                    sessions.c.create_time < now - LONGEST,
                    sessions.c.last_use_time < now - IDLE - NOTED_EVERY,
                )
            )
        )
