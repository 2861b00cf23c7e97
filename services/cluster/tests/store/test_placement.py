"""Capacity claims on a real store: never overfilled, whoever races."""

import asyncio
import uuid

import pytest
from sqlalchemy import text

from qvdc_cluster.domain.claim import NoPlacement
from qvdc_cluster.domain.cluster import ClusterIntent
from qvdc_cluster.domain.placement import Demand
from qvdc_cluster.domain.refusals import NodeHasVms
from qvdc_cluster.usecases.cluster import NewCluster
from qvdc_core.errors import StaleFence
from qvdc_core.fence import Fence
from qvdc_core.ids import Name
from qvdc_core.units import GIB
from tests.cluster_testing.builders import ANN, FENCE, a_machine, a_node
from tests.cluster_testing.service import Service

LEADER = Fence(1, "machines", 10)
SMALL = Demand(cluster="clusters/prod", vcpu_count=1, memory_bytes=GIB)


@pytest.fixture
async def prod(service: Service) -> Service:
    """A cluster with three hosts of 16 vCPUs and 16 GiB to promise each."""
    names = ("h1", "h2", "h3")
    await service.tell_nodes(*(a_node(name) for name in names))
    await service.tell_machines()
    wanted = NewCluster(id="prod", intent=ClusterIntent(), initial_nodes=names)
    await service.clusters.create(wanted, actor=ANN, key=None, validate_only=False)
    return service


async def _claim(service: Service, uid: str, demand: Demand = SMALL) -> str | None:
    try:
        claim = await service.placements.claim(uid, f"vms/{uid[:8]}", demand, fence=LEADER)
    except NoPlacement:
        return None
    return claim.node


async def test_two_hundred_parallel_claims_never_overfill(prod: Service) -> None:
    placed = await asyncio.gather(*(_claim(prod, str(uuid.uuid4())) for _ in range(200)))

    by_node = {node: placed.count(node) for node in set(placed) - {None}}
    assert by_node == {"nodes/h1": 16, "nodes/h2": 16, "nodes/h3": 16}
    assert placed.count(None) == 200 - 48


async def test_a_claim_repeated_at_any_time_is_the_same_claim(prod: Service) -> None:
    uid = str(uuid.uuid4())
    answers = await asyncio.gather(*(_claim(prod, uid) for _ in range(10)))
    again = await prod.placements.claim(uid, "vms/x", SMALL, fence=LEADER)

    assert set(answers) == {again.node}
    plan = await prod.placements.plan(SMALL)
    promised = [verdict for verdict in plan.decision.verdicts if verdict.node == again.node]
    assert promised[0].score_parts["memory"] == pytest.approx(1 - 2 / 16)


async def test_release_gives_the_room_back_and_may_be_repeated(prod: Service) -> None:
    whole = Demand(cluster="clusters/prod", vcpu_count=1, memory_bytes=16 * GIB)
    uids = [str(uuid.uuid4()) for _ in range(3)]
    for uid in uids:
        assert await _claim(prod, uid, whole)
    late = str(uuid.uuid4())
    assert await _claim(prod, late, whole) is None

    for _time in range(2):
        await prod.placements.release(uids[0], fence=LEADER)

    assert await _claim(prod, late, whole)


async def test_disks_are_promised_by_pool(prod: Service) -> None:
    big = Demand(cluster="clusters/prod", vcpu_count=1, memory_bytes=GIB, disk_bytes=60 * GIB)
    placed = [await _claim(prod, str(uuid.uuid4()), big) for _ in range(4)]

    assert sorted(node or "" for node in placed) == ["", "nodes/h1", "nodes/h2", "nodes/h3"]


async def test_a_refusal_carries_a_verdict_a_host(prod: Service) -> None:
    huge = Demand(cluster="clusters/prod", vcpu_count=1, memory_bytes=64 * GIB)

    with pytest.raises(NoPlacement) as refused:
        await prod.placements.claim(str(uuid.uuid4()), "vms/x", huge, fence=LEADER)

    assert refused.value.facts["hosts_considered"] == "3"
    assert refused.value.facts["nodes/h1"] == "memory needs 65,536 MiB, has 16,384"


async def test_a_late_leader_takes_nothing(prod: Service) -> None:
    await _claim(prod, str(uuid.uuid4()))
    late = Fence(1, "machines", 9)

    with pytest.raises(StaleFence):
        await prod.placements.claim(str(uuid.uuid4()), "vms/x", SMALL, fence=late)
    with pytest.raises(StaleFence):
        await prod.placements.release(str(uuid.uuid4()), fence=late)


async def test_a_machine_found_on_a_host_counts_though_nobody_claimed_for_it(
    prod: Service,
) -> None:
    found = a_machine("found", a_node("h1"), "clusters/prod", memory_bytes=16 * GIB)
    await prod.tell_machines(found)

    plan = await prod.placements.plan(SMALL)

    unfit = [verdict.node for verdict in plan.decision.verdicts if not verdict.fits]
    assert unfit == ["nodes/h1"]


async def test_a_plan_says_how_old_its_knowledge_is(service: Service) -> None:
    await service.tell_nodes(a_node("h1"))
    wanted = NewCluster(id="prod", intent=ClusterIntent(), initial_nodes=("h1",))
    await service.clusters.create(wanted, actor=ANN, key=None, validate_only=False)
    unheard = await service.placements.plan(SMALL)
    await service.tell_machines()
    heard = await service.placements.plan(SMALL)

    assert (unheard.stale, unheard.age) == (True, None)
    assert not heard.stale
    assert heard.age is not None
    assert unheard.decision.chosen is not None


async def test_a_claimed_node_cannot_leave(prod: Service) -> None:
    node = await _claim(prod, str(uuid.uuid4()))
    assert node is not None

    with pytest.raises(NodeHasVms):
        await prod.membership.remove_node(
            Name("clusters", "prod"),
            node.removeprefix("nodes/"),
            etag=None,
            actor=ANN,
            key=None,
            validate_only=False,
        )


async def test_claims_of_machines_that_nobody_knows_are_released_in_time(prod: Service) -> None:
    known = a_machine("known", a_node("h1"), "clusters/prod")
    for uid in (known.uid, str(uuid.uuid4())):
        assert await _claim(prod, uid)
    await prod.tell_machines(known)
    young = await prod.placements.release_orphans(fence=LEADER)
    async with prod.store.database.session() as session:
        await session.execute(text("update claims set create_time = now() - interval '11 min'"))
        await session.commit()

    old = await prod.placements.release_orphans(fence=LEADER)

    assert (len(young), len(old)) == (0, 1)
    async with prod.store.database.session() as session:
        left = (await session.scalars(text("select vm_uid from claims"))).all()
    assert left == [known.uid]


async def test_an_overtaken_follower_writes_nothing(prod: Service) -> None:
    newer = Fence(1, FENCE.loop, FENCE.revision + 1)
    await prod.projections.begin_anew("vms", fence=newer)

    with pytest.raises(StaleFence):
        await prod.tell_nodes()
