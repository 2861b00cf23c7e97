"""What hosts said of their ports, in PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_network.domain.port import Plug, PluggedPort
from qvdc_network.domain.report import HostReport
from qvdc_network.store.tables import host_reports, plugs, ports


class ReportRepository:
    """The hosts' reports, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def note(self, report: HostReport, now: datetime) -> bool:
        """Note that a host told something; False, and nothing noted, if it is late news."""
        query = select(host_reports).where(host_reports.c.node_uid == report.node_uid)
        before = (await self._session.execute(query.with_for_update())).one_or_none()
        if before is not None and not report.later_than(before.change_count, before.observe_time):
            return False
        told = {
            "chassis": report.chassis,
            "error": report.error,
            "report_time": now,
            "change_count": report.change_count,
            "observe_time": report.observe_time,
        }
        await self._session.execute(
            insert(host_reports)
            .values(node_uid=report.node_uid, **told)
            .on_conflict_do_update(index_elements=[host_reports.c.node_uid], set_=told)
        )
        return True

    async def of_host(self, node_uid: str) -> Sequence[PluggedPort]:
        """What a host said to have plugged."""
        rows = await self._session.execute(select(plugs).where(plugs.c.node_uid == node_uid))
        return [
            PluggedPort(row.port_uid, row.interface, row.link_up, row.change_count) for row in rows
        ]

    async def known(self, uids: Collection[str]) -> frozenset[str]:
        """Those of these ports that there are."""
        if not uids:
            return frozenset()
        return frozenset(
            await self._session.scalars(select(ports.c.uid).where(ports.c.uid.in_(uids)))
        )

    async def elsewhere(
        self, node_uid: str, uids: Collection[str], *, since: datetime
    ) -> frozenset[str]:
        """Those of these ports that another host has plugged, heard of since then."""
        if not uids:
            return frozenset()
        query = (
            select(plugs.c.port_uid)
            .join(host_reports, host_reports.c.node_uid == plugs.c.node_uid)
            .where(
                plugs.c.port_uid.in_(uids),
                plugs.c.node_uid != node_uid,
                host_reports.c.report_time >= since,
            )
        )
        return frozenset(await self._session.scalars(query))

    async def replace(
        self,
        node_uid: str,
        told: Mapping[str, PluggedPort],
        stored: Mapping[str, PluggedPort],
    ) -> bool:
        """Store `told` in place of `stored`; whether they differ."""
        gone = stored.keys() - told.keys()
        if gone:
            await self._session.execute(
                delete(plugs).where(plugs.c.node_uid == node_uid, plugs.c.port_uid.in_(gone))
            )
        fresh = [each for uid, each in sorted(told.items()) if stored.get(uid) != each]
        if fresh:
            await self._put(node_uid, fresh)
        return bool(gone or fresh)

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

    async def _put(self, node_uid: str, fresh: Sequence[PluggedPort]) -> None:
        new = insert(plugs).values(
            [
                {
                    "port_uid": each.port_uid,
                    "node_uid": node_uid,
                    "interface": each.interface,
                    "link_up": each.link_up,
                    "change_count": each.change_count,
                }
                for each in fresh
            ]
        )
        told = ("interface", "link_up", "change_count")
        await self._session.execute(
            new.on_conflict_do_update(
                index_elements=[plugs.c.port_uid, plugs.c.node_uid],
                set_={name: new.excluded[name] for name in told},
            )
        )
