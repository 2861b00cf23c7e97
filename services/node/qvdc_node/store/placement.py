"""The projection of which machine is placed on which node, and what it does there."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_node.domain.maintenance import AT_REST, SHOWN
from qvdc_node.domain.placement import Placed
from qvdc_node.store.tables import placements


class PlacementRows:
    """The placements, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def replace_all(self, placed: Sequence[Placed]) -> None:
        """Make `placed` all there is."""
        names = [each.machine for each in placed]
        await self._session.execute(delete(placements).where(placements.c.machine.not_in(names)))
        for each in sorted(placed, key=lambda one: one.machine):
            await self.put(each)

    async def put(self, placed: Placed) -> None:
        """Note where a machine is; an empty `node` is nowhere."""
        if not placed.node:
            await self._session.execute(
                delete(placements).where(placements.c.machine == placed.machine)
            )
            return
        row = insert(placements).values(
            machine=placed.machine, node=placed.node, state=placed.state
        )
        await self._session.execute(
            row.on_conflict_do_update(
                index_elements=[placements.c.machine],
                set_={"node": row.excluded.node, "state": row.excluded.state},
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

    async def blocking(self, node: str) -> tuple[tuple[Placed, ...], int]:
        """Return the first 20 machines on `node` that are not at rest, by name, and how many."""
        awake = (placements.c.node == node) & placements.c.state.not_in(AT_REST)
        total = await self._session.scalar(select(func.count()).where(awake))
        first = await self._session.execute(
            select(placements).where(awake).order_by(placements.c.machine).limit(SHOWN)
        )
        found = tuple(Placed(row.machine, row.node, row.state) for row in first)
        return found, total or 0
