"""The projection of nodes in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_vm.domain.host import Host
from qvdc_vm.domain.values import HostUid
from qvdc_vm.store.tables import nodes, projections

NOUN = "nodes"


class HostRepository:
    """What is known of nodes, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, uid: HostUid) -> Host | None:
        """Read one."""
        row = (await self._session.execute(select(nodes).where(nodes.c.uid == uid))).one_or_none()
        return None if row is None else _host(row)

    async def put(self, host: Host) -> None:
        """Store what the node service said; what the host itself told stays."""
        told = {
            "name": host.name,
            "alive": host.alive,
            "removed": host.removed,
            "phase": host.phase,
            "agent_addresses": list(host.agent_addresses),
        }
        row = insert(nodes).values(uid=host.uid, boot_id="", **told)
        await self._session.execute(
            row.on_conflict_do_update(index_elements=[nodes.c.uid], set_=told)
        )

    async def remove(self, uid: HostUid) -> None:
        """Note that one is gone for good; its uid is remembered for the machines it had."""
        await self._session.execute(
            update(nodes).where(nodes.c.uid == uid).values(removed=True, alive=False)
        )

    async def all(self) -> Sequence[Host]:
        """Every one, by name."""
        rows = await self._session.execute(select(nodes).order_by(nodes.c.name))
        return [_host(row) for row in rows]

    async def note_report(self, uid: HostUid, boot_id: str, now: datetime) -> bool:
        """Note that a host told something; whether it is another boot than was known.

        One that the node service did not tell of yet is noted as not alive.
        """
        before = await self.find(uid)
        row = insert(nodes).values(
            uid=uid,
            name="",
            alive=False,
            removed=False,
            phase="",
            agent_addresses=[],
            boot_id=boot_id,
            report_time=now,
        )
        told = {"boot_id": boot_id, "report_time": now}
        await self._session.execute(
            row.on_conflict_do_update(index_elements=[nodes.c.uid], set_=told)
        )
        return before is None or before.boot_id != boot_id

    async def note_answer(self, uid: HostUid, now: datetime) -> None:
        """Note that a host answered when it was asked."""
        await self._session.execute(update(nodes).where(nodes.c.uid == uid).values(report_time=now))

    async def position(self) -> str:
        """Where the projection goes on; "" from the beginning."""
        token = await self._session.scalar(
            select(projections.c.token).where(projections.c.noun == NOUN)
        )
        return token or ""

    async def set_position(self, token: str) -> None:
        """Remember where to go on."""
        row = insert(projections).values(noun=NOUN, token=token)
        await self._session.execute(
            row.on_conflict_do_update(index_elements=[projections.c.noun], set_={"token": token})
        )


def _host(row: Row[Any]) -> Host:
    return Host(
        uid=HostUid(row.uid),
        name=row.name,
        alive=row.alive,
        removed=row.removed,
        phase=row.phase,
        agent_addresses=tuple(row.agent_addresses),
        boot_id=row.boot_id,
        report_time=row.report_time,
    )
