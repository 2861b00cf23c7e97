"""The stores may come late and in any order; a leader that was overtaken changes nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from quantix.cluster.v1 import cluster_pb2 as pb
from quantix.cluster.v1.cluster_pb2_grpc import ClusterServiceStub
from qvdc_cluster.app import build
from qvdc_cluster.domain.projection import Node
from qvdc_cluster.reconcile.projection import ProjectionReconciler
from qvdc_cluster.settings import Settings
from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.leadership import Leadership
from qvdc_coord.lease import Leases
from qvdc_core.errors import Kind, StaleFence
from qvdc_core.event import WatchItem, WatchKind
from qvdc_core.fence import Fence
from qvdc_core.page import PageRequest
from qvdc_obs.metrics import Metrics
from qvdc_rpc.process import Process
from qvdc_rpc.status import RemoteRefusal
from qvdc_testing.etcd import EtcdServer
from qvdc_testing.pki import Pki
from qvdc_testing.postgresql import PostgresServer, TestDatabase
from qvdc_testing.wire import Callers
from tests.cluster_testing.builders import a_node
from tests.cluster_testing.service import Service


async def _away(process: Process) -> set[str]:
    return set((await process.readiness.check()).away)


async def _until(met: Callable[[], Awaitable[bool]]) -> None:
    for _look in range(400):
        if await met():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it did not come about within 40 s")


@pytest.mark.parametrize("first", ["postgresql", "etcd"])
async def test_it_waits_for_its_stores_says_which_and_recovers(
    first: str,
    postgresql: TestDatabase,
    postgresql_server: PostgresServer,
    etcd: EtcdServer,
    pki: Pki,
) -> None:
    etcd.stop()
    postgresql_server.stop()
    identity = pki.service("cluster")
    settings = Settings(
        database_url=postgresql.url("qvdc_cluster"),
        database_admin_url=postgresql.admin_url,
        etcd_endpoints=etcd.endpoint,
        redis_url="redis://127.0.0.1:1/0",
        mesh_listen="127.0.0.1:0",
        http_listen="127.0.0.1:0",
        cert_file=identity.cert_file,
        key_file=identity.key_file,
        ca_file=identity.ca_file,
        assertion_jwks=pki.assertion_jwks_file,
    )
    starts = {"postgresql": postgresql_server.start, "etcd": etcd.start}
    started = set[str]()
    try:
        async with (
            Etcd(EtcdConfig.parse(etcd.endpoint)) as client,
            Leases(client) as leases,
            build(settings, etcd=client, leases=leases, metrics=Metrics()).running() as process,
        ):
            callers = Callers(process, pki)
            user = callers.user(ClusterServiceStub)
            assert await _away(process) == {"postgresql", "etcd"}
            with pytest.raises(RemoteRefusal) as refused:
                await user.call("ListClusters", pb.ListClustersRequest())
            for store in (first, *(starts.keys() - {first})):
                starts[store]()
                started.add(store)
                left = starts.keys() - started

                async def only_these(left: set[str] = left) -> bool:
                    return await _away(process) == left

                await _until(only_these)
            created = await user.call(
                "CreateCluster", pb.CreateClusterRequest(cluster_id="late", cluster=pb.Cluster())
            )
            await callers.close()
        assert refused.value.kind is Kind.UNAVAILABLE
        assert refused.value.retry_after
        assert created.name == "clusters/late"
    finally:
        if "postgresql" not in started:
            postgresql_server.start()


class OneNode:
    """An owner's Watch that tells of one node, then nothing more."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def follow(self, resume_token: str) -> AsyncIterator[WatchItem[Node]]:
        """A snapshot of one node."""
        yield WatchItem(WatchKind.SNAPSHOT, "", self._node)
        yield WatchItem(WatchKind.SYNCED, f"{resume_token}1")
        await asyncio.Event().wait()


async def test_postgresql_refuses_what_a_leader_sends_after_it_was_replaced(
    service: Service, etcd: EtcdServer
) -> None:
    """Held between its last check and its send, replaced, continued: its write is refused."""
    held, go_on = asyncio.Event(), asyncio.Event()

    async def hold(_fence: Fence) -> None:
        held.set()
        await go_on.wait()

    async def site_term() -> int:
        return 1

    async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client, Leases(client) as leases:

        def follower(node: Node, leadership: Leadership) -> ProjectionReconciler[Node]:
            return ProjectionReconciler(
                "nodes",
                feed=OneNode(node),
                apply=service.projections.apply_nodes,
                projections=service.projections,
                leadership=leadership,
            )

        old = Leadership(
            client, leases, "nodes", site_term=site_term, instance="old", before_effect=hold
        )
        new = Leadership(client, leases, "nodes", site_term=site_term, instance="new")
        turns = old.turns(every=timedelta(seconds=1))
        fence = await anext(turns)
        late = asyncio.create_task(follower(a_node("stale"), old).run_once(fence))
        await held.wait()
        await old.resign()
        replaced = asyncio.create_task(follower(a_node("true"), new).run())

        async def told() -> bool:
            page = await service.membership.available_nodes("", PageRequest())
            return [node.name for node in page.items] == ["nodes/true"]

        await _until(told)
        go_on.set()
        with pytest.raises(StaleFence):
            await late
        assert await told()
        replaced.cancel()
        await asyncio.gather(replaced, return_exceptions=True)
        await turns.aclose()
