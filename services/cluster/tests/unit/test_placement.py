"""The planner: never past capacity, never on the unfit, always the same."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qvdc_cluster.domain.cluster import NodeUid
from qvdc_cluster.domain.placement import (
    Demand,
    Host,
    ObstacleReason,
    Policy,
    Promised,
    memory_capacity,
    plan,
    pool_room,
    vcpu_capacity,
)
from qvdc_cluster.domain.projection import Node, Pool
from qvdc_cluster.domain.settings import DrsPolicy, Overcommit
from qvdc_cluster.domain.storage import StoragePool
from qvdc_core.units import GIB

POLICY = Policy(Overcommit(), DrsPolicy.BALANCED)


def a_node(name: str = "h1", **changes: object) -> Node:
    """A ready host with 4 cores, 17 GiB, OVN and a pool of 100 GiB."""
    pool = Pool(name="default", healthy=True, capacity_bytes=100 * GIB, free_bytes=100 * GIB)
    node = Node(
        uid=NodeUid(f"uid-{name}"),
        name=f"nodes/{name}",
        phase="READY",
        mode="ACTIVE",
        core_count=4,
        memory_bytes=17 * GIB,
        network_drivers=("ovn",),
        pools=(pool,),
    )
    return replace(node, **changes)  # type: ignore[arg-type]


def a_host(name: str = "h1", promised: Promised | None = None, **changes: object) -> Host:
    """`a_node` with what it has promised."""
    return Host(a_node(name, **changes), promised or Promised())


def a_demand(**changes: object) -> Demand:
    """A small machine."""
    demand = Demand(cluster="clusters/c", vcpu_count=2, memory_bytes=2 * GIB, disk_bytes=10 * GIB)
    return replace(demand, **changes)  # type: ignore[arg-type]


def reasons(demand: Demand, host: Host, policy: Policy = POLICY) -> set[ObstacleReason]:
    """What speaks against `host`."""
    (verdict,) = plan(demand, [host], policy).verdicts
    return {obstacle.reason for obstacle in verdict.obstacles}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"phase": "OFFLINE"}, ObstacleReason.NOT_READY),
        ({"phase": ""}, ObstacleReason.NOT_READY),
        ({"mode": "CORDONED"}, ObstacleReason.CORDONED),
        ({"mode": "MAINTENANCE"}, ObstacleReason.CORDONED),
        ({"taints": ("gpu",)}, ObstacleReason.TAINTED),
        ({"core_count": None}, ObstacleReason.CPU),
        ({"memory_bytes": None}, ObstacleReason.MEMORY),
        ({"memory_bytes": 2 * GIB}, ObstacleReason.MEMORY),
        ({"network_drivers": ()}, ObstacleReason.NETWORK),
        ({"pools": ()}, ObstacleReason.STORAGE),
    ],
)
def test_an_unfit_host_is_named_with_its_reason(
    changes: dict[str, Any], reason: ObstacleReason
) -> None:
    demand = a_demand(networks=("networks/blue",))

    assert reasons(demand, a_host(**changes)) == {reason}


def test_wishes_about_nodes_and_labels_are_kept() -> None:
    host = a_host(labels={"disk": "ssd"})

    assert reasons(a_demand(excluded_nodes=("nodes/h1",)), host) == {ObstacleReason.EXCLUDED}
    assert reasons(a_demand(required_nodes=("nodes/h2",)), host) == {ObstacleReason.NOT_REQUIRED}
    assert reasons(a_demand(node_labels={"disk": "hdd"}), host) == {ObstacleReason.LABELS}
    assert reasons(a_demand(node_labels={"disk": "ssd"}), host) == set()


def test_obstacles_carry_numbers() -> None:
    promised = Promised(vcpu_count=15, memory_bytes=15 * GIB, disk_bytes={"default": 95 * GIB})
    (verdict,) = plan(a_demand(), [a_host(promised=promised)], POLICY).verdicts

    cpu, memory, storage = verdict.obstacles
    assert (cpu.needed, cpu.available) == (2, 1)
    assert memory.message == "memory needs 2,048 MiB, has 1,024"
    assert (storage.needed, storage.available) == (10 * GIB, 5 * GIB)


def test_the_roomiest_host_is_chosen_and_packing_turns_it_round() -> None:
    busy = a_host("busy", Promised(vcpu_count=8, memory_bytes=8 * GIB))
    idle = a_host("idle")

    spread = plan(a_demand(), [busy, idle], POLICY).chosen
    packed = plan(a_demand(), [busy, idle], Policy(Overcommit(), DrsPolicy.PACKED)).chosen

    assert spread is not None
    assert packed is not None
    assert (spread.node, packed.node) == ("nodes/idle", "nodes/busy")


def test_nothing_fits_nowhere() -> None:
    assert plan(a_demand(), [], POLICY).chosen is None
    assert plan(a_demand(vcpu_count=17), [a_host()], POLICY).chosen is None


FAST = StoragePool(
    uid="p1",
    name="storage-pools/fast",
    node_uid=NodeUid("uid-h1"),
    shared=False,
    state="HEALTHY",
    ratio=2.0,
    reserve_percent=5,
    capacity_bytes=100 * GIB,
    available_bytes=50 * GIB,
)


def pooled(pool: StoragePool | None, **promised: int) -> Host:
    """A host with this pool, and what it promised there."""
    pools = () if pool is None else (pool,)
    return Host(a_node(), Promised(disk_bytes={FAST.name: promised.get("bytes", 0)}), pools)


def words(demand: Demand, host: Host, policy: Policy = POLICY) -> list[str]:
    """What is said against `host`."""
    (verdict,) = plan(demand, [host], policy).verdicts
    return [obstacle.message for obstacle in verdict.obstacles]


def test_the_clusters_default_pool_is_meant_when_none_is_named() -> None:
    for name in ("fast", "storage-pools/fast"):
        policy = replace(POLICY, default_storage_pool=name)
        chosen = plan(a_demand(disk_bytes=GIB), [pooled(FAST)], policy)
        assert chosen.verdicts[0].pool == "storage-pools/fast"
        assert words(a_demand(), pooled(None), policy) == ["it does not have storage-pools/fast"]
        own = plan(a_demand(storage_pool="local"), [pooled(None)], policy)
        assert (own.verdicts[0].fits, own.verdicts[0].pool) == (True, "default")


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        (None, "it does not have storage-pools/fast"),
        (
            replace(FAST, state="ERROR", reason="MARKER_MISSING", error="/srv carries no marker"),
            "storage-pools/fast is ERROR (MARKER_MISSING: /srv carries no marker) there",
        ),
        (
            replace(FAST, state="DEGRADED", reason="FULL"),
            "storage-pools/fast is DEGRADED (FULL) there",
        ),
        (replace(FAST, state="UNKNOWN"), "storage-pools/fast is UNKNOWN there"),
        (replace(FAST, capacity_bytes=None), "the room in storage-pools/fast there is unknown"),
        (
            replace(FAST, claimed_bytes=195 * GIB),
            "storage-pools/fast needs 10,240 MiB, has 5,120 at 2 times its capacity",
        ),
        (
            replace(FAST, available_bytes=5 * GIB),
            "storage-pools/fast needs 10,240 MiB, has 0 at 2 times its capacity",
        ),
    ],
)
def test_a_host_without_the_pool_in_health_does_not_fit(
    pool: StoragePool | None, expected: str
) -> None:
    demand = a_demand(storage_pool="storage-pools/fast")

    assert words(demand, pooled(pool)) == [expected]


def test_thin_disks_may_claim_more_than_there_is() -> None:
    demand = a_demand(storage_pool="storage-pools/fast", disk_bytes=150 * GIB)

    assert words(demand, pooled(FAST)) == []
    assert words(demand, pooled(FAST, bytes=60 * GIB)) != [], "promised here, and not claimed yet"
    assert words(demand, pooled(replace(FAST, claimed_bytes=60 * GIB))) != []


def test_disks_whose_size_is_their_images_still_need_the_pool() -> None:
    demand = a_demand(storage_pool="storage-pools/fast", disk_bytes=0)

    assert words(demand, pooled(FAST)) == []
    assert words(demand, pooled(None)) == ["it does not have storage-pools/fast"]


HOSTS = st.lists(
    st.builds(
        a_host,
        st.uuids().map(str),
        st.builds(
            lambda vcpus, memory, disk: Promised(
                vcpu_count=vcpus, memory_bytes=memory * GIB, disk_bytes={"default": disk * GIB}
            ),
            st.integers(0, 20),
            st.integers(0, 20),
            st.integers(0, 120),
        ),
        phase=st.sampled_from(["READY", "READY", "OFFLINE"]),
        mode=st.sampled_from(["ACTIVE", "ACTIVE", "CORDONED"]),
        core_count=st.one_of(st.none(), st.integers(1, 64)),
        memory_bytes=st.one_of(st.none(), st.integers(0, 64 * GIB)),
    ),
    max_size=8,
)
DEMANDS = st.builds(
    a_demand,
    vcpu_count=st.integers(1, 32),
    memory_bytes=st.integers(GIB // 8, 16 * GIB),
    disk_bytes=st.integers(0, 50 * GIB),
)


@given(HOSTS, DEMANDS)
def test_the_chosen_host_has_room_for_all_of_it(hosts: list[Host], demand: Demand) -> None:
    chosen = plan(demand, hosts, POLICY).chosen
    if chosen is None:
        return
    host = next(each for each in hosts if each.node.uid == chosen.node_uid)
    vcpus, memory = (
        vcpu_capacity(host.node, POLICY.overcommit),
        memory_capacity(host.node, POLICY.overcommit),
    )
    assert vcpus is not None
    assert memory is not None
    assert host.promised.vcpu_count + demand.vcpu_count <= vcpus
    assert host.promised.memory_bytes + demand.memory_bytes <= memory
    assert demand.disk_bytes <= (pool_room(host.node.pools[0], host.promised) or 0)
    assert (host.node.phase, host.node.mode) == ("READY", "ACTIVE")


@given(HOSTS, DEMANDS, st.randoms())
def test_the_order_of_hosts_does_not_matter(
    hosts: list[Host], demand: Demand, random: Random
) -> None:
    shuffled = list(hosts)
    random.shuffle(shuffled)

    assert plan(demand, hosts, POLICY) == plan(demand, shuffled, POLICY)


@given(HOSTS, DEMANDS)
def test_every_host_gets_a_verdict_and_no_host_is_unfit_without_a_reason(
    hosts: list[Host], demand: Demand
) -> None:
    verdicts = plan(demand, hosts, POLICY).verdicts

    assert len(verdicts) == len(hosts)
    fitting = [verdict.fits for verdict in verdicts]
    assert fitting == sorted(fitting, reverse=True)


def test_what_a_host_keeps_for_itself_is_not_promised() -> None:
    plain = a_node(core_count=8, memory_bytes=20 * GIB)
    keeping = replace(plain, reserved_cores=2, reserved_memory_bytes=4 * GIB)
    small = a_node(core_count=2, reserved_cores=1)

    assert vcpu_capacity(plain, POLICY.overcommit) == 32
    assert vcpu_capacity(keeping, POLICY.overcommit) == 24
    assert memory_capacity(keeping, POLICY.overcommit) == 16 * GIB
    assert vcpu_capacity(small, POLICY.overcommit) == 8, "at most a quarter of its cores"


def test_a_hosts_own_overcommit_takes_the_place_of_its_clusters() -> None:
    node = a_node(core_count=4, memory_bytes=9 * GIB, cpu_ratio=1.0, memory_ratio=2.0)

    assert vcpu_capacity(node, POLICY.overcommit) == 4
    assert memory_capacity(node, POLICY.overcommit) == 16 * GIB


@pytest.mark.parametrize("preference", DrsPolicy)
def test_a_host_that_asks_to_be_avoided_is_taken_only_where_no_other_will_do(
    preference: DrsPolicy,
) -> None:
    policy = replace(POLICY, preference=preference)
    avoided = a_host("h1", avoided_for=("noisy",))
    busy = a_host("h2", Promised(vcpu_count=14, memory_bytes=12 * GIB))

    decision = plan(a_demand(), [avoided, busy], policy)

    assert decision.chosen is not None
    assert decision.chosen.node == "nodes/h2"
    assert decision.verdicts[1].score_parts["taints"] < 0
    alone = plan(a_demand(), [avoided], policy).chosen
    assert alone is not None
    assert alone.node == "nodes/h1"
