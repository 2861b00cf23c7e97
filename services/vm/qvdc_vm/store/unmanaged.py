"""Machines that no record accounts for, in PostgreSQL."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Select, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.page import Page, PageRequest
from qvdc_db.pagination import fetch_page
from qvdc_vm.domain.observation import Domain, Observed, ObservedState
from qvdc_vm.domain.unmanaged import Origin, UnmanagedMachine
from qvdc_vm.domain.values import HostUid, MachineUid
from qvdc_vm.store.tables import nodes, unmanaged

_FOUND: Select[Any] = select(
    unmanaged,
    nodes.c.name.label("host_name"),
    nodes.c.alive.label("host_alive"),
    nodes.c.report_time.label("host_report_time"),
).outerjoin(nodes, nodes.c.uid == unmanaged.c.node_uid)


class UnmanagedRepository:
    """What hosts have beside their machines, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, host: HostUid, uid: MachineUid) -> UnmanagedMachine | None:
        """Read one of a host."""
        query = _FOUND.where(unmanaged.c.uid == uid, unmanaged.c.node_uid == host)
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else _machine(row)

    async def put(self, machine: UnmanagedMachine) -> None:
        """Store one as it was seen last."""
        columns = _columns(machine)
        await self._session.execute(
            insert(unmanaged)
            .values(**columns)
            .on_conflict_do_update(index_elements=["uid", "node_uid"], set_=columns)
        )

    async def remove(self, host: HostUid, uid: MachineUid) -> None:
        """Forget one; a no-op if it is not there."""
        await self._session.execute(
            delete(unmanaged).where(unmanaged.c.uid == uid, unmanaged.c.node_uid == host)
        )

    async def of_host(self, host: HostUid) -> Sequence[UnmanagedMachine]:
        """All on a host."""
        rows = await self._session.execute(_FOUND.where(unmanaged.c.node_uid == host))
        return [_machine(row) for row in rows]

    async def of_uids(self, uids: Collection[MachineUid]) -> Sequence[UnmanagedMachine]:
        """All with one of these uids, on any host."""
        if not uids:
            return []
        query = _FOUND.where(unmanaged.c.uid.in_(uids)).order_by(unmanaged.c.node_uid)
        return [_machine(row) for row in await self._session.execute(query)]

    async def page(self, node: str, page: PageRequest) -> Page[UnmanagedMachine]:
        """One page by uid.

        Args:
            node: only those on the node of this name; "" for all.
        """
        query = _FOUND.where(nodes.c.name == node) if node else _FOUND
        keys = [unmanaged.c.uid, unmanaged.c.node_uid]
        rows, token = await fetch_page(self._session, query, keys=keys, page=page, bound=node)
        return Page(tuple(_machine(row) for row in rows), token)


def _columns(machine: UnmanagedMachine) -> dict[str, Any]:
    seen, domain = machine.observed, machine.domain
    return {
        "uid": machine.uid,
        "node_uid": machine.host,
        "origin": machine.origin.value,
        "machine": machine.machine,
        "domain_name": domain.name,
        "marked": domain.marked,
        "vcpu_count": domain.vcpu_count,
        "memory_bytes": domain.memory_bytes,
        "seen_state": seen.state.value,
        "seen_generation": seen.generation,
        "seen_run_epoch": seen.run_epoch,
        "seen_change_count": seen.change_count,
        "seen_cause": seen.cause,
        "seen_since_time": seen.since_time,
        "seen_observe_time": seen.observe_time,
    }


def _machine(row: Row[Any]) -> UnmanagedMachine:
    return UnmanagedMachine(
        uid=MachineUid(row.uid),
        host=HostUid(row.node_uid),
        origin=Origin(row.origin),
        observed=Observed(
            state=ObservedState(row.seen_state),
            generation=row.seen_generation,
            run_epoch=row.seen_run_epoch,
            observe_time=row.seen_observe_time,
            change_count=row.seen_change_count,
            cause=row.seen_cause,
            since_time=row.seen_since_time,
        ),
        domain=Domain(
            name=row.domain_name,
            vcpu_count=row.vcpu_count,
            memory_bytes=row.memory_bytes,
            marked=row.marked,
        ),
        machine=row.machine,
        host_name=row.host_name or "",
        host_alive=bool(row.host_alive),
        host_report_time=row.host_report_time,
    )
