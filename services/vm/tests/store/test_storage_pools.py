"""Disks in storage pools: room is held, told to the host by uid, and given back (ST-4)."""

from dataclasses import replace

import pytest

from qvdc_core.errors import InvalidField
from qvdc_core.operation import OperationState
from qvdc_vm.domain.creation import Draft, completed
from qvdc_vm.domain.observation import ObservedState, Problem, Sighting
from qvdc_vm.domain.state import State
from qvdc_vm.domain.values import Disk, MachineUid
from qvdc_vm.reconcile.pool_claims import PoolClaimReconciler
from tests.vm_testing.builders import HOST, a_draft, a_spec
from tests.vm_testing.fakes import POOL_UID, FakeAuthority
from tests.vm_testing.site import ANN, FENCE, Site

GIB = 2**30
WORDS = "storage-pools/fast: /srv/fast carries no marker: is it mounted?"


def pooled(pool: str = "storage-pools/fast") -> Draft:
    """A machine whose disk is in a pool."""
    disk = Disk(disk_id="root", image="images/debian-12", pool=pool)
    return a_draft(replace(a_spec(), disks=(disk,)))


async def deleted(site: Site) -> str:
    operation = await site.machines.delete(
        "vms/web-1", etag="", force=True, validate_only=False, key=None, actor=ANN
    )
    await site.settle(operation.target_uid)
    return operation.id


async def test_a_disk_holds_room_and_the_host_hears_the_pools_uid(site: Site) -> None:
    operation = await site.create(draft=pooled())
    await site.settle(operation.target_uid)

    assert (await site.machine()).state is State.RUNNING
    assert site.pools.claims == {(MachineUid(operation.target_uid), "root"): 2 * GIB}
    wanted = site.agent.applied[-1]
    assert [(each.disk_id, each.pool) for each in wanted.disks] == [("root", POOL_UID)]
    assert (
        site.cluster.claims[MachineUid(operation.target_uid)].storage_pool == "storage-pools/fast"
    )


async def test_a_disk_without_a_pool_goes_to_the_clusters_default(site: Site) -> None:
    site.cluster.storage_pool = "storage-pools/fast"
    operation = await site.create()
    await site.settle(operation.target_uid)
    local = await site.create(draft=pooled("local"), machine_id="web-2")
    await site.settle(local.target_uid)

    first, second = await site.machine(), await site.machine("web-2")
    assert [disk.pool for disk in first.spec.disks] == ["storage-pools/fast"]
    assert [disk.pool for disk in second.spec.disks] == ["local"]
    assert list(site.pools.claims) == [(first.uid, first.spec.disks[0].disk_id)]
    assert site.agent.applied[-1].disks[0].pool == ""


async def test_only_disks_of_the_pool_are_asked_of_it(site: Site) -> None:
    disks = (
        Disk(disk_id="root", size_bytes=4 * GIB, pool="local"),
        Disk(disk_id="data", size_bytes=GIB, pool="storage-pools/fast"),
    )
    operation = await site.create(draft=a_draft(replace(a_spec(), disks=disks)))
    await site.settle(operation.target_uid)

    demand = site.cluster.claims[MachineUid(operation.target_uid)]
    assert (demand.storage_pool, demand.disk_bytes) == ("storage-pools/fast", GIB)
    told = {each.disk_id: each.pool for each in site.agent.applied[-1].disks}
    assert told == {"root": "", "data": POOL_UID}


async def test_deletion_names_the_disk_to_the_host_and_gives_the_room_back(site: Site) -> None:
    operation = await site.create(draft=pooled())
    await site.settle(operation.target_uid)
    await deleted(site)

    gone = site.agent.applied[-1]
    assert gone.absent
    assert [(each.disk_id, each.pool, each.source) for each in gone.disks] == [
        ("root", POOL_UID, None)
    ]
    assert site.claims == 0


async def test_a_full_pool_is_a_readable_refusal_and_leaves_nothing(site: Site) -> None:
    site.pools.room_bytes = GIB
    operation = await site.create(draft=pooled())
    await site.settle(operation.target_uid)

    ended = await site.operation(operation)
    assert ended.state is OperationState.FAILED
    assert ended.failure is not None
    assert ended.failure.reason == "POOL_OVERCOMMITTED"
    assert "has room for 1073741824 bytes" in ended.failure.message
    assert (await site.machine()).state is State.ERROR
    assert site.claims == 0


async def test_a_pool_that_lost_its_mount_is_a_readable_failure(site: Site) -> None:
    """MARKER_MISSING: the operation ends at once; what could not be undone is when the pool is
    back."""
    site.agent.missing_pool = WORDS
    operation = await site.create(draft=pooled())
    await site.settle(operation.target_uid)

    ended = await site.operation(operation)
    assert ended.failure is not None
    assert (ended.failure.reason, WORDS in ended.failure.message) == ("MARKER_MISSING", True)
    assert (await site.machine()).state is State.ERROR
    assert site.claims > 0, "its files may still be there"

    site.agent.missing_pool = ""
    site.agent.work(MachineUid(operation.target_uid))
    await site.report(operation.target_uid)
    await site.settle(operation.target_uid)
    assert site.claims == 0


async def test_a_guest_halted_by_a_full_pool_says_so(site: Site) -> None:
    """ST-4."""
    operation = await site.create(draft=pooled())
    await site.settle(operation.target_uid)
    uid = MachineUid(operation.target_uid)
    words = "Its pool is full (free: 0 bytes): the guest waits, and goes on when there is room."
    halted = replace(
        site.agent.see(uid),
        state=ObservedState.PAUSED,
        cause="no space",
        problem=Problem("POOL_FULL", words),
        change_count=9,
    )
    await site.observations.sighting(HOST, Sighting(uid, halted))

    machine = await site.machine()
    assert (machine.state, machine.state_message) == (State.PAUSED, words)


async def test_room_that_nobody_needs_is_given_back(site: Site) -> None:
    operation = await site.create(draft=pooled())
    await site.settle(operation.target_uid)
    stranger = MachineUid("99999999-9999-4999-8999-999999999999")
    site.pools.claims[(stranger, "root")] = GIB

    async def run(*_: object, **__: object) -> None:
        """Nobody leads for ever in a test."""

    leader = type("Leader", (), {"run": run})()
    reconciler = PoolClaimReconciler(
        leader, site.pools, site.transaction, authority=FakeAuthority()
    )
    await reconciler.turn(FENCE)

    assert list(site.pools.claims) == [(MachineUid(operation.target_uid), "root")]


def test_a_pool_is_named_as_such() -> None:
    for pool in ("", "local", "storage-pools/fast"):
        completed(pooled(pool))
    for pool in ("fast", "nodes/h1", "storage-pools/"):
        with pytest.raises(InvalidField) as refused:
            completed(pooled(pool))
        assert refused.value.fields[0].field == "virtual_machine.disks[0].pool"
