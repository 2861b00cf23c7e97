"""Machines in PostgreSQL: there and back, names, races, lists."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from qvdc_core.errors import Kind, NotFound
from qvdc_core.operation import OperationFailure
from qvdc_core.page import PageRequest
from qvdc_vm.domain.host import ListFilter
from qvdc_vm.domain.observation import ObservedState, Problem
from qvdc_vm.domain.refusals import StaleMachine, VmNameTaken
from qvdc_vm.domain.state import State, Verb
from qvdc_vm.domain.values import Firmware, MachineUid, PlacementWishes
from qvdc_vm.domain.virtual_machine import Released, VirtualMachine, Work
from qvdc_vm.store.unit_of_work import VmUnitOfWork
from tests.vm_testing.builders import NOW, UID, a_machine, a_new_machine, seen

Transaction = Callable[[], VmUnitOfWork]


def _everything_set() -> VirtualMachine:
    failure = OperationFailure(Kind.EXHAUSTED, "NO_PLACEMENT", "none", {"hosts": "2"})
    machine = a_machine(ObservedState.PAUSED)
    return replace(
        machine,
        work=Work(
            verb=Verb.SHUTDOWN,
            operation="vm-1",
            start_time=NOW,
            grace_deadline=NOW,
            power_off_after_grace=True,
            cut=True,
            failing=failure,
        ),
        spec=replace(
            machine.spec,
            firmware=Firmware.UEFI,
            wishes=PlacementWishes(
                required_nodes=("nodes/h1",),
                excluded_nodes=("nodes/h2",),
                node_labels={"zone": "a"},
            ),
        ),
        last_error=failure,
        released=frozenset({Released.PORTS}),
        removing=True,
        doubtful=True,
        swept=True,
        observed=replace(
            seen(ObservedState.PAUSED),
            cause="ioerror",
            since_time=NOW,
            stage="pulling",
            done_bytes=1,
            total_bytes=2,
            problem=Problem("POOL_FULL", "no room", final=True),
            cpu_percent=1.5,
            memory_used_bytes=3,
        ),
    )


async def test_a_machine_is_read_back_as_it_was_stored(transaction: Transaction) -> None:
    machine = _everything_set()
    async with transaction() as work:
        await work.machines.add(machine, user_data="#cloud-config\nsecret")
        await work.commit()
    async with transaction() as work:
        assert await work.machines.find(UID) == machine
        assert await work.machines.get(f"vms/{UID}") == machine
        assert await work.machines.user_data(UID) == "#cloud-config\nsecret"


async def test_a_saved_machine_is_read_back_with_its_parts(transaction: Transaction) -> None:
    async with transaction() as work:
        await work.machines.add(a_new_machine(), user_data="")
        await work.commit()
    async with transaction() as work:
        stored = await work.machines.get("vms/web-1", lock=True)
        wanted = replace(a_machine(), labels={"a": "b"}, revision=stored.revision)
        saved = await work.machines.save(wanted)
        await work.commit()
    async with transaction() as work:
        assert await work.machines.get("vms/web-1") == saved
    assert saved == replace(wanted, revision=2)


async def test_the_second_writer_loses(transaction: Transaction) -> None:
    machine = a_new_machine()
    async with transaction() as work:
        await work.machines.add(machine, user_data="")
        await work.machines.save(machine)
        with pytest.raises(StaleMachine):
            await work.machines.save(machine)


async def test_an_id_is_taken_until_its_machine_is_terminated(transaction: Transaction) -> None:
    first = a_new_machine()
    second = replace(first, uid=MachineUid("22222222-2222-4222-8222-222222222222"))
    async with transaction() as work:
        await work.machines.add(first, user_data="")
        await work.commit()
    with pytest.raises(VmNameTaken):
        async with transaction() as work:
            await work.machines.add(second, user_data="")
    async with transaction() as work:
        await work.machines.save(replace(first, terminate_time=NOW, state=State.TERMINATED))
        await work.machines.add(second, user_data="")
        await work.commit()
    async with transaction() as work:
        assert (await work.machines.get("vms/web-1")).uid == second.uid
        page = await work.machines.page(ListFilter(states=(State.TERMINATED,)), PageRequest())
        assert [each.uid for each in page.items] == [first.uid]


async def test_lists_are_filtered_and_paged_by_name(transaction: Transaction) -> None:
    async with transaction() as work:
        for number in range(5):
            uid = MachineUid(f"0000000{number}-0000-4000-8000-000000000000")
            machine = replace(
                a_machine() if number % 2 else a_new_machine(),
                uid=uid,
                id=f"web-{number}",
                display_name=f"100%_{number}",
                labels={"odd": str(number % 2)},
            )
            await work.machines.add(machine, user_data="")
        await work.commit()

    async def ids(wanted: ListFilter) -> list[str]:
        async with transaction() as work:
            page = await work.machines.page(wanted, PageRequest())
        return [each.id for each in page.items]

    assert await ids(ListFilter()) == [f"web-{number}" for number in range(5)]
    assert await ids(ListFilter(states=(State.RUNNING,))) == ["web-1", "web-3"]
    assert await ids(ListFilter(labels={"odd": "0"})) == ["web-0", "web-2", "web-4"]
    assert await ids(ListFilter(node="nodes/h1", query="%_3")) == ["web-3"]
    assert await ids(ListFilter(name_prefix="web_")) == []
    async with transaction() as work:
        first = await work.machines.page(ListFilter(), PageRequest(size=2))
        rest = await work.machines.page(ListFilter(), PageRequest(10, first.next_token))
    assert [each.id for each in rest.items] == ["web-2", "web-3", "web-4"]


async def test_a_machine_that_is_not_there_is_not_found(transaction: Transaction) -> None:
    async with transaction() as work:
        with pytest.raises(NotFound):
            await work.machines.get("vms/nobody")
