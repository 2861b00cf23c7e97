"""A fenced host comes back: each of its machines is one start, here or elsewhere (PROTOCOLS 2)."""

from dataclasses import replace

import pytest

from qvdc_vm.domain import plan
from qvdc_vm.domain.confession import Confession, Settled
from qvdc_vm.domain.observation import ENDED_WITH_HOST, ObservedState, Sighting
from qvdc_vm.domain.protection import HaPolicy
from qvdc_vm.domain.state import State
from qvdc_vm.domain.values import HostUid, MachineUid
from qvdc_vm.domain.virtual_machine import VirtualMachine
from qvdc_vm.usecases.confession import Confessions
from tests.vm_testing.builders import HOST
from tests.vm_testing.site import Site

ELSEWHERE = HostUid("dddddddd-dddd-4ddd-8ddd-dddddddddddd")
INCIDENT = "incidents/i1"


@pytest.fixture
async def machine(site: Site) -> VirtualMachine:
    """A protected machine that runs."""
    await site.set_ha(HaPolicy(cluster="clusters/prod", enabled=True))
    return await site.running()


async def _confess(
    site: Site, *living: tuple[MachineUid, int], incident: str = INCIDENT, host: HostUid = HOST
) -> list[Settled]:
    confession = Confession(host=host, incident=incident, epochs=dict(living))
    return list(await Confessions(site.transaction).confess(confession))


async def test_a_machine_of_the_current_epoch_goes_on_under_the_next(
    site: Site, machine: VirtualMachine
) -> None:
    assert await _confess(site, (machine.uid, 1)) == [Settled(machine.uid, True, 2)]

    assert (await site.stored(machine.uid)).run_epoch == 2
    await site.settle(machine.uid)
    assert site.agent.applied[-1].run_epoch == 2
    assert (await site.machine()).state is State.RUNNING
    assert site.agent.starts == [(machine.uid, 1)]


async def test_an_incident_raises_an_epoch_once_however_often_it_is_confessed(
    site: Site, machine: VirtualMachine
) -> None:
    first = await _confess(site, (machine.uid, 1))
    revision = (await site.stored(machine.uid)).revision
    assert await _confess(site, (machine.uid, 1)) == first
    assert (await site.stored(machine.uid)).revision == revision

    again = await _confess(site, (machine.uid, 2), incident="incidents/i2")
    assert again == [Settled(machine.uid, True, 3)]


@pytest.mark.parametrize("epoch", [0, 2, 7])
async def test_another_epoch_is_another_start(
    site: Site, machine: VirtualMachine, epoch: int
) -> None:
    (settled,) = await _confess(site, (machine.uid, epoch))
    assert not settled.keep


async def test_a_machine_that_was_started_elsewhere_is_to_be_killed(
    site: Site, machine: VirtualMachine
) -> None:
    async with site.transaction() as work:
        there = await work.machines.find(machine.uid, lock=True)
        assert there is not None
        moved = replace(there, node="nodes/h2", node_uid=ELSEWHERE, run_epoch=2)
        await work.machines.save(moved)
        await work.commit()

    (settled,) = await _confess(site, (machine.uid, 1))
    assert not settled.keep
    assert (await site.stored(machine.uid)).run_epoch == 2


async def test_a_machine_that_died_unconfessed_is_started_again_as_a_new_start(
    site: Site, machine: VirtualMachine
) -> None:
    """What a failover decided by the old epoch finds another one, and the host starts it once."""
    assert await _confess(site) == []
    assert (await site.stored(machine.uid)).run_epoch == 2

    site.agent.dies_with_its_host(machine.uid)
    await site.report(machine.uid)
    assert isinstance(await site.settle(machine.uid), plan.Rest)
    assert (await site.machine()).state is State.RUNNING
    assert site.agent.starts == [(machine.uid, 1), (machine.uid, 3)]


async def test_a_protected_machine_comes_back_with_its_rebooted_host(
    site: Site, machine: VirtualMachine
) -> None:
    site.agent.dies_with_its_host(machine.uid)
    assert site.agent.see(machine.uid).cause == ENDED_WITH_HOST
    await site.report(machine.uid)
    assert isinstance(await site.settle(machine.uid), plan.Rest)

    back = await site.machine()
    assert (back.state, back.run_epoch, back.generation) == (State.RUNNING, 2, machine.generation)
    assert site.agent.starts == [(machine.uid, 1), (machine.uid, 2)]


async def test_a_guest_that_powered_itself_off_stays_off(
    site: Site, machine: VirtualMachine
) -> None:
    site.agent.guest_powers_off(machine.uid)
    await site.report(machine.uid)
    assert await _confess(site) == []
    await site.settle(machine.uid)

    assert (await site.machine()).state is State.STOPPED
    assert (await site.stored(machine.uid)).run_epoch == 1


async def test_machines_that_are_not_protected_are_none_of_its_business(site: Site) -> None:
    machine = await site.running()
    assert await _confess(site) == []
    assert (await site.stored(machine.uid)).run_epoch == 1
    stopped = replace(site.agent.see(machine.uid), state=ObservedState.STOPPED, cause="host")
    await site.observations.sighting(HOST, Sighting(machine.uid, stopped))
    await site.settle(machine.uid)
    assert (await site.stored(machine.uid)).run_epoch == 1
