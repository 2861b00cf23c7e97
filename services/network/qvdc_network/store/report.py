"""What hosts said of their ports, in PostgreSQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_network.domain.port import Plug, PluggedPort
from qvdc_network.store.tables import host_reports, plugs, ports


class ReportRepository:
    """The hosts' reports, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(
        self,
        *,
        node_uid: str,
        chassis: str,
        error: str,
        ports: Sequence[PluggedPort],
        now: datetime,
    ) -> bool:
        """Replace what a host said; whether anything but the time changed."""
        report = {"chassis": chassis, "error": error, "report_time": now}
        await self._session.execute(
            insert(host_reports)
            .values(node_uid=node_uid, **report)
            .on_conflict_do_update(index_elements=[host_reports.c.node_uid], set_=report)
        )
        known = await self._known([each.port_uid for each in ports])
        wanted = {
            each.port_uid: (each.interface, each.link_up)
            for each in ports
            if each.port_uid in known
        }
        stored = await self._stored(node_uid)
        if wanted == stored:
            return False
        await self._replace(node_uid, wanted, stored)
        return True

    async def plugs(self) -> Mapping[str, Sequence[Plug]]:
        """What hosts said, by port uid."""
        rows = await self._session.execute(
            select(plugs, host_reports.c.chassis, host_reports.c.report_time).join(
                host_reports, host_reports.c.node_uid == plugs.c.node_uid
            )
        )
        found: dict[str, list[Plug]] = {}
        for row in rows:
            plug = Plug(
                port_uid=row.port_uid,
                node_uid=row.node_uid,
                chassis=row.chassis,
                interface=row.interface,
                link_up=row.link_up,
                report_time=row.report_time,
            )
            found.setdefault(row.port_uid, []).append(plug)
        return found

    async def _known(self, uids: Sequence[str]) -> set[str]:
        # Locked, so that none is forgotten between this and the rows that refer to it.
        query = select(ports.c.uid).where(ports.c.uid.in_(uids)).order_by(ports.c.uid)
        return set(await self._session.scalars(query.with_for_update(read=True, key_share=True)))

    async def _stored(self, node_uid: str) -> dict[str, tuple[str, bool | None]]:
        rows = await self._session.execute(select(plugs).where(plugs.c.node_uid == node_uid))
        return {row.port_uid: (row.interface, row.link_up) for row in rows}

    async def _replace(
        self,
        node_uid: str,
        wanted: Mapping[str, tuple[str, bool | None]],
        stored: Mapping[str, tuple[str, bool | None]],
    ) -> None:
        gone = stored.keys() - wanted.keys()
        if gone:
            await self._session.execute(
                delete(plugs).where(plugs.c.node_uid == node_uid, plugs.c.port_uid.in_(gone))
            )
        rows = [
            {"port_uid": uid, "node_uid": node_uid, "interface": interface, "link_up": link_up}
            for uid, (interface, link_up) in sorted(wanted.items())
            if stored.get(uid) != (interface, link_up)
        ]
        if rows:
            new = insert(plugs).values(rows)
            await self._session.execute(
                new.on_conflict_do_update(
                    index_elements=[plugs.c.port_uid, plugs.c.node_uid],
                    set_={"interface": new.excluded.interface, "link_up": new.excluded.link_up},
                )
            )
