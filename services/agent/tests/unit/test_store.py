"""What a host keeps: never forgotten, never older."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from qvdc_agent.domain.machine import (
    BaseImage,
    BootId,
    Digest,
    Disk,
    ImageFormat,
    MachineUid,
    Nic,
    Power,
    Seed,
    WantedMachine,
)
from qvdc_agent.domain.observation import MachineState, Observation, ObservedMachine, Problem
from qvdc_agent.domain.refusals import StaleEpoch, StaleGeneration
from qvdc_agent.domain.seen import DomainPower, DomainView, Remembered
from qvdc_agent.store.machine import TOMBSTONE_LIFE, SqliteMachineStore
from qvdc_core.clock import ManualClock
from qvdc_core.errors import StaleFence
from qvdc_core.fence import Fence

UID = MachineUid("11111111-1111-4111-8111-111111111111")
OTHER = MachineUid("22222222-2222-4222-8222-222222222222")
BOOT = BootId("boot")
FENCE = Fence(1, "machine", 10)
WANTED = WantedMachine(
    uid=UID,
    vm_id="web-1",
    generation=5,
    run_epoch=2,
    power=Power.ON,
    vcpu_count=2,
    memory_bytes=2**30,
    disks=(
        Disk(
            "root",
            2**30,
            base=BaseImage(Digest("a" * 64), ImageFormat.RAW, 5, 6, ("https://x",), "ticket"),
        ),
    ),
    nics=(Nic(str(OTHER), "52:54:00:00:00:01", 1442),),
    seed=Seed("meta", "user", "net"),
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def store(tmp_path: Path, clock: ManualClock) -> AsyncIterator[SqliteMachineStore]:
    store = SqliteMachineStore(tmp_path / "agent.db", now=clock.now)
    await store.open()
    yield store
    await store.close()


async def reopened(tmp_path: Path, clock: ManualClock) -> SqliteMachineStore:
    """The store as the next process finds it, the first one having been killed."""
    store = SqliteMachineStore(tmp_path / "agent.db", now=clock.now)
    await store.open()
    return store


async def test_a_wanted_state_survives_whole(
    store: SqliteMachineStore, tmp_path: Path, clock: ManualClock
) -> None:
    await store.accept(WANTED, FENCE, BOOT)

    record = await (await reopened(tmp_path, clock)).get(UID)

    assert record is not None
    assert record.wanted == WANTED
    assert record.accepted_boot == BOOT


@pytest.mark.parametrize(
    "older", [Fence(1, "machine", 9), Fence(0, "machine", 99)], ids=["revision", "site term"]
)
async def test_an_older_fence_is_refused_also_after_a_restart(
    store: SqliteMachineStore, tmp_path: Path, clock: ManualClock, older: Fence
) -> None:
    await store.accept(WANTED, FENCE, BOOT)
    second = await reopened(tmp_path, clock)

    with pytest.raises(StaleFence):
        await second.accept(replace(WANTED, generation=6), older, BOOT)

    record = await second.get(UID)
    assert record is not None
    assert record.generation == 5


async def test_fences_are_kept_per_loop(store: SqliteMachineStore) -> None:
    await store.accept(WANTED, FENCE, BOOT)

    await store.accept(WANTED, Fence(0, "failover", 1), BOOT)


async def test_an_older_generation_or_epoch_is_refused(store: SqliteMachineStore) -> None:
    await store.accept(WANTED, FENCE, BOOT)

    with pytest.raises(StaleGeneration):
        await store.accept(replace(WANTED, generation=4), FENCE, BOOT)
    with pytest.raises(StaleEpoch):
        await store.accept(replace(WANTED, run_epoch=1), FENCE, BOOT)


async def test_a_refused_call_leaves_the_fence_as_it_was(store: SqliteMachineStore) -> None:
    await store.accept(WANTED, FENCE, BOOT)
    with pytest.raises(StaleGeneration):
        await store.accept(replace(WANTED, generation=4), Fence(1, "machine", 11), BOOT)

    await store.accept(WANTED, FENCE, BOOT)


async def test_the_same_generation_may_come_again_with_fresh_tickets(
    store: SqliteMachineStore,
) -> None:
    await store.accept(WANTED, FENCE, BOOT)
    fresh = replace(WANTED, vcpu_count=4)

    assert (await store.accept(fresh, FENCE, BOOT)).wanted == fresh


async def test_what_is_remembered_and_observed_survives(
    store: SqliteMachineStore, tmp_path: Path, clock: ManualClock
) -> None:
    await store.accept(WANTED, FENCE, BOOT)
    remembered = Remembered(2, BOOT, "shutdown")
    observation = Observation(
        MachineState.STOPPED, 5, 2, cause="shutdown", problem=Problem("X", "why", True)
    )
    observed = ObservedMachine(UID, observation, 9, clock.now(), clock.now())
    await store.save_remembered(UID, remembered)
    await store.save_observed(observed)

    record = await (await reopened(tmp_path, clock)).get(UID)

    assert record is not None
    assert (record.remembered, record.observed) == (remembered, observed)


async def test_a_found_domain_sets_the_floor(store: SqliteMachineStore) -> None:
    await store.learn(DomainView(UID, DomainPower.RUNNING, generation=8, run_epoch=4))

    with pytest.raises(StaleGeneration):
        await store.accept(WANTED, FENCE, BOOT)


async def test_a_removed_machine_is_remembered_for_a_while(
    store: SqliteMachineStore, tmp_path: Path, clock: ManualClock
) -> None:
    await store.accept(replace(WANTED, absent=True), FENCE, BOOT)
    await store.accept(replace(WANTED, uid=OTHER), FENCE, BOOT)
    with pytest.raises(StaleGeneration):
        await store.accept(replace(WANTED, generation=1), FENCE, BOOT)
    clock.advance(TOMBSTONE_LIFE + timedelta(days=1))

    second = await reopened(tmp_path, clock)

    assert await second.get(UID) is None
    assert await second.get(OTHER) is not None


async def test_only_the_owner_may_read_the_file(store: SqliteMachineStore, tmp_path: Path) -> None:
    assert (tmp_path / "agent.db").stat().st_mode & 0o077 == 0
