"""Thousands of machines at rest, written as the vm service itself writes them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from qvdc_core.clock import SystemClock
from qvdc_core.units import GIB
from qvdc_db.database import Database
from qvdc_db.store import Store
from qvdc_db.wakeups import Wakeups
from qvdc_vm.domain.creation import Draft, completed, created
from qvdc_vm.domain.observation import Observed, ObservedState
from qvdc_vm.domain.values import HostUid, MachineUid, Spec
from qvdc_vm.domain.virtual_machine import VirtualMachine, settle
from qvdc_vm.store.unit_of_work import SCHEMA, VmUnitOfWork

AT_ONCE = 250
STATES = (ObservedState.RUNNING, ObservedState.RUNNING, ObservedState.STOPPED)


def fleet(cluster: str, hosts: Sequence[str], count: int) -> Iterator[VirtualMachine]:
    """Yield machines spread over hosts, two of three running.

    Args:
        hosts: uids of nodes.
    """
    now = datetime.now(UTC)
    for number in range(count):
        state, host = STATES[number % len(STATES)], hosts[number % len(hosts)]
        yield _at_rest(f"vm-{number:05}", cluster, host, state, now)


async def write_fleet(
    database_url: str, redis_url: str, *, machines: Iterable[VirtualMachine]
) -> None:
    """Store machines, a few hundred in each transaction."""
    database = Database(database_url, schema=SCHEMA)
    store = Store(SCHEMA, database, Wakeups(redis_url, service=SCHEMA), SystemClock(), _new_id)
    waiting = list(machines)
    for first in range(0, len(waiting), AT_ONCE):
        async with VmUnitOfWork(store) as work:
            for machine in waiting[first : first + AT_ONCE]:
                await work.machines.add(machine, user_data="")
            await work.commit()
    await database.close()


def _at_rest(
    name: str, cluster: str, host: str, state: ObservedState, now: datetime
) -> VirtualMachine:
    new = created(
        completed(Draft(spec=Spec(cluster=cluster, vcpu_count=2, memory_bytes=2 * GIB))),
        uid=MachineUid(_new_id()),
        machine_id=name,
        operation="",
        start=state.up,
        actor="user:fleet",
        now=now,
        within=timedelta(minutes=1),
    )
    seen = Observed(
        state=state,
        generation=1,
        run_epoch=new.run_epoch,
        settled=True,
        change_count=1,
        observe_time=now,
    )
    placed = replace(
        new,
        work=None,
        node=f"nodes/{host}",
        node_uid=HostUid(host),
        observed=seen,
        provisioned=True,
    )
    return settle(placed, now)


def _new_id() -> str:
    return str(uuid.uuid4())
