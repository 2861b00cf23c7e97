"""Machines in PostgreSQL."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    delete,
    false,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.errors import NotFound
from qvdc_core.ids import Name
from qvdc_core.page import Page, PageRequest
from qvdc_db.errors import refusing
from qvdc_db.pagination import fetch_page
from qvdc_vm.domain.confession import Confession
from qvdc_vm.domain.host import ListFilter
from qvdc_vm.domain.observation import ENDED_WITH_HOST, ObservedState
from qvdc_vm.domain.plan import SWEEP_AFTER
from qvdc_vm.domain.protection import RestartPolicy
from qvdc_vm.domain.refusals import StaleMachine, VmNameTaken
from qvdc_vm.domain.values import HostUid, MachineUid, PowerWish, Spec
from qvdc_vm.domain.virtual_machine import Released, VirtualMachine
from qvdc_vm.ports import Unsettled
from qvdc_vm.store.rows import disk_rows, machine_columns, machine_of, nic_rows
from qvdc_vm.store.tables import (
    NAME_TAKEN,
    disks,
    ha_policies,
    machines,
    nics,
    nodes,
    secrets,
    unmanaged,
)

_MACHINES = (
    select(
        machines,
        nodes.c.report_time.label("host_report_time"),
        ha_policies.c.enabled.label("ha_enabled"),
        ha_policies.c.isolation_response.label("ha_response"),
        ha_policies.c.shutdown_grace_seconds.label("ha_grace_seconds"),
        ha_policies.c.detection_seconds.label("ha_detection_seconds"),
    )
    .outerjoin(nodes, nodes.c.uid == machines.c.node_uid)
    .outerjoin(ha_policies, ha_policies.c.cluster == machines.c.cluster)
)


_DOWN = (ObservedState.STOPPED.value, ObservedState.CRASHED.value)


class MachineRepository:
    """The machines of the site, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._specs: dict[MachineUid, Spec] = {}

    async def add(self, machine: VirtualMachine, *, user_data: str) -> None:
        """Store a new machine; `user_data` goes to a table of its own.

        Raises:
            VmNameTaken: its id is used.
        """
        with refusing(NAME_TAKEN, VmNameTaken(machine.name)):
            await self._session.execute(
                insert(machines).values(**machine_columns(machine), revision=machine.revision)
            )
        await self._add_parts(machine)
        if user_data:
            await self._session.execute(
                insert(secrets).values(machine_uid=machine.uid, user_data=user_data)
            )

    async def get(self, name: str, *, lock: bool = False) -> VirtualMachine:
        """Read by name; the last segment is an id or a uid.

        Raises:
            NotFound: there is none, or it is terminated.
        """
        wanted = Name.parse(name, "vms")
        column = machines.c.uid if wanted.has_uid else machines.c.id
        query = _MACHINES.where(column == wanted.id, machines.c.terminate_time.is_(None))
        found = await self._read(query.with_for_update(of=machines) if lock else query)
        if not found:
            raise NotFound("machine", name)
        return found[0]

    async def find(self, uid: MachineUid, *, lock: bool = False) -> VirtualMachine | None:
        """Read by uid, terminated ones included."""
        query = _MACHINES.where(machines.c.uid == uid)
        found = await self._read(query.with_for_update(of=machines) if lock else query)
        return found[0] if found else None

    async def save(self, machine: VirtualMachine) -> VirtualMachine:
        """Store `machine` unless somebody stored a newer one since it was read.

        Raises:
            StaleMachine: the stored revision is not `machine.revision`.
        """
        revision = await self._session.scalar(
            update(machines)
            .where(machines.c.uid == machine.uid, machines.c.revision == machine.revision)
            .values(**machine_columns(machine), revision=machine.revision + 1)
            .returning(machines.c.revision)
        )
        if revision is None:
            raise StaleMachine(machine.name)
        if self._specs.get(machine.uid) != machine.spec:
            await self._replace_parts(machine)
        return replace(machine, revision=revision)

    async def page(self, wanted: ListFilter, page: PageRequest) -> Page[VirtualMachine]:
        """One page by name; terminated machines only where their state is asked for."""
        query = _MACHINES.where(*_matching(wanted))
        keys = [machines.c.id, machines.c.uid]
        rows, token = await fetch_page(self._session, query, keys=keys, page=page, bound=wanted)
        return Page(tuple(await self._whole(rows)), token)

    async def by_names(self, names: Sequence[str]) -> Mapping[str, VirtualMachine]:
        """The machines of these names that are there."""
        ids = [Name.parse(name, "vms").id for name in names]
        query = _MACHINES.where(machines.c.id.in_(ids), machines.c.terminate_time.is_(None))
        return {each.name: each for each in await self._read(query)}

    async def of_host(self, host: HostUid) -> Sequence[VirtualMachine]:
        """All machines that are on a host."""
        return await self._read(_MACHINES.where(machines.c.node_uid == host))

    async def view_of(self, host: HostUid) -> Sequence[tuple[str, ObservedState, int]]:
        """Uid, state and change count of all that was seen of a host's machines, for its hash."""
        seen = unmanaged.c
        own = select(machines.c.uid, machines.c.seen_state, machines.c.seen_change_count).where(
            machines.c.node_uid == host, machines.c.seen_state.is_not(None)
        )
        others = select(seen.uid, seen.seen_state, seen.seen_change_count).where(
            seen.node_uid == host
        )
        rows = await self._session.execute(own.union_all(others))
        return [(uid, ObservedState(state), count) for uid, state, count in rows]

    async def raise_epochs(self, confession: Confession) -> Collection[MachineUid]:
        """Raise, in one statement, the run epochs of a host's machines that it confessed, and of
        the protected ones that were not seen to end before.

        An incident raises each of them once. Returns those that were raised now; their host is to
        be told. None of them is being moved: machines cannot be yet.
        """
        incident = confession.incident
        rows = await self._session.execute(
            update(machines)
            .where(
                machines.c.node_uid == confession.host,
                machines.c.terminate_time.is_(None),
                or_(
                    machines.c.uid.in_(confession.epochs),
                    and_(machines.c.protected, not_(_ended())),
                ),
                machines.c.confessed_incident != incident,
            )
            .values(
                run_epoch=machines.c.run_epoch + 1,
                host_generation=machines.c.host_generation + 1,
                revision=machines.c.revision + 1,
                confessed_incident=incident,
            )
            .returning(machines.c.uid)
        )
        return {row.uid for row in rows}

    async def unsettled(self, *, now: datetime, limit: int) -> Sequence[Unsettled]:
        """The machines that the loop may have something to do for.

        Those with an operation come first, the oldest before the others.
        """
        rows = await self._session.execute(
            select(machines.c.uid, machines.c.revision, machines.c.node_uid)
            .outerjoin(nodes, nodes.c.uid == machines.c.node_uid)
            .outerjoin(ha_policies, ha_policies.c.cluster == machines.c.cluster)
            .where(_unsettled(now))
            .order_by(machines.c.work_start_time.asc().nulls_last(), machines.c.uid)
            .limit(limit)
        )
        return [Unsettled(row.uid, row.revision, row.node_uid) for row in rows]

    async def user_data(self, uid: MachineUid) -> str:
        """Raw user-data; a secret."""
        found = await self._session.scalar(
            select(secrets.c.user_data).where(secrets.c.machine_uid == uid)
        )
        return found or ""

    async def forget_terminated(self, before: datetime) -> int:
        """Delete the records of machines terminated before; count them."""
        gone = await self._session.execute(
            delete(machines).where(machines.c.terminate_time < before).returning(machines.c.uid)
        )
        return len(gone.all())

    async def _replace_parts(self, machine: VirtualMachine) -> None:
        for table in (disks, nics):
            await self._session.execute(delete(table).where(table.c.machine_uid == machine.uid))
        await self._add_parts(machine)

    async def _add_parts(self, machine: VirtualMachine) -> None:
        self._specs[machine.uid] = machine.spec
        if rows := disk_rows(machine):
            await self._session.execute(insert(disks), rows)
        if rows := nic_rows(machine):
            await self._session.execute(insert(nics), rows)

    async def _read(self, query: Select[Any]) -> list[VirtualMachine]:
        return await self._whole((await self._session.execute(query)).all())

    async def _whole(self, rows: Sequence[Row[Any]]) -> list[VirtualMachine]:
        if not rows:
            return []
        uids = [row.uid for row in rows]
        parts: list[dict[str, list[Row[Any]]]] = []
        for table in (disks, nics):
            of_machine: dict[str, list[Row[Any]]] = defaultdict(list)
            query = select(table).where(table.c.machine_uid.in_(uids)).order_by(table.c.position)
            for part in await self._session.execute(query):
                of_machine[part.machine_uid].append(part)
            parts.append(of_machine)
        found = [machine_of(row, parts[0][row.uid], parts[1][row.uid]) for row in rows]
        self._specs |= {machine.uid: machine.spec for machine in found}
        return found


def _unsettled(now: datetime) -> ColumnElement[bool]:
    alive = nodes.c.alive.is_(True)
    unheld = machines.c.seen_generation < machines.c.host_generation
    defined = machines.c.seen_state.not_in(
        [ObservedState.ABSENT.value, ObservedState.PREPARING.value]
    )
    all_released = machines.c.released.contains([each.value for each in Released])
    return or_(
        machines.c.work_verb.is_not(None),
        and_(
            machines.c.terminate_time.is_(None),
            or_(
                and_(machines.c.doubtful, alive),
                and_(machines.c.removing, not_(all_released)),
                and_(machines.c.provisioned, unheld, defined, alive),
                and_(not_(machines.c.removing), _protection_differs()),
                and_(alive, _died_with_its_host()),
            ),
        ),
        and_(not_(machines.c.swept), machines.c.terminate_time < literal(now - SWEEP_AFTER)),
    )


def _ended() -> ColumnElement[bool]:
    """The current start was seen to have ended: no host makes it again."""
    current = machines.c.seen_run_epoch == machines.c.run_epoch
    return func.coalesce(and_(machines.c.seen_state.in_(_DOWN), current), false())


def _died_with_its_host() -> ColumnElement[bool]:
    """As `plan.died_with_its_host`."""
    return and_(
        machines.c.protected,
        machines.c.provisioned,
        machines.c.power_wish == PowerWish.ON.value,
        machines.c.seen_state.in_(_DOWN),
        or_(
            machines.c.seen_run_epoch < machines.c.run_epoch,
            machines.c.seen_cause == ENDED_WITH_HOST,
        ),
    )


def _protection_differs() -> ColumnElement[bool]:
    """What the host shall hold is not what follows from wish and policy (`due_protection`)."""
    due = and_(
        ha_policies.c.enabled,
        machines.c.auto_restart,
        machines.c.restart_policy != RestartPolicy.NEVER.value,
    )
    otherwise = or_(
        machines.c.isolation_response != ha_policies.c.isolation_response,
        machines.c.shutdown_grace_seconds != ha_policies.c.shutdown_grace_seconds,
    )
    return or_(machines.c.protected != due, and_(due, otherwise))


def _matching(wanted: ListFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.states:
        conditions.append(machines.c.state.in_([state.value for state in wanted.states]))
    else:
        conditions.append(machines.c.terminate_time.is_(None))
    if wanted.name_prefix:
        conditions.append(machines.c.id.startswith(wanted.name_prefix, autoescape=True))
    if wanted.labels:
        conditions.append(machines.c.labels.contains(dict(wanted.labels)))
    if wanted.cluster:
        conditions.append(machines.c.cluster == wanted.cluster)
    if wanted.node:
        conditions.append(machines.c.node == wanted.node)
    if wanted.query:
        texts = (machines.c.id, machines.c.display_name, machines.c.description)
        conditions.append(or_(*(each.icontains(wanted.query, autoescape=True) for each in texts)))
    return conditions
