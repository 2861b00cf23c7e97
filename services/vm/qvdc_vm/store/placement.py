"""Placement plans in PostgreSQL, kept as the documents that they are."""

from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_vm.domain.placement import PlacementPlan
from qvdc_vm.domain.values import MachineUid
from qvdc_vm.store.tables import plans

KEPT = timedelta(days=30)
"""How long verdicts can be read (VM-25)."""

_CODEC = TypeAdapter(PlacementPlan)


class PlanRepository:
    """Why machines run where they run, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def keep(self, uid: MachineUid, plan: PlacementPlan, now: datetime) -> None:
        """Store the newest plan of a machine; drop its plans older than 30 days."""
        await self._session.execute(
            delete(plans).where(plans.c.machine_uid == uid, plans.c.time < now - KEPT)
        )
        document = _CODEC.dump_python(plan, mode="json")
        await self._session.execute(insert(plans).values(machine_uid=uid, time=now, plan=document))

    async def latest(self, uid: MachineUid) -> PlacementPlan | None:
        """The newest plan of a machine."""
        document = await self._session.scalar(
            select(plans.c.plan)
            .where(plans.c.machine_uid == uid)
            .order_by(plans.c.id.desc())
            .limit(1)
        )
        return None if document is None else _CODEC.validate_python(document)
