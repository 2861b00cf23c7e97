"""Storage pools as they are known here: placement by them, usage of them."""

import uuid
from dataclasses import replace

import pytest

from qvdc_cluster.domain.batch import Batch
from qvdc_cluster.domain.claim import NoPlacement
from qvdc_cluster.domain.cluster import ClusterIntent
from qvdc_cluster.domain.placement import Demand
from qvdc_cluster.domain.storage import PoolNews, StoragePool
from qvdc_cluster.usecases.cluster import NewCluster
from qvdc_core.event import WatchItem, WatchKind
from qvdc_core.fence import Fence
from qvdc_core.ids import Name
from qvdc_core.units import GIB
from tests.cluster_testing.builders import ANN, FENCE, a_node
from tests.cluster_testing.service import Service

LEADER = Fence(1, "machines", 10)
NODES = [a_node(name) for name in ("h1", "h2", "h3")]
FAST = StoragePool(
    uid="p1",
    name="storage-pools/fast",
    node_uid=NODES[0].uid,
    shared=False,
    state="HEALTHY",
    ratio=2.0,
    capacity_bytes=100 * GIB,
    available_bytes=80 * GIB,
)
WHOLE = Demand(
    cluster="clusters/prod",
    vcpu_count=1,
    memory_bytes=GIB,
    disk_bytes=120 * GIB,
    storage_pool="storage-pools/fast",
)


async def tell(service: Service, *items: WatchItem[PoolNews], snapshot: bool = True) -> None:
    """What the node service tells of pools."""
    synced: WatchItem[PoolNews] = WatchItem(WatchKind.SYNCED, "t")
    batch = Batch((*items, synced), snapshot=snapshot)
    await service.projections.apply_storage_pools(batch, fence=FENCE)


def news(*on_nodes: StoragePool, kind: WatchKind = WatchKind.SNAPSHOT) -> WatchItem[PoolNews]:
    return WatchItem(kind, "t", PoolNews("p1", on_nodes), "storage-pools/fast", "p1")


@pytest.fixture
async def prod(service: Service) -> Service:
    """A cluster with three hosts, two of which have a pool; it is healthy on one."""
    await service.tell_nodes(*NODES)
    await service.tell_machines()
    sick = replace(FAST, node_uid=NODES[1].uid, state="ERROR", reason="MARKER_MISSING", error="no")
    await tell(service, news(FAST, sick))
    intent = ClusterIntent(default_storage_pool="fast")
    wanted = NewCluster(id="prod", intent=intent, initial_nodes=("h1", "h2", "h3"))
    await service.clusters.create(wanted, actor=ANN, key=None, validate_only=False)
    return service


async def claim(service: Service, demand: Demand = WHOLE) -> str:
    uid = str(uuid.uuid4())
    return (await service.placements.claim(uid, f"vms/{uid[:8]}", demand, fence=LEADER)).node


async def test_a_machine_goes_where_its_pool_is_healthy(prod: Service) -> None:
    assert await claim(prod) == "nodes/h1"

    with pytest.raises(NoPlacement) as refused:
        await claim(prod)
    assert refused.value.facts["nodes/h1"] == (
        "storage-pools/fast needs 122,880 MiB, has 81,920 at 2 times its capacity"
    )
    assert (
        refused.value.facts["nodes/h2"] == "storage-pools/fast is ERROR (MARKER_MISSING: no) there"
    )
    assert refused.value.facts["nodes/h3"] == "it does not have storage-pools/fast"


async def test_the_clusters_default_is_said_in_the_claim(prod: Service) -> None:
    demand = replace(WHOLE, storage_pool="", disk_bytes=0)
    made = await prod.placements.claim(str(uuid.uuid4()), "vms/a", demand, fence=LEADER)

    assert (made.node, made.pool) == ("nodes/h1", "storage-pools/fast")


async def test_changes_take_effect_and_a_pool_that_went_is_nowhere(prod: Service) -> None:
    mended = replace(FAST, node_uid=NODES[1].uid)
    await tell(prod, news(mended, kind=WatchKind.CHANGED), snapshot=False)
    assert await claim(prod) == "nodes/h2"

    gone: WatchItem[PoolNews] = WatchItem(WatchKind.DELETED, "t", None, "storage-pools/fast", "p1")
    await tell(prod, gone, snapshot=False)
    with pytest.raises(NoPlacement):
        await claim(prod)


async def test_a_plan_on_pools_that_were_never_heard_says_so(service: Service) -> None:
    await service.tell_nodes(*NODES)
    await service.tell_machines()
    wanted = NewCluster(id="prod", intent=ClusterIntent(), initial_nodes=("h1",))
    await service.clusters.create(wanted, actor=ANN, key=None, validate_only=False)

    assert (await service.placements.plan(WHOLE)).stale
    assert not (await service.placements.plan(replace(WHOLE, storage_pool="local"))).stale


async def test_a_shared_pool_counts_once_in_what_a_cluster_has(prod: Service) -> None:
    _, before = await prod.clusters.usage(Name("clusters", "prod"))
    shared = tuple(
        replace(FAST, node_uid=node.uid, shared=True, name="storage-pools/nas") for node in NODES
    )
    await tell(prod, news(*shared))
    _, after = await prod.clusters.usage(Name("clusters", "prod"))

    assert before.storage_bytes.capacity == (3 + 2) * 100 * GIB
    assert after.storage_bytes.capacity == (3 + 1) * 100 * GIB
