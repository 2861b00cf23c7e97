"""The rows of hosts that shall restart or turn off."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_node.domain.node import NodeUid
from qvdc_node.domain.power import PowerAction, PowerVerb
from qvdc_node.store.tables import power_actions


class PowerActionRows:
    """The power actions, in one transaction; at most one a node."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self) -> Sequence[PowerAction]:
        """Return what is under way."""
        found = await self._session.execute(
            select(power_actions).order_by(power_actions.c.node_uid)
        )
        return [PowerAction(**{**row._asdict(), "verb": PowerVerb(row.verb)}) for row in found]

    async def of(self, uid: NodeUid) -> PowerAction | None:
        """Return what is under way on the node."""
        return next((each for each in await self.all() if each.node_uid == uid), None)

    async def put(self, action: PowerAction) -> None:
        """Store `action`, in place of an earlier state of it."""
        values = {**asdict(action), "verb": action.verb.value}
        await self._session.execute(
            insert(power_actions)
            .values(**values)
            .on_conflict_do_update(index_elements=[power_actions.c.node_uid], set_=values)
        )

    async def remove(self, uid: NodeUid) -> None:
        """Forget what was under way on the node."""
        await self._session.execute(delete(power_actions).where(power_actions.c.node_uid == uid))
