"""The rules of storage pools (ST-1, ST-2, ST-4, ST-6, GEN-13)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from qvdc_core.errors import InvalidField
from qvdc_core.event import EventDraft
from qvdc_node.domain.node import NodeUid, Phase
from qvdc_node.domain.pool import (
    Assignment,
    PathInUse,
    PoolPhase,
    PoolType,
    PoolUid,
    Provisioning,
    StoragePool,
    check_apart,
    checked_path,
    given,
    released_by_all,
)
from qvdc_node.domain.pool_claim import PoolOvercommitted, Taken, check_room
from qvdc_node.domain.pool_health import (
    Done,
    Failed,
    Outcome,
    PoolWork,
    Waits,
    idle,
    news,
    outcome,
    settle,
)
from qvdc_node.domain.pool_sight import (
    Holding,
    PoolView,
    Probe,
    SightState,
    merged,
    peers_of,
    standing_of,
    state_hash,
)
from tests.node_testing.builders import NOW
from tests.node_testing.pool_builders import GIB, POOL, a_pool, a_sight, on


def view_of(*holdings: Holding, pool: StoragePool | None = None) -> PoolView:
    return PoolView(pool=pool or a_pool(), holdings=holdings)


HEALTHY, ILL = a_sight(), a_sight(SightState.ERROR, reason="MARKER_MISSING", error="not there")


@pytest.mark.parametrize(
    ("holdings", "phase", "reason"),
    [
        ([], PoolPhase.PENDING, "NO_NODES"),
        ([on(1)], PoolPhase.PENDING, "NOT_REPORTED"),
        ([on(1, a_sight(SightState.MOUNTING))], PoolPhase.PENDING, "MOUNTING"),
        ([on(1, HEALTHY), on(2, HEALTHY)], PoolPhase.READY, ""),
        ([on(1, HEALTHY), on(2, ILL)], PoolPhase.DEGRADED, "MARKER_MISSING"),
        ([on(1, ILL), on(2)], PoolPhase.ERROR, "MARKER_MISSING"),
        ([on(1, HEALTHY, node_phase=Phase.OFFLINE)], PoolPhase.ERROR, "NODE_SILENT"),
        ([on(1, HEALTHY, told_at=NOW - timedelta(seconds=31))], PoolPhase.ERROR, "NODE_SILENT"),
        ([on(1, HEALTHY, told_at=NOW - timedelta(seconds=30))], PoolPhase.READY, ""),
    ],
)
def test_st_1_the_phase_follows_from_what_is_known_now(
    holdings: Sequence[Holding], phase: PoolPhase, reason: str
) -> None:
    standing = standing_of(view_of(*holdings), NOW)

    assert (standing.phase, standing.reason) == (phase, reason)


def test_gen_13_of_a_silent_host_no_number_is_repeated() -> None:
    (silent,) = standing_of(view_of(on(1, HEALTHY, node_phase=Phase.FENCED)), NOW).nodes

    assert (silent.state, silent.stale) == (SightState.UNKNOWN, True)
    assert (silent.capacity_bytes, silent.available_bytes) == (None, None)


def test_cl_5_a_shared_pool_is_counted_once_and_a_local_one_on_every_node() -> None:
    holdings = (on(1, HEALTHY), on(2, HEALTHY))
    shared = a_pool(PoolType.SHARED_DIR)

    assert standing_of(view_of(*holdings), NOW).capacity_bytes == 200 * GIB
    assert standing_of(view_of(*holdings, pool=shared), NOW).capacity_bytes == 100 * GIB


def probing(number: int, *seen: int) -> Holding:
    probe = Probe(nonce=f"nonce-{number}", seen={f"n{each}": f"nonce-{each}" for each in seen})
    return on(number, a_sight(probe=probe, nonce_time=NOW - timedelta(minutes=5)))


@pytest.mark.parametrize(
    ("holdings", "strangers"),
    [
        ([probing(1, 2), probing(2, 1)], []),
        ([probing(1), probing(2)], ["nodes/h1", "nodes/h2"]),
        ([probing(1, 2), probing(2, 1), probing(3)], ["nodes/h3"]),
        (
            [probing(1, 2), probing(2, 1), probing(3, 4), probing(4, 3)],
            ["nodes/h1", "nodes/h2", "nodes/h3", "nodes/h4"],
        ),
        ([probing(1)], []),
    ],
)
def test_st_2_who_does_not_find_what_most_others_wrote_has_another_directory(
    holdings: Sequence[Holding], strangers: Sequence[str]
) -> None:
    view = view_of(*holdings, pool=a_pool(PoolType.SHARED_DIR))

    found = [each for each in standing_of(view, NOW).nodes if each.reason == "NOT_THE_SAME"]

    assert [each.holding.node for each in found] == strangers
    assert all(each.state is SightState.DEGRADED for each in found)


def test_gen_20_a_pool_of_many_hosts_is_compared_in_a_ring_and_finds_the_stranger() -> None:
    uids = [f"n{each}" for each in range(100)]
    assert peers_of("n5", ["n1", "n5", "n9"]) == ("n9", "n1")
    holdings = []
    for number, uid in enumerate(uids):
        seen = {each: f"nonce-{each}" for each in uids if (each == "n42") == (uid == "n42")}
        probe = Probe(nonce=f"nonce-{uid}", seen=seen).kept_for(peers_of(uid, uids))
        holdings.append(on(number, a_sight(probe=probe, nonce_time=NOW - timedelta(minutes=5))))

    standing = standing_of(view_of(*holdings, pool=a_pool(PoolType.SHARED_DIR)), NOW)

    found = [each.holding.node for each in standing.nodes if each.reason == "NOT_THE_SAME"]
    assert found == ["nodes/h42"]
    probes = [each.sight.probe for each in holdings if each.sight is not None]
    assert {len(each.seen) for each in probes if each is not None} <= {0, 15, 16}


def test_a_nonce_that_is_young_may_be_unseen() -> None:
    young = Probe(nonce="nonce-2")
    second = on(2, a_sight(probe=young, nonce_time=NOW - timedelta(seconds=20)))
    first = on(1, a_sight(probe=Probe(nonce="nonce-1"), nonce_time=NOW - timedelta(seconds=20)))
    view = view_of(first, second, pool=a_pool(PoolType.SHARED_DIR))

    assert standing_of(view, NOW).phase is PoolPhase.READY


def test_st_2_the_right_to_write_a_marker_ends_when_the_pool_was_healthy() -> None:
    may = Assignment(pool_uid=POOL, node_uid=NodeUid("n1"), initialise=True)

    settlement, _ = settle(view_of(on(1, HEALTHY, assignment=may)), NOW)
    (changed,) = settlement.changed
    assert (changed.initialise, changed.generation, settlement.initialised) == (False, 2, True)
    settlement, _ = settle(view_of(on(1, ILL, assignment=may)), NOW)
    assert not settlement.changed


def test_st_2_one_host_may_write_the_marker_of_a_shared_pool_and_it_passes_on() -> None:
    pool = a_pool(PoolType.SHARED_DIR)
    first = given(pool, None, NodeUid("n1"), first=True)
    second = given(pool, None, NodeUid("n2"), first=False)
    assert (first.initialise, second.initialise) == (True, False)
    dead = on(1, HEALTHY, assignment=first, node_phase=Phase.OFFLINE)

    settlement, _ = settle(view_of(dead, on(2, ILL, assignment=second), pool=pool), NOW)

    assert {each.node_uid: each.initialise for each in settlement.changed} == {
        "n1": False,
        "n2": True,
    }


def test_hb_5_a_host_has_let_go_when_it_says_so_of_this_release() -> None:
    going = Assignment(pool_uid=POOL, node_uid=NodeUid("n1"), generation=4, releasing=True)
    gone = a_sight(SightState.UNMOUNTED, generation=4)

    assert settle(view_of(on(1, gone, assignment=going)), NOW)[0].left == ("n1",)
    late = a_sight(SightState.UNMOUNTED, generation=3)
    assert settle(view_of(on(1, late, assignment=going)), NOW)[0].left == ()
    deleting = a_pool(deleting=True)
    assert settle(view_of(on(1, gone, assignment=going), pool=deleting), NOW)[0].gone
    assert not settle(view_of(on(1, late, assignment=going), pool=deleting), NOW)[0].gone


def test_one_host_wipes_a_shared_pool_and_each_its_own() -> None:
    held = [Assignment(pool_uid=POOL, node_uid=NodeUid(uid)) for uid in ("n1", "n2")]

    for kind, wipes in ((PoolType.LOCAL_DIR, [True, True]), (PoolType.SHARED_DIR, [True, False])):
        pool = a_pool(kind, deleting=True, wipe=True)
        assert [each.wipe for each in released_by_all(pool, held)] == wipes


def kinds(pool: StoragePool, *holdings: Holding) -> tuple[StoragePool, list[str]]:
    """Settle; return the pool as told, and the kinds of its events."""
    settlement, standing = settle(view_of(*holdings, pool=pool), NOW)
    if settlement.told is None:
        return pool, []
    drafts: list[EventDraft] = news(pool, standing, settlement.told)
    return replace(pool, told=settlement.told), [each.kind for each in drafts if each.kind]


def test_st_6_each_change_is_told_once_and_fullness_with_hysteresis() -> None:
    pool, told = kinds(a_pool(), on(1, HEALTHY), on(2, HEALTHY))
    assert told == ["PoolReady"]
    pool, told = kinds(pool, on(1, HEALTHY), on(2, ILL))
    assert told == ["PoolDegraded"]
    pool, told = kinds(pool, on(1, HEALTHY), on(2, ILL))
    assert told == []
    pool, told = kinds(pool, on(1, ILL), on(2, ILL))
    assert told == ["PoolDegraded", "PoolLost"]
    for free, expected in ((5, ["PoolReady", "PoolFull"]), (6, []), (8, []), (5, ["PoolFull"])):
        room = a_sight(available_bytes=free * GIB)
        pool, told = kinds(pool, on(1, room), on(2, HEALTHY))
        assert sorted(told) == sorted(expected), free
    pool = replace(pool, initialised=True)
    settlement, _ = settle(view_of(on(1, room), on(2, HEALTHY), pool=pool), NOW)
    assert idle(view_of(pool=pool), settlement)


def test_gen_8_an_operation_waits_with_a_reason_and_fails_with_the_hosts_words() -> None:
    def how(verb: str, *holdings: Holding, after: int = 10) -> Outcome:
        work = PoolWork(
            operation="node-1", verb=verb, nodes=frozenset({NodeUid("n1")}), create_time=NOW
        )
        view, now = view_of(*holdings), NOW + timedelta(seconds=after)
        return outcome(work, view, standing_of(view, NOW), now)

    assert how("assign", on(1, HEALTHY), on(2, ILL)) == Done()
    assert how("assign", on(1, ILL)) == Waits("nodes/h1 is ERROR: not there")
    failed = how("assign", on(1, ILL), after=120)
    assert isinstance(failed, Failed)
    assert (failed.failure.reason, failed.failure.facts["node"]) == ("MARKER_MISSING", "nodes/h1")
    asked = Assignment(pool_uid=POOL, node_uid=NodeUid("n1"), reconnect_count=3, rescan_count=1)
    for verb, obeyed in (
        ("reconnect", a_sight(reconnect_count=3)),
        ("rescan", a_sight(rescan_count=1)),
    ):
        assert isinstance(how(verb, on(1, HEALTHY, assignment=asked)), Waits)
        assert how(verb, on(1, obeyed, assignment=asked)) == Done()
    going = Assignment(pool_uid=POOL, node_uid=NodeUid("n1"), releasing=True)
    assert isinstance(how("unassign", on(1, HEALTHY, assignment=going), after=9999), Waits)
    assert how("unassign", on(2, HEALTHY)) == Done()


@pytest.mark.parametrize(
    ("needed", "thick", "held", "taken", "free", "limit"),
    [
        (200, False, 0, Taken(0, 0), None, ""),
        (201, False, 0, Taken(0, 0), 200, "ratio"),
        (50, False, 0, Taken(151 * GIB, 0), 49, "ratio"),
        (56, True, 0, Taken(0, 0), 55, "reserve"),
        (55, True, 0, Taken(50 * GIB, 50 * GIB), 45, "capacity"),
        (60, True, 10, Taken(0, 0), None, ""),
    ],
)
def test_st_4_room_by_ratio_reserve_and_capacity(
    needed: int, thick: bool, held: int, taken: Taken, free: int | None, limit: str
) -> None:
    (on_node,) = standing_of(view_of(on(1, HEALTHY)), NOW).nodes

    def check() -> None:
        check_room(
            a_pool(), on_node, taken, needed_bytes=needed * GIB, held_bytes=held * GIB,
            provisioning=Provisioning.THICK if thick else Provisioning.THIN,
        )  # fmt: skip

    if free is None:
        check()
        return
    with pytest.raises(PoolOvercommitted) as refused:
        check()
    facts = refused.value.facts
    assert (facts["free_bytes"], facts["limit"]) == (str(free * GIB), limit)


def test_paths_that_belong_to_the_system_are_no_pools() -> None:
    for bad in ("/", "/etc", "/etc/x", "/usr/share", "/var", "relative", "/a/", "/a/./b", "/a\nb"):
        with pytest.raises(InvalidField):
            checked_path(PoolType.LOCAL_DIR, bad)
    assert checked_path(PoolType.SHARED_DIR, "/mnt/nfs") == "/mnt/nfs"
    assert checked_path(PoolType.LOCAL_DIR, "") == ""
    with pytest.raises(PathInUse):
        check_apart(a_pool(), "nodes/h1", [a_pool(uid=PoolUid("q"), id="q", path="/pools")])
    check_apart(a_pool(), "nodes/h1", [a_pool(uid=PoolUid("q"), id="q", path="/pools/pq")])


def test_hb_3_hashes_are_of_what_is_mounted_and_since_is_of_the_state() -> None:
    assert state_hash([HEALTHY, a_sight(SightState.UNMOUNTED)]) == state_hash([HEALTHY])
    assert state_hash([HEALTHY]) != state_hash([a_sight(change_count=1)])
    before = merged(None, a_sight(since=None), NOW)
    later = NOW + timedelta(seconds=9)
    assert merged(before, a_sight(available_bytes=1, since=None), later).since == NOW
    assert merged(before, a_sight(SightState.ERROR, since=None), later).since == later
