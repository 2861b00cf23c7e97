"""What is done about a pool, by what is seen of it (ST-1, ST-2)."""

import hashlib
import itertools
from dataclasses import replace

import pytest

from qvdc_agent.domain.assigned_pools import AssignedPools
from qvdc_agent.domain.pool import (
    Check,
    FolderView,
    Health,
    Initialise,
    LetGo,
    Marker,
    Nonces,
    ObservedPool,
    PoolMemory,
    PoolObservation,
    PoolState,
    PoolUid,
    Refuse,
    SeenNonce,
    WantedPool,
    judge_pool,
    plan_pool,
    pools_hash,
    refused,
    worth_telling,
)

UID = PoolUid("11111111-1111-4111-8111-111111111111")
OTHER = PoolUid("22222222-2222-4222-8222-222222222222")
FAST = WantedPool(UID, "storage-pools/fast", "/srv/fast", generation=3)
OWN, FOREIGN = Marker(UID), Marker(OTHER, "storage-pools/other")
GIB = 2**30


def step_of(wanted: WantedPool, view: FolderView, *, marked: bool = False) -> object:
    return plan_pool(wanted, view, path=wanted.path, marked=marked)


def test_a_folder_without_marker_is_made_only_when_told_and_only_once() -> None:
    told = replace(FAST, initialise=True)

    assert step_of(told, FolderView()) == Initialise()
    assert step_of(told, FolderView(present=True)) == Initialise()
    for wanted, marked in [(FAST, False), (FAST, True), (told, True)]:
        step = step_of(wanted, FolderView(present=True), marked=marked)
        assert isinstance(step, Refuse)
        assert step.reason == "MARKER_MISSING"


def test_a_shared_folder_that_is_not_there_is_never_made() -> None:
    shared = replace(FAST, shared=True, initialise=True)

    assert step_of(shared, FolderView(present=True)) == Initialise()
    assert isinstance(step_of(shared, FolderView()), Refuse)


def test_a_foreign_marker_is_never_written_over() -> None:
    for initialise, release, wipe in itertools.product([False, True], repeat=3):
        wanted = replace(FAST, initialise=initialise, release=release, wipe=wipe)
        step = step_of(wanted, FolderView(present=True, marker=FOREIGN))
        assert step not in (Initialise(), Check(), LetGo(wipe=True))


def test_its_own_marker_opens_a_pool() -> None:
    assert step_of(FAST, FolderView(present=True, marker=OWN)) == Check()


def test_a_pool_is_wiped_over_its_own_marker_alone() -> None:
    going = replace(FAST, release=True)
    wiping = replace(going, wipe=True)
    here = FolderView(present=True, marker=OWN)

    assert step_of(going, here) == LetGo(wipe=False)
    assert step_of(wiping, here) == LetGo(wipe=True)
    assert step_of(going, FolderView(trouble="stale handle")) == LetGo(wipe=False)
    assert isinstance(step_of(wiping, FolderView(present=True)), Refuse)


def test_what_hangs_or_fails_is_named_with_the_systems_words() -> None:
    step = step_of(FAST, FolderView(present=True, trouble="Stale file handle"))

    assert step == Refuse("NOT_USABLE", "Stale file handle")


@pytest.mark.parametrize(
    ("free", "seconds", "state", "reason"),
    [
        (50, 0.001, PoolState.HEALTHY, ""),
        (5, 0.001, PoolState.DEGRADED, "FULL"),
        (50, 5.0, PoolState.DEGRADED, "SLOW"),
        (50, None, PoolState.HEALTHY, ""),
    ],
)
def test_a_pool_that_is_full_or_slow_is_degraded(
    free: int, seconds: float | None, state: PoolState, reason: str
) -> None:
    seen = judge_pool(FAST, Health(100 * GIB, free * GIB, seconds))

    assert (seen.state, seen.reason, seen.generation) == (state, reason, 3)


def test_changes_of_standing_are_counted_and_nothing_else() -> None:
    well = judge_pool(FAST, Health(100 * GIB, 50 * GIB, 0.1))
    fuller = judge_pool(FAST, Health(100 * GIB, 40 * GIB, 0.1))
    memory = PoolMemory(marked=True).after(well)

    assert memory.after(fuller) == memory
    gone = memory.after(refused(FAST, "MARKER_MISSING", "no"))
    assert (gone.change_count, gone.marked) == (2, True)
    assert gone.after(well).change_count == 3


def test_a_few_bytes_are_not_worth_a_report() -> None:
    before = judge_pool(FAST, Health(100 * GIB, 50 * GIB, 0.1))

    assert not worth_telling(before, judge_pool(FAST, Health(100 * GIB, 50 * GIB - 4096, 0.2)))
    assert worth_telling(before, judge_pool(FAST, Health(100 * GIB, 45 * GIB, 0.1)))
    other = Nonces("own", seen=(SeenNonce(str(OTHER), "theirs"),))
    assert worth_telling(before, judge_pool(FAST, Health(100 * GIB, 50 * GIB, 0.1, other)))
    assert worth_telling(before, refused(FAST, "MARKER_MISSING", "no"))


def test_the_hash_follows_the_contracts_lines() -> None:
    def seen(state: PoolState) -> ObservedPool:
        return ObservedPool(FAST, "/srv/fast", PoolObservation(state, 3), 7, 0.0)

    assert pools_hash([]) == pools_hash([seen(PoolState.UNMOUNTED)])
    line = f"{UID} 3 7 HEALTHY\n".encode()
    assert pools_hash([seen(PoolState.HEALTHY)]) == hashlib.sha256(line).hexdigest()


def test_a_list_of_pools_is_read_as_it_was_written() -> None:
    held = AssignedPools(2, 5, (FAST, replace(FAST, uid=OTHER, shared=True, initialise=True)))

    assert AssignedPools.from_text(held.to_text()) == held
    assert held.newer_than(AssignedPools(1, 9))
    assert not held.newer_than(AssignedPools(2, 5))
    for nonsense in ("[]", "{}", '{"pools": 3, "site_term": 1, "generation": 1}', "no"):
        with pytest.raises(ValueError):  # noqa: PT011 - of whatever in it is wrong
            AssignedPools.from_text(nonsense)
