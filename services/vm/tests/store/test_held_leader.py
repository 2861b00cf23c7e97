"""PROTOCOLS 7: two leaders for a moment are harmless, since PostgreSQL tells them apart."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.leadership import Leadership
from qvdc_coord.lease import Leases
from qvdc_core.errors import StaleFence
from qvdc_core.fence import Fence
from qvdc_core.operation import OperationState
from qvdc_testing.etcd import EtcdServer
from qvdc_vm.domain import plan
from qvdc_vm.domain.state import State
from qvdc_vm.domain.values import MachineUid
from qvdc_vm.reconcile.virtual_machine import LOOP
from tests.vm_testing.site import Site


class Seam:
    """Holds a leader after a check, before what it sends; `passes` checks go through before."""

    def __init__(self) -> None:
        self.passes: int | None = None
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __call__(self, _fence: Fence) -> None:
        if self.passes == 0:
            self.reached.set()
            await self.go_on.wait()
        elif self.passes is not None:
            self.passes -= 1


@pytest.fixture
async def coordination(etcd: EtcdServer) -> AsyncIterator[tuple[Etcd, Leases]]:
    """An etcd of this test."""
    async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client, Leases(client) as leases:
        yield client, leases


def _leadership(
    coordination: tuple[Etcd, Leases], instance: str, seam: Seam | None = None
) -> Leadership:
    async def site_term() -> int:
        return 1

    etcd, leases = coordination
    return Leadership(
        etcd, leases, LOOP, site_term=site_term, instance=instance, before_effect=seam
    )


async def test_a_leader_held_between_its_check_and_its_send_is_refused_by_postgresql(
    site: Site, coordination: tuple[Etcd, Leases]
) -> None:
    """The old leader checked, was held, was replaced, and writes late: its write is refused."""
    seam = Seam()
    old, new = _leadership(coordination, "old", seam), _leadership(coordination, "new")
    old_turns = old.turns(every=plan.SWEEP_AFTER)
    old_fence = await anext(old_turns)
    operation = await site.create()
    uid = MachineUid(operation.target_uid)
    await _until_applied(site, uid, old_fence, old)
    before = await site.machine()
    assert before.state is State.STARTING

    # Its next step ends the operation: a check before the step, and one before the transaction.
    seam.passes = 1
    held = asyncio.create_task(site.steps(old).take(uid, old_fence))
    await seam.reached.wait()
    await old.resign()
    new_turns = new.turns(every=plan.SWEEP_AFTER)
    new_fence = await anext(new_turns)
    assert new_fence > old_fence
    async with site.transaction() as work:
        await work.fences.check(new_fence)
        await work.commit()
    seam.go_on.set()

    with pytest.raises(StaleFence):
        await held
    assert (await site.operation(operation)).state is OperationState.RUNNING
    assert (await site.machine()).revision == before.revision

    await site.settle(uid, fence=new_fence, authority=new)
    assert (await site.machine()).state is State.RUNNING
    assert site.agent.starts == [(uid, 1)]
    await old_turns.aclose()
    await new_turns.aclose()


async def test_a_leader_held_before_it_tells_a_host_is_refused_by_the_host(
    site: Site, coordination: tuple[Etcd, Leases]
) -> None:
    seam = Seam()
    old, new = _leadership(coordination, "old", seam), _leadership(coordination, "new")
    old_turns, new_turns = old.turns(every=plan.SWEEP_AFTER), new.turns(every=plan.SWEEP_AFTER)
    old_fence = await anext(old_turns)
    operation = await site.create()
    uid = MachineUid(operation.target_uid)
    steps = site.steps(old)
    while not site.network.ports:
        await steps.take(uid, old_fence)
    seam.passes = 1
    held = asyncio.create_task(steps.take(uid, old_fence))
    await seam.reached.wait()
    await old.resign()
    new_fence = await anext(new_turns)
    await site.settle(uid, fence=new_fence, authority=new)
    told = len(site.agent.applied)
    seam.go_on.set()

    with pytest.raises(StaleFence):
        await held
    assert len(site.agent.applied) == told
    assert (await site.machine()).state is State.RUNNING
    await old_turns.aclose()
    await new_turns.aclose()


async def _until_applied(site: Site, uid: MachineUid, fence: Fence, leads: Leadership) -> None:
    steps = site.steps(leads)
    while not site.agent.applied:
        await steps.take(uid, fence)
