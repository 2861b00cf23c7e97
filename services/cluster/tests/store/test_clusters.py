"""Clusters on a real store: what is accepted is stored, what is refused leaves nothing."""

import asyncio
from dataclasses import replace

import pytest

from qvdc_cluster.domain.cluster import ClusterFilter, ClusterIntent, ClusterView
from qvdc_cluster.domain.refusals import (
    ClusterNameTaken,
    ClusterNotEmpty,
    InitialNodesRefused,
    MachinesUnknownYet,
    NodeHasVms,
    NodeInOtherCluster,
    NodeNotMember,
    NodeRemoved,
    NodesUnknownYet,
)
from qvdc_cluster.domain.settings import (
    AdmissionPolicy,
    AdmissionSettings,
    DrsMode,
    DrsPolicy,
    DrsSettings,
    HaSettings,
    IsolationResponse,
    Overcommit,
    VmMonitoring,
)
from qvdc_cluster.domain.status import StatusState
from qvdc_cluster.usecases.cluster import NewCluster
from qvdc_core.errors import EtagMismatch, InUse, InvalidField, NotFound, Refusal
from qvdc_core.event import EventFilter, WatchKind
from qvdc_core.ids import Name
from qvdc_core.page import PageRequest
from qvdc_core.request import RequestKey
from qvdc_core.units import GIB
from qvdc_db.books import EventBook
from tests.cluster_testing.builders import ANN, a_machine, a_node
from tests.cluster_testing.service import Service

EVERY_FIELD = ClusterIntent(
    display_name="Production",
    description="All of it",
    labels={"tier": "gold"},
    ha=HaSettings(
        enabled=True,
        host_monitoring=False,
        vm_monitoring=VmMonitoring.GUEST_HEARTBEAT,
        admission=AdmissionSettings(
            policy=AdmissionPolicy.PERCENT,
            failover_capacity=3,
            reserve_cpu_percent=10,
            reserve_memory_percent=20,
            failover_nodes=("nodes/a",),
        ),
        restart_priority=1,
        isolation_response=IsolationResponse.SHUTDOWN,
        shutdown_grace_seconds=90,
        detection_seconds=12,
        storm_percent=40,
        max_concurrent_restarts_per_node=8,
    ),
    drs=DrsSettings(
        enabled=True,
        mode=DrsMode.FULLY_AUTOMATED,
        migration_threshold=2,
        policy=DrsPolicy.PACKED,
        interval_seconds=600,
        cpu_high_percent=70,
        memory_high_percent=75,
        cooldown_seconds=60,
        max_concurrent_migrations=4,
    ),
    overcommit=Overcommit(cpu_ratio=8.0, memory_ratio=1.5),
    shared_storage_required=True,
    default_storage_pool="fast",
    storage_pools=("fast", "slow"),
    default_network="networks/blue",
    networks=("networks/blue", "networks/red"),
)


def named(cluster: str) -> Name:
    """The name of a cluster."""
    return Name("clusters", cluster)


async def create(
    service: Service,
    cluster: str,
    *nodes: str,
    intent: ClusterIntent | None = None,
    key: RequestKey | None = None,
    validate_only: bool = False,
) -> ClusterView:
    """Create a cluster as Ann."""
    wanted = NewCluster(id=cluster, intent=intent or ClusterIntent(), initial_nodes=nodes)
    return await service.clusters.create(wanted, actor=ANN, key=key, validate_only=validate_only)


async def add(service: Service, cluster: str, node: str) -> ClusterView:
    """Add a node as Ann."""
    return await service.membership.add_node(
        named(cluster), node, etag=None, actor=ANN, key=None, validate_only=False
    )


async def remove(service: Service, cluster: str, node: str) -> ClusterView:
    """Remove a node as Ann."""
    return await service.membership.remove_node(
        named(cluster), node, etag=None, actor=ANN, key=None, validate_only=False
    )


async def change(
    service: Service, view: ClusterView, wanted: ClusterIntent, *paths: str
) -> ClusterView:
    """Change a cluster under the etag of `view`."""
    return await service.clusters.update(
        named(view.cluster.id),
        wanted,
        paths=frozenset(paths),
        etag=view.cluster.etag,
        actor=ANN,
        key=None,
        validate_only=False,
    )


async def test_every_accepted_field_is_read_back_equal(service: Service) -> None:
    created = await create(service, "prod", intent=EVERY_FIELD)

    read = await service.clusters.get(named("prod"))

    assert read == created
    assert read.cluster.intent == EVERY_FIELD
    assert await service.clusters.get(named(created.cluster.uid)) == read


async def test_names_are_unique_per_project(service: Service) -> None:
    await create(service, "a", intent=ClusterIntent(display_name="One"))

    with pytest.raises(ClusterNameTaken) as taken:
        await create(service, "b", intent=ClusterIntent(display_name="One"))
    with pytest.raises(ClusterNameTaken):
        await create(service, "a", intent=ClusterIntent(display_name="Two"))
    other = await create(service, "c", intent=ClusterIntent(display_name="One", project="p2"))
    view = await create(service, "d")

    with pytest.raises(ClusterNameTaken):
        await change(service, view, ClusterIntent(display_name="One"), "display_name")
    assert taken.value.facts["cluster"] == "clusters/a"
    assert other.cluster.intent.project == "p2"


async def test_a_generated_id_is_valid_and_a_reserved_one_refused(service: Service) -> None:
    assert (await create(service, "")).cluster.name.startswith("clusters/cluster-")
    with pytest.raises(InvalidField):
        await create(service, "watch")


async def test_a_stale_etag_names_who_changed_it_and_when(service: Service) -> None:
    first = await create(service, "prod")
    second = await change(service, first, ClusterIntent(description="x"), "description")

    with pytest.raises(EtagMismatch) as stale:
        await change(service, first, ClusterIntent(description="y"), "description")

    assert stale.value.facts["changed_by"] == "user:ann"
    assert stale.value.facts["change_time"] == second.cluster.update_time.isoformat()
    assert second.cluster.generation == 2


async def test_an_update_that_changes_nothing_keeps_the_etag(service: Service) -> None:
    first = await create(service, "prod")

    again = await change(service, first, first.cluster.intent, "description", "ha", "uid")

    assert again.cluster.etag == first.cluster.etag


async def test_a_retry_gets_the_first_answer(service: Service) -> None:
    key = RequestKey("user:ann", "Create", "11111111-1111-1111-1111-111111111111", "d")
    first = await create(service, "prod", key=key)
    await change(service, first, ClusterIntent(description="later"), "description")

    assert await create(service, "prod", key=key) == first


async def test_validate_only_checks_everything_and_changes_nothing(service: Service) -> None:
    await service.tell_nodes(a_node("h1"))
    checked = await create(service, "prod", "h1", validate_only=True)

    assert checked.cluster.nodes == ("nodes/h1",)
    with pytest.raises(NotFound):
        await service.clusters.get(named("prod"))
    await create(service, "prod", "h1")
    with pytest.raises(ClusterNameTaken):
        await create(service, "prod", validate_only=True)


async def test_initial_nodes_are_all_or_nothing_and_each_refused_one_is_named(
    service: Service,
) -> None:
    await service.tell_nodes(a_node("h1"), a_node("h2"))
    await create(service, "other", "h2")

    with pytest.raises(InitialNodesRefused) as refused:
        await create(service, "prod", "h1", "h2", "ghost")

    assert [(each.field, each.reason) for each in refused.value.fields] == [
        ("initial_nodes[1]", "NODE_IN_OTHER_CLUSTER"),
        ("initial_nodes[2]", "NOT_FOUND"),
    ]
    with pytest.raises(NotFound):
        await service.clusters.get(named("prod"))
    assert (await create(service, "prod", "h1")).cluster.nodes == ("nodes/h1",)


async def test_adding_a_member_again_changes_nothing(service: Service) -> None:
    await service.tell_nodes(a_node("h1"))
    await create(service, "prod")

    first = await add(service, "prod", "h1")
    again = await add(service, "prod", a_node("h1").uid)

    assert first.cluster.nodes == again.cluster.nodes == ("nodes/h1",)
    assert again.cluster.generation == first.cluster.generation == 2


async def test_of_two_simultaneous_adds_to_two_clusters_exactly_one_wins(
    service: Service,
) -> None:
    names = [f"h{number}" for number in range(12)]
    await service.tell_nodes(*(a_node(name) for name in names))
    for cluster in ("a", "b"):
        await create(service, cluster)

    for name in names:
        outcomes = await asyncio.gather(
            add(service, "a", name), add(service, "b", name), return_exceptions=True
        )
        refused = [each for each in outcomes if isinstance(each, Refusal)]
        assert [type(each) for each in refused] == [NodeInOtherCluster]

    a, b = [await service.clusters.get(named(cluster)) for cluster in ("a", "b")]
    assert sorted(a.cluster.nodes + b.cluster.nodes) == sorted(f"nodes/{name}" for name in names)


async def test_unknown_and_removed_nodes_are_told_apart(service: Service) -> None:
    await create(service, "prod")
    with pytest.raises(NodesUnknownYet):
        await add(service, "prod", "h1")
    await service.tell_nodes(a_node("h1"))
    await service.tell_nodes()

    with pytest.raises(NodeRemoved):
        await add(service, "prod", "h1")
    with pytest.raises(NotFound):
        await add(service, "prod", "h2")


async def test_a_node_leaves_only_when_nothing_is_placed_on_it(service: Service) -> None:
    node = a_node("h1")
    await service.tell_nodes(node)
    await create(service, "prod", "h1")
    with pytest.raises(NodeNotMember):
        await remove(service, "prod", "h2")
    stopped = a_machine("web", node, "clusters/prod", state="STOPPED")
    await service.tell_machines(stopped)

    with pytest.raises(NodeHasVms) as has:
        await remove(service, "prod", "h1")
    with pytest.raises(ClusterNotEmpty):
        await service.clusters.delete(
            named("prod"), etag=None, actor=ANN, key=None, validate_only=False
        )
    await service.tell_machines()
    left = await remove(service, "prod", "h1")
    await service.clusters.delete(
        named("prod"), etag=left.cluster.etag, actor=ANN, key=None, validate_only=False
    )

    assert has.value.facts["machines"] == "vms/web"
    with pytest.raises(NotFound):
        await service.clusters.get(named("prod"))


async def test_a_cluster_with_machines_is_in_use_and_nobody_guesses(service: Service) -> None:
    await create(service, "prod")

    async def delete() -> None:
        await service.clusters.delete(
            named("prod"), etag=None, actor=ANN, key=None, validate_only=False
        )

    with pytest.raises(MachinesUnknownYet):
        await delete()
    waiting = a_machine("web", a_node("h1"), "clusters/prod", node_uid=None, state="PENDING")
    await service.tell_machines(waiting)
    with pytest.raises(InUse) as used:
        await delete()
    await service.tell_machines()
    await delete()

    assert used.value.facts["blockers"] == "vms/web"


async def test_delete_succeeds_again_with_the_same_request_id(service: Service) -> None:
    await service.tell_machines()
    await create(service, "prod")
    key = RequestKey("user:ann", "Delete", "11111111-1111-1111-1111-111111111111", "d")
    for _time in range(2):
        await service.clusters.delete(
            named("prod"), etag=None, actor=ANN, key=key, validate_only=False
        )


async def test_available_nodes_are_exactly_those_in_no_cluster(service: Service) -> None:
    await service.tell_nodes(*(a_node(name) for name in ("h1", "h2", "h3")))
    await create(service, "prod", "h2")

    first = await service.membership.available_nodes("h", PageRequest(size=1))
    rest = await service.membership.available_nodes("h", PageRequest(1, first.next_token))

    assert [node.name for node in first.items + rest.items] == ["nodes/h1", "nodes/h3"]
    assert rest.next_token == ""


async def test_usage_counts_every_node_and_machine_once(service: Service) -> None:
    dark = a_node("h3", cpu_mhz=None, cpu_percent=None, memory_bytes=None, phase="OFFLINE")
    resting = a_node("h4", mode="MAINTENANCE", phase="OFFLINE")
    nodes = [a_node("h1"), a_node("h2"), dark, resting]
    await service.tell_nodes(*nodes)
    await create(service, "prod", *(node.hostname for node in nodes))
    await service.tell_machines(
        a_machine("a", nodes[0], "clusters/prod"),
        a_machine("b", nodes[1], "clusters/prod", state="STOPPED"),
        a_machine("c", nodes[1], "clusters/prod", state="CRASHED"),
        a_machine("d", nodes[1], "clusters/other"),
    )

    cluster, usage = await service.clusters.usage(named("prod"))

    assert cluster.name == "clusters/prod"
    counts = usage.nodes
    assert (counts.total, counts.online, counts.offline, counts.maintenance) == (4, 2, 1, 1)
    machines = usage.machines
    assert (machines.running, machines.stopped, machines.other, machines.total) == (1, 1, 1, 3)
    assert (usage.cpu_mhz.capacity, usage.cpu_mhz.used) == (24000, 6000)
    assert usage.cpu_mhz.allocated == 3 * 2 * 2000
    assert usage.memory_bytes.allocated == 6 * GIB
    assert usage.storage_bytes.capacity == 400 * GIB
    assert usage.storage_bytes.used == 40 * GIB
    assert usage.nodes_without_data == ("nodes/h3",)


async def test_cl_4_a_machine_that_no_host_holds_has_nothing_allocated(service: Service) -> None:
    node = a_node("h1")
    await service.tell_nodes(node)
    await create(service, "prod", "h1")
    homeless = a_machine("big", node, "clusters/prod", node_uid=None, state="ERROR")
    await service.tell_machines(a_machine("a", node, "clusters/prod"), homeless)

    _, usage = await service.clusters.usage(named("prod"))

    assert usage.machines.total == 2
    assert usage.memory_bytes.allocated == 2 * GIB
    assert usage.storage_bytes.allocated == 10 * GIB


async def test_a_change_of_status_is_told_once(service: Service) -> None:
    await service.tell_nodes(a_node("h1"), a_node("h2"))
    await create(service, "prod", "h1", "h2")
    for _time in range(2):
        await service.tell_nodes(a_node("h1", phase="OFFLINE"), a_node("h2", phase="OFFLINE"))

    view = await service.clusters.get(named("prod"))
    book = EventBook(service.store)
    told = await book.page(EventFilter(kinds=("ClusterStatusChanged",)), PageRequest())
    critical = await service.clusters.page(
        ClusterFilter(states=(StatusState.CRITICAL,)), PageRequest()
    )

    assert view.status.state is StatusState.CRITICAL
    assert [dict(event.draft.details) for event in told.items] == [
        {"from": "HEALTHY", "to": "CRITICAL", "reasons": "NODES_OFFLINE"}
    ]
    assert [each.cluster.name for each in critical.items] == ["clusters/prod"]


async def test_lists_are_filtered_and_paged_in_order(service: Service) -> None:
    for number in range(5):
        labels = {"parity": "even" if number % 2 == 0 else "odd"}
        await create(service, f"c{number}", intent=ClusterIntent(labels=labels))
    await create(service, "other", intent=ClusterIntent(description="100% of _it"))

    async def ids(wanted: ClusterFilter, size: int = 2) -> list[str]:
        found: list[str] = []
        token = ""
        while True:
            page = await service.clusters.page(wanted, PageRequest(size, token))
            found += [view.cluster.id for view in page.items]
            token = page.next_token
            if not token:
                return found

    assert await ids(ClusterFilter()) == ["c0", "c1", "c2", "c3", "c4", "other"]
    assert await ids(ClusterFilter(name_prefix="c")) == ["c0", "c1", "c2", "c3", "c4"]
    assert await ids(ClusterFilter(labels=(("parity", "odd"),))) == ["c1", "c3"]
    assert await ids(ClusterFilter(query="100%")) == ["other"]
    assert await ids(ClusterFilter(query="c_")) == []
    assert await ids(ClusterFilter(project="none")) == []


async def test_watch_tells_creation_change_and_deletion(service: Service) -> None:
    await service.tell_machines()
    stream = service.clusters.watch("")
    async with asyncio.timeout(20):
        assert (await anext(stream)).kind is WatchKind.SYNCED
        view = await create(service, "prod")
        created = await anext(stream)
        await change(service, view, replace(EVERY_FIELD, display_name="New"), "display_name")
        changed = await anext(stream)
        await service.clusters.delete(
            named("prod"), etag=None, actor=ANN, key=None, validate_only=False
        )
        deleted = await anext(stream)

    assert created.value == view
    assert changed.value is not None
    assert changed.value.cluster.intent.display_name == "New"
    assert (deleted.kind, deleted.name) == (WatchKind.DELETED, "clusters/prod")


async def test_a_member_that_was_reinstalled_and_adopted_stays_a_member(service: Service) -> None:
    await service.tell_nodes(a_node("h1"))
    await create(service, "prod", "h1")

    await service.tell_nodes(a_node("h1", uid="99999999-0000-0000-0000-000000000000"))

    assert (await service.membership.available_nodes("", PageRequest())).items == ()
