"""The projection of which machine is placed on which node."""

from collections.abc import Mapping

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_node.store.tables import placements

SHOWN = 20


class PlacementRows:
    """The placements, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def replace_all(self, placed: Mapping[str, str]) -> None:
        """Make machine name -> node name all there is."""
        await self._session.execute(
            delete(placements).where(placements.c.machine.not_in(placed.keys()))
        )
        for machine, node in sorted(placed.items()):
            await self.put(machine, node)

    async def put(self, machine: str, node: str) -> None:
        """Note where `machine` is; an empty `node` is nowhere."""
        if not node:
            await self._session.execute(delete(placements).where(placements.c.machine == machine))
            return
        row = insert(placements).values(machine=machine, node=node)
        await self._session.execute(
            row.on_conflict_do_update(
                index_elements=[placements.c.machine], set_={"node": row.excluded.node}
            )
        )

    async def on(self, node: str) -> tuple[tuple[str, ...], int]:
        """Return the first 20 machines on `node`, by name, and how many there are."""
        mine = placements.c.node == node
        total = await self._session.scalar(select(func.count()).where(mine))
        first = await self._session.scalars(
            select(placements.c.machine).where(mine).order_by(placements.c.machine).limit(SHOWN)
        )
        return tuple(first), total or 0
