"""The machine loop on PostgreSQL: whoever dies whenever, the end is the same."""

from dataclasses import replace
from datetime import timedelta

import pytest

from qvdc_core.errors import Kind, NotFound, StaleFence
from qvdc_core.fence import Fence
from qvdc_core.operation import Operation, OperationState
from qvdc_vm.domain import plan
from qvdc_vm.domain.observation import ConflictKind, ObservedState, Sighting
from qvdc_vm.domain.refusals import NodeUnreachable
from qvdc_vm.domain.state import State
from qvdc_vm.domain.values import MachineUid, PowerWish
from tests.vm_testing.builders import WITHIN
from tests.vm_testing.fakes import FakeAuthority, LeaderDied, a_host, dead
from tests.vm_testing.site import ANN, FENCE, NODES_FENCE, Site

NEWER = Fence(1, "vm-machines", 20)


async def test_a_machine_is_made_and_started(site: Site) -> None:
    operation = await site.create()
    assert (await site.machine()).state is State.PENDING
    await site.settle(operation.target_uid)

    machine = await site.machine()
    assert machine.state is State.RUNNING
    assert machine.run_epoch == 1
    assert machine.spec.nics[0].port is not None
    assert (await site.operation(operation)).state is OperationState.SUCCEEDED
    assert (await site.placements.of("vms/web-1")).node == "nodes/h1"


async def test_the_host_is_told_of_image_port_and_seed(site: Site) -> None:
    await site.running()

    wanted = site.agent.applied[-1]
    assert wanted.disks[0].source is not None
    assert wanted.disks[0].source.ticket.startswith("ticket-")
    assert wanted.nics[0].mac == "52:54:00:00:00:05"
    assert '"local-hostname": "web-1"' in wanted.seed.meta_data
    assert "ssh-ed25519 AAAA me" in wanted.seed.user_data
    assert "52:54:00:00:00:05" in wanted.seed.network_config


async def test_deletion_leaves_nothing_and_frees_the_id(site: Site) -> None:
    machine = await site.running()
    operation = await _delete(site, force=True)
    await site.settle(machine.uid)

    assert site.claims == 0
    assert site.agent.domains[machine.uid].state is ObservedState.ABSENT
    assert (await site.operation(operation)).state is OperationState.SUCCEEDED
    with pytest.raises(NotFound):
        await site.machine()
    assert (await site.stored(machine.uid)).state is State.TERMINATED
    await site.create()


async def test_no_placement_leaves_an_error_with_the_verdicts_and_nothing_else(
    site: Site,
) -> None:
    site.cluster.room = 0
    operation = await site.create()
    await site.settle(operation.target_uid)

    ended = await site.operation(operation)
    assert ended.state is OperationState.FAILED
    assert ended.failure is not None
    assert ended.failure.reason == "NO_PLACEMENT"
    assert "memory needs" in ended.failure.facts["verdicts"]
    assert (await site.machine()).state is State.ERROR
    assert site.claims == 0
    assert (await site.placements.of("vms/web-1")).verdicts[0].obstacles


@pytest.mark.parametrize("reason", ["IMAGE_NOT_READY", "NO_FREE_ADDRESS", "HYPERVISOR_REFUSED"])
async def test_a_failed_create_leaves_no_orphan(site: Site, reason: str) -> None:
    site.images.ready = {} if reason == "IMAGE_NOT_READY" else site.images.ready
    site.network.free = 0 if reason == "NO_FREE_ADDRESS" else 1
    site.agent.refuses_start = reason == "HYPERVISOR_REFUSED"
    site.agent.lazy = reason == "HYPERVISOR_REFUSED"
    operation = await site.create()
    await site.settle(operation.target_uid)
    if site.agent.lazy:
        site.agent.work(MachineUid(operation.target_uid))
        await site.report(operation.target_uid)
        await site.settle(operation.target_uid)

    ended = await site.operation(operation)
    assert ended.failure is not None
    assert ended.failure.reason == reason
    assert (await site.machine()).state is State.ERROR
    assert site.claims == 0


async def test_a_service_that_is_away_is_waited_for_with_a_word(site: Site) -> None:
    site.cluster.away = True
    operation = await site.create()
    await site.settle(operation.target_uid)
    waiting = await site.operation(operation)
    assert waiting.state is OperationState.RUNNING
    assert waiting.message == "the cluster service is away"
    site.cluster.away = False
    await site.settle(operation.target_uid)

    assert (await site.machine()).state is State.RUNNING


async def test_a_create_that_is_not_done_in_time_says_on_what_it_hung(site: Site) -> None:
    site.agent.lazy = True
    operation = await site.create()
    await site.settle(operation.target_uid)
    site.clock.advance(WITHIN)
    site.agent.lazy = False
    await site.settle(operation.target_uid)

    ended = await site.operation(operation)
    assert ended.failure is not None
    assert ended.failure.reason == "DEADLINE_EXCEEDED"
    assert site.claims == 0


@pytest.mark.parametrize("dies_after", range(24))
async def test_a_leader_killed_between_any_two_steps_is_replaced(
    site: Site, dies_after: int
) -> None:
    operation = await site.create()
    uid = operation.target_uid
    try:
        await site.settle(uid, authority=FakeAuthority(dies_after=dies_after))
    except LeaderDied:
        await site.settle(uid, fence=NEWER)

    assert (await site.machine()).state is State.RUNNING
    assert site.agent.starts == [(uid, 1)]
    assert (await site.operation(operation)).state is OperationState.SUCCEEDED
    assert site.claims == 3


@pytest.mark.parametrize("dies_after", range(16))
async def test_a_deletion_killed_between_any_two_steps_goes_on(site: Site, dies_after: int) -> None:
    machine = await site.running()
    operation = await _delete(site, force=True)
    try:
        await site.settle(machine.uid, authority=FakeAuthority(dies_after=dies_after))
    except LeaderDied:
        await site.settle(machine.uid, fence=NEWER)

    assert site.claims == 0
    assert (await site.operation(operation)).state is OperationState.SUCCEEDED


async def test_two_leaders_at_once_do_nothing_twice(site: Site) -> None:
    operation = await site.create()
    uid = MachineUid(operation.target_uid)
    old, new = site.steps(), site.steps()
    await old.take(uid, FENCE)
    await old.take(uid, FENCE)
    await new.take(uid, NEWER)
    with pytest.raises(StaleFence):
        await old.take(uid, FENCE)
    await site.settle(uid, fence=NEWER)

    assert site.agent.starts == [(uid, 1)]
    assert (await site.machine()).state is State.RUNNING


async def test_late_news_changes_nothing(site: Site) -> None:
    machine = await site.running()
    late = site.agent.see(machine.uid)
    site.clock.advance(timedelta(seconds=1))
    site.agent.guest_powers_off(machine.uid)
    await site.report(machine.uid)
    site.agent.domains[machine.uid].state = late.state
    stopped = await site.machine()
    await site.observations.sighting(a_host().uid, Sighting(machine.uid, late))

    assert stopped.state is State.STOPPED
    assert (await site.machine()).state is State.STOPPED


async def test_a_guest_that_stops_by_itself_is_told_and_left_stopped(site: Site) -> None:
    machine = await site.running()
    site.agent.guest_powers_off(machine.uid)
    await site.report(machine.uid)
    await site.settle(machine.uid)

    stopped = await site.machine()
    assert stopped.state is State.STOPPED
    assert stopped.power_wish is PowerWish.ON
    assert "shutdown" in stopped.state_message
    assert site.agent.starts == [(machine.uid, 1)]


async def test_a_machine_is_unknown_while_its_host_is_dead_and_seen_afresh_after(
    site: Site,
) -> None:
    machine = await site.running()
    await site.projection.put(dead(a_host()), token="", fence=NODES_FENCE)
    assert (await site.machine()).state is State.UNKNOWN
    site.agent.guest_powers_off(machine.uid)
    await site.projection.put(a_host(), token="", fence=NODES_FENCE)
    assert (await site.machine()).state is State.UNKNOWN
    await site.settle(machine.uid)

    assert (await site.machine()).state is State.STOPPED


async def test_a_machine_missing_from_a_full_report_is_lost(site: Site) -> None:
    machine = await site.running()
    answer = await site.report(full=True)

    assert [each.kind for each in answer.conflicts] == [ConflictKind.MISSING_ON_NODE]
    assert (await site.machine()).state is State.LOST
    await site.settle(machine.uid)
    assert (await site.machine()).state is State.LOST


async def test_what_nobody_knows_is_a_conflict(site: Site) -> None:
    stranger = "99999999-9999-4999-8999-999999999999"
    machine = await site.running()
    site.agent.domains[MachineUid(stranger)] = site.agent.domains[machine.uid]
    answer = await site.report(stranger)

    assert [each.kind for each in answer.conflicts] == [ConflictKind.MISSING_IN_INVENTORY]


async def test_a_host_that_holds_something_newer_is_overtaken(site: Site) -> None:
    machine = await site.running()
    domain = site.agent.domains[machine.uid]
    domain.wanted = replace(domain.wanted, generation=50)
    operation = await site.machines.power_off(
        "vms/web-1", etag="", validate_only=False, key=None, actor=ANN
    )
    await site.settle(machine.uid)

    assert (await site.operation(operation)).state is OperationState.SUCCEEDED
    assert (await site.machine()).host_generation > 50


async def test_serial_output_comes_from_the_host_or_says_that_it_is_away(site: Site) -> None:
    await site.running()
    within = timedelta(seconds=1)
    log = await site.serial_logs.read("vms/web-1", offset_bytes=0, limit_bytes=6, within=within)
    assert log.content == b"ready\n"
    site.agent.away = True
    with pytest.raises(NodeUnreachable) as refused:
        await site.serial_logs.read("vms/web-1", offset_bytes=0, limit_bytes=0, within=within)
    assert refused.value.kind is Kind.UNAVAILABLE


async def test_what_came_late_for_a_deleted_machine_is_released(site: Site) -> None:
    machine = await site.running()
    await _delete(site, force=True)
    await site.settle(machine.uid)
    await site.network.create(machine, 0)
    site.clock.advance(plan.SWEEP_AFTER + timedelta(seconds=1))
    async with site.transaction() as work:
        due = await work.machines.unsettled(now=site.clock.now(), limit=10)
    assert [each.uid for each in due] == [machine.uid]
    await site.settle(machine.uid)

    assert site.claims == 0


async def _delete(site: Site, *, force: bool) -> Operation:
    return await site.machines.delete(
        "vms/web-1", force=force, etag="", validate_only=False, key=None, actor=ANN
    )
