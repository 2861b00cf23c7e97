"""Host and owner agree on what is there, or say where they do not (HB-3, HB-4)."""

from dataclasses import replace
from datetime import timedelta

from qvdc_core.event import EventFilter
from qvdc_core.page import PageRequest
from qvdc_vm.domain.observation import (
    ConflictKind,
    Domain,
    Observed,
    ObservedState,
    Sighting,
    view_hash,
)
from qvdc_vm.domain.report import Outcome
from qvdc_vm.domain.state import State
from qvdc_vm.domain.unmanaged import Origin, UnmanagedMachine
from qvdc_vm.domain.values import HostUid, MachineUid
from qvdc_vm.usecases.observation import Observations
from tests.vm_testing.builders import HOST, NOW
from tests.vm_testing.site import NODES_FENCE, Site

STRANGER = MachineUid("99999999-9999-4999-8999-999999999999")
OTHER = HostUid("dddddddd-dddd-4ddd-8ddd-dddddddddddd")
BY_HAND = Domain(name="by-hand", vcpu_count=1, memory_bytes=64 << 20)


def seen(state: ObservedState = ObservedState.RUNNING, change_count: int = 1) -> Observed:
    return Observed(
        state=state, generation=0, run_epoch=0, observe_time=NOW, change_count=change_count
    )


def stranger(state: ObservedState = ObservedState.RUNNING, change_count: int = 1) -> Sighting:
    return Sighting(STRANGER, seen(state, change_count), BY_HAND)


async def unmanaged(site: Site) -> list[UnmanagedMachine]:
    return list((await site.unmanaged.page("nodes/h1", PageRequest.of(0, ""))).items)


async def kinds(site: Site) -> list[str]:
    async with site.transaction() as work:
        page = await work.events.page(EventFilter(), PageRequest.of(0, ""))
    return [each.draft.kind for each in page.items if each.draft.kind.startswith("Unmanaged")]


async def test_an_equal_hash_asks_for_nothing_and_another_one_for_everything(site: Site) -> None:
    machine = await site.running()
    first = await site.report(machine.uid, full=True)

    same = await site.hear(state_hash=first.state_hash)
    other = await site.hear(state_hash="another")

    assert first.outcome == Outcome(reconciled=1, discovered=0, lost=0)
    assert not same.request_full
    assert other.request_full
    assert other.state_hash == view_hash([(machine.uid, ObservedState.RUNNING, 1)])


async def test_a_process_that_just_began_asks_each_host_once_for_everything(site: Site) -> None:
    machine = await site.running()
    told = await site.report(machine.uid, full=True)
    site.observations = Observations(site.transaction, clock=site.clock)

    first = await site.hear(state_hash=told.state_hash)
    await site.report(machine.uid, full=True)
    second = await site.hear(state_hash=told.state_hash)

    assert first.request_full
    assert not second.request_full


async def test_what_was_started_by_hand_is_shown_and_counted_in_the_hash(site: Site) -> None:
    answer = await site.hear(stranger(), full=True)
    (found,) = await unmanaged(site)
    settled = await site.hear(state_hash=answer.state_hash)

    assert answer.outcome == Outcome(reconciled=0, discovered=1, lost=0)
    assert [each.kind for each in answer.conflicts] == [ConflictKind.MISSING_IN_INVENTORY]
    assert answer.state_hash == view_hash([(STRANGER, ObservedState.RUNNING, 1)])
    assert not settled.request_full
    assert (found.origin, found.state, found.domain) == (Origin.FOREIGN, State.RUNNING, BY_HAND)


async def test_it_is_told_once_in_each_state_and_forgotten_when_it_is_gone(site: Site) -> None:
    for _ in range(2):
        await site.hear(stranger())
    await site.hear(stranger(ObservedState.STOPPED, 2))
    assert [each.state for each in await unmanaged(site)] == [State.STOPPED]
    await site.hear(stranger(ObservedState.ABSENT, 3))

    assert await unmanaged(site) == []
    assert sorted(await kinds(site)) == [
        "UnmanagedMachineChanged",
        "UnmanagedMachineFound",
        "UnmanagedMachineGone",
    ]


async def test_a_full_report_that_does_not_name_it_ends_it_too(site: Site) -> None:
    await site.hear(stranger())
    await site.hear(full=True)

    assert await unmanaged(site) == []


async def test_late_news_of_it_loses(site: Site) -> None:
    late = stranger(ObservedState.STOPPED, 1)
    newer = replace(seen(ObservedState.RUNNING, 2), observe_time=NOW + timedelta(seconds=1))
    await site.hear(Sighting(STRANGER, newer, BY_HAND))
    await site.hear(late)

    assert [each.state for each in await unmanaged(site)] == [State.RUNNING]


async def test_a_machine_on_another_host_than_its_own_is_shown_at_both(site: Site) -> None:
    machine = await site.running()
    there = Sighting(machine.uid, seen())
    answer = await site.hear(there, host=OTHER)
    elsewhere = await site.unmanaged.elsewhere([machine])

    assert [each.kind for each in answer.conflicts] == [ConflictKind.WRONG_NODE]
    (found,) = elsewhere[machine.uid]
    assert (found.host, found.machine, found.origin) == (OTHER, "vms/web-1", Origin.WRONG_NODE)
    assert (await site.machine()).state is State.RUNNING


async def test_what_a_removed_host_had_is_forgotten(site: Site) -> None:
    await site.hear(stranger())
    await site.projection.remove(HOST, token="", fence=NODES_FENCE)

    assert await unmanaged(site) == []


async def test_an_older_start_that_runs_is_told_once(site: Site) -> None:
    machine = await site.running()
    older = replace(site.agent.see(machine.uid), run_epoch=0, change_count=7)
    for _ in range(2):
        answer = await site.hear(Sighting(machine.uid, older))
    async with site.transaction() as work:
        page = await work.events.page(EventFilter(kinds=("StaleEpochRuns",)), PageRequest.of(0, ""))

    assert [each.kind for each in answer.conflicts] == [ConflictKind.STALE_EPOCH]
    (event,) = page.items
    assert event.draft.text == "nodes/h1 runs an older start of vms/web-1 than 1."
