"""The rows of hosts that were invited and have not registered yet."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_node.domain.pairing import Pairing
from qvdc_node.store.tables import pairings


class PairingRows:
    """The pairings, in one transaction; at most one a host."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self) -> Sequence[Pairing]:
        """Return what is under way, in a stable order."""
        found = await self._session.execute(select(pairings).order_by(pairings.c.node_uid))
        return [Pairing(**row._asdict()) for row in found]

    async def put(self, pairing: Pairing) -> Pairing | None:
        """Store `pairing`; return the one of the same host that it takes the place of."""
        before = next(
            (each for each in await self.all() if each.node_uid == pairing.node_uid), None
        )
        values = asdict(pairing)
        await self._session.execute(
            insert(pairings)
            .values(**values)
            .on_conflict_do_update(index_elements=[pairings.c.node_uid], set_=values)
        )
        return before

    async def remove(self, pairing: Pairing) -> None:
        """Forget `pairing`."""
        await self._session.execute(
            delete(pairings).where(pairings.c.operation == pairing.operation)
        )
