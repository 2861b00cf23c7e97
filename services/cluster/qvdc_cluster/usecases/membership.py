"""Which nodes belong to a cluster."""

from dataclasses import replace

from qvdc_cluster.domain.cluster import Cluster, ClusterView, Etag
from qvdc_cluster.domain.projection import Machine, Node
from qvdc_cluster.domain.refusals import NodeHasVms, NodeInOtherCluster, NodeNotMember
from qvdc_cluster.ports import Begin, UnitOfWork
from qvdc_cluster.usecases.announce import announced, tell
from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.ids import Name
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey


class MembershipUseCases:
    """The verbs of membership."""

    def __init__(self, begin: Begin, clock: Clock) -> None:
        self._begin = begin
        self._clock = clock

    async def add_node(
        self,
        name: Name,
        node_ref: str,
        *,
        etag: Etag | None,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool,
    ) -> ClusterView:
        """Make the node with this id or uid a member; a no-op if it is one already.

        Raises:
            NodeInOtherCluster: it belongs elsewhere.
            NodeRemoved: it was removed from the site.
            NotFound: no such cluster or node.
            EtagMismatch: somebody changed the cluster.
        """
        async with self._begin() as work:
            if (first := await work.requests.recall(key, ClusterView)) is not None:
                return first
            cluster = await work.clusters.lock(name)
            cluster.require(etag)
            node = await work.members.node(node_ref)
            holder = await work.members.add(cluster.uid, node)
            if holder != cluster.name:
                raise NodeInOtherCluster(node.name, holder)
            if node.name not in cluster.nodes:
                cluster = await self._told(
                    work, cluster, "ClusterNodeAdded", node, actor, f"{node.name} joined"
                )
            return await self._finish(work, cluster, actor, key, validate_only=validate_only)

    async def remove_node(
        self,
        name: Name,
        node_ref: str,
        *,
        etag: Etag | None,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool,
    ) -> ClusterView:
        """End the membership of the node with this id or uid.

        Raises:
            NodeNotMember: it is no member.
            NodeHasVms: machines are placed on it, running or not.
            NotFound: no such cluster.
            EtagMismatch: somebody changed the cluster.
        """
        async with self._begin() as work:
            if (first := await work.requests.recall(key, ClusterView)) is not None:
                return first
            cluster = await work.clusters.lock(name)
            cluster.require(etag)
            node = await work.members.find(cluster.uid, node_ref)
            if node is None:
                raise NodeNotMember(f"nodes/{node_ref}", cluster.name)
            machines, count = await work.members.placed_on(node.uid)
            if count:
                raise NodeHasVms(node.name, machines, count)
            await work.members.remove(cluster.uid, node.uid)
            cluster = await self._told(
                work, cluster, "ClusterNodeRemoved", node, actor, f"{node.name} left"
            )
            return await self._finish(work, cluster, actor, key, validate_only=validate_only)

    async def nodes(self, name: Name, request: PageRequest) -> Page[Node]:
        """One page of a cluster's members, by name.

        Raises:
            NotFound: no such cluster.
        """
        async with self._begin() as work:
            cluster = await work.clusters.get(name)
            return await work.members.page(cluster.uid, request)

    async def available_nodes(self, prefix: str, request: PageRequest) -> Page[Node]:
        """One page of the nodes that belong to no cluster, by name."""
        async with self._begin() as work:
            return await work.members.available(prefix, request)

    async def machines(self, name: Name, request: PageRequest) -> Page[tuple[Machine, str]]:
        """One page of a cluster's machines, by name, each with its node's name.

        Raises:
            NotFound: no such cluster.
        """
        async with self._begin() as work:
            cluster = await work.clusters.get(name)
            return await work.members.machines(cluster.name, request)

    async def _told(
        self, work: UnitOfWork, cluster: Cluster, kind: str, node: Node, actor: Actor, text: str
    ) -> Cluster:
        stored = await work.clusters.save(
            replace(cluster, update_time=self._clock.now(), changed_by=actor.subject)
        )
        await tell(
            work,
            stored,
            kind,
            actor=actor.subject,
            text=f"{text} {stored.name}.",
            node=node.name,
            node_uid=node.uid,
        )
        return stored

    async def _finish(
        self,
        work: UnitOfWork,
        cluster: Cluster,
        actor: Actor,
        key: RequestKey | None,
        *,
        validate_only: bool,
    ) -> ClusterView:
        result = await announced(work, cluster, actor.subject)
        if not validate_only:
            await work.requests.remember(key, result)
            await work.commit()
        return result
