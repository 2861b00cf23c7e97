"""quantix.cluster.v1.ClusterService."""

from collections.abc import AsyncGenerator

from google.protobuf.empty_pb2 import Empty

from quantix.cluster.v1 import cluster_pb2 as pb
from qvdc_cluster.api import convert
from qvdc_cluster.usecases.cluster import ClusterUseCases, NewCluster
from qvdc_cluster.usecases.membership import MembershipUseCases
from qvdc_core.clock import Clock
from qvdc_core.ids import Name
from qvdc_core.page import PageRequest
from qvdc_rpc.context import RequestContext
from qvdc_rpc.event_service import watch_kind
from qvdc_rpc.request_key import request_key


class ClusterServicer:
    """Turns wire into domain and back, and decides nothing."""

    def __init__(
        self, clusters: ClusterUseCases, membership: MembershipUseCases, clock: Clock
    ) -> None:
        self._clusters = clusters
        self._membership = membership
        self._clock = clock

    async def create_cluster(
        self, request: pb.CreateClusterRequest, ctx: RequestContext
    ) -> pb.Cluster:
        """Create a cluster."""
        wanted = NewCluster(
            id=request.cluster_id,
            intent=convert.intent_of(request.cluster),
            initial_nodes=tuple(Name.parse(node, "nodes").id for node in request.initial_nodes),
        )
        created = await self._clusters.create(
            wanted,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return convert.cluster_to_wire(created)

    async def get_cluster(self, request: pb.GetClusterRequest, _ctx: RequestContext) -> pb.Cluster:
        """Read a cluster."""
        return convert.cluster_to_wire(await self._clusters.get(convert.cluster_name(request.name)))

    async def list_clusters(
        self, request: pb.ListClustersRequest, _ctx: RequestContext
    ) -> pb.ListClustersResponse:
        """One page of clusters."""
        page = await self._clusters.page(
            convert.cluster_filter(request),
            PageRequest.of(request.page_size, request.page_token),
        )
        return pb.ListClustersResponse(
            clusters=[convert.cluster_to_wire(view) for view in page.items],
            next_page_token=page.next_token,
        )

    async def update_cluster(
        self, request: pb.UpdateClusterRequest, ctx: RequestContext
    ) -> pb.Cluster:
        """Change a cluster."""
        updated = await self._clusters.update(
            convert.cluster_name(request.cluster.name),
            convert.intent_of(request.cluster),
            paths=convert.changed_paths(request),
            etag=convert.etag(request.cluster.etag),
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return convert.cluster_to_wire(updated)

    async def delete_cluster(self, request: pb.DeleteClusterRequest, ctx: RequestContext) -> Empty:
        """Delete a cluster."""
        await self._clusters.delete(
            convert.cluster_name(request.name),
            etag=convert.etag(request.etag),
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return Empty()

    async def add_cluster_node(
        self, request: pb.AddClusterNodeRequest, ctx: RequestContext
    ) -> pb.Cluster:
        """Add a node."""
        view = await self._membership.add_node(
            convert.cluster_name(request.name),
            request.node,
            etag=convert.etag(request.etag),
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return convert.cluster_to_wire(view)

    async def remove_cluster_node(
        self, request: pb.RemoveClusterNodeRequest, ctx: RequestContext
    ) -> pb.Cluster:
        """Remove a node."""
        view = await self._membership.remove_node(
            convert.cluster_name(request.name),
            request.node,
            etag=convert.etag(request.etag),
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return convert.cluster_to_wire(view)

    async def list_cluster_nodes(
        self, request: pb.ListClusterNodesRequest, _ctx: RequestContext
    ) -> pb.ListClusterNodesResponse:
        """One page of members."""
        page = await self._membership.nodes(
            convert.cluster_name(request.name),
            PageRequest.of(request.page_size, request.page_token),
        )
        return pb.ListClusterNodesResponse(
            nodes=[convert.node_to_wire(node) for node in page.items],
            next_page_token=page.next_token,
        )

    async def list_available_nodes(
        self, request: pb.ListAvailableNodesRequest, _ctx: RequestContext
    ) -> pb.ListClusterNodesResponse:
        """One page of nodes without a cluster."""
        page = await self._membership.available_nodes(
            request.name_prefix, PageRequest.of(request.page_size, request.page_token)
        )
        return pb.ListClusterNodesResponse(
            nodes=[convert.node_to_wire(node) for node in page.items],
            next_page_token=page.next_token,
        )

    async def list_cluster_virtual_machines(
        self, request: pb.ListClusterVirtualMachinesRequest, _ctx: RequestContext
    ) -> pb.ListClusterVirtualMachinesResponse:
        """One page of machines."""
        page = await self._membership.machines(
            convert.cluster_name(request.name),
            PageRequest.of(request.page_size, request.page_token),
        )
        return pb.ListClusterVirtualMachinesResponse(
            vms=[convert.machine_to_wire(machine, node) for machine, node in page.items],
            next_page_token=page.next_token,
        )

    async def get_cluster_usage(
        self, request: pb.GetClusterUsageRequest, _ctx: RequestContext
    ) -> pb.ClusterUsage:
        """Usage, computed now."""
        cluster, usage = await self._clusters.usage(convert.cluster_name(request.name))
        return convert.usage_to_wire(cluster, usage, now=self._clock.now())

    async def watch_clusters(
        self, request: pb.WatchClustersRequest, _ctx: RequestContext
    ) -> AsyncGenerator[pb.WatchClustersResponse, None]:
        """Stream clusters."""
        async for item in self._clusters.watch(request.resume_token):
            told = pb.Cluster(name=item.name, uid=item.uid) if item.name else None
            yield pb.WatchClustersResponse(
                kind=watch_kind(item.kind),
                cluster=convert.cluster_to_wire(item.value) if item.value else told,
                resume_token=item.token,
            )
