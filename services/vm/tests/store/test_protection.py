"""HA settings reach machines through PostgreSQL and the loop, and are taken back."""

from datetime import timedelta

from qvdc_vm.domain import plan
from qvdc_vm.domain.protection import HaPolicy, IsolationResponse, RestartPolicy
from qvdc_vm.domain.update import Change
from qvdc_vm.domain.values import MachineUid
from qvdc_vm.domain.virtual_machine import VirtualMachine
from qvdc_vm.usecases.ha_policy import HaPolicies
from tests.vm_testing.site import ANN, CLUSTERS_FENCE, Site

ON = HaPolicy(cluster="clusters/prod", enabled=True, grace_seconds=30)
OFF = HaPolicy(cluster="clusters/prod")


async def test_running_machines_are_handed_over_and_let_go(site: Site) -> None:
    machine = await site.running()
    assert not await _due(site)

    await site.set_ha(ON)
    assert await _due(site) == {machine.uid}
    protected = await _settled(site, machine.uid)
    told = site.agent.applied[-1].protection
    assert (told.protected, told.grace_seconds) == (True, 30)
    assert protected.unprotected is None
    assert protected.run_epoch == machine.run_epoch
    assert not await _due(site)

    await site.set_ha(HaPolicy(cluster="clusters/prod", enabled=True))
    assert await _due(site) == {machine.uid}
    await _settled(site, machine.uid)
    await site.set_ha(OFF)
    assert (await _settled(site, machine.uid)).unprotected is not None
    assert not site.agent.applied[-1].protection.protected
    assert len(site.agent.starts) == 1


async def test_new_machines_are_protected_from_their_first_instruction(site: Site) -> None:
    await site.set_ha(HaPolicy(cluster="clusters/prod", enabled=True, detection_seconds=30))
    machine = await site.running()

    assert all(each.protection.protected for each in site.agent.applied)
    assert machine.unprotected is None
    assert machine.ha is not None
    assert machine.ha.detection_seconds == 30


async def test_one_machine_may_stay_out(site: Site) -> None:
    await site.set_ha(ON)
    machine = await site.running()
    await _change(site, Change(restart_policy=RestartPolicy.NEVER))
    assert (await _settled(site, machine.uid)).unprotected is not None

    await _change(site, Change(restart_policy=RestartPolicy.ON_FAILURE, auto_restart=False))
    assert (await _settled(site, machine.uid)).restart.policy is RestartPolicy.ON_FAILURE
    await _change(site, Change(auto_restart=True))
    back = await _settled(site, machine.uid)
    assert back.unprotected is None
    assert back.protection.response is IsolationResponse.POWER_OFF


async def test_a_cluster_that_is_told_no_more_leaves_protection_as_it_was(site: Site) -> None:
    await site.set_ha(ON)
    machine = await site.running()
    await HaPolicies(site.transaction).keep_only((), fence=CLUSTERS_FENCE)

    assert not await _due(site)
    assert (await site.stored(machine.uid)).unprotected is None


async def _change(site: Site, change: Change) -> None:
    await site.machines.update(
        "vms/web-1", change, etag="", validate_only=False, key=None, actor=ANN
    )


async def _settled(site: Site, uid: str) -> VirtualMachine:
    assert isinstance(await site.settle(uid), plan.Rest)
    return await site.stored(uid)


async def _due(site: Site) -> set[MachineUid]:
    now = site.clock.now() + timedelta(seconds=1)
    async with site.transaction() as work:
        return {each.uid for each in await work.machines.unsettled(now=now, limit=10)}
