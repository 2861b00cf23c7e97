"""Which node belongs to which cluster, as the cluster service tells."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta

from quantix.cluster.v1 import cluster_pb2, cluster_pb2_grpc
from quantix.event.v1 import event_pb2
from qvdc_coord.discovery import Discovery
from qvdc_node.domain.member_set import ClusterView
from qvdc_node.domain.terms import DEFAULT_DETECTION
from qvdc_rpc.dial import Dialer, call, stream
from qvdc_rpc.tls import service_name

ANSWER_WITHIN = timedelta(seconds=5)


class ClusterMembership:
    """Follows the clusters through their Watch, and asks for memberships."""

    def __init__(self, dialer: Dialer, discovery: Discovery) -> None:
        self._dialer = dialer
        self._discovery = discovery

    async def follow(self) -> AsyncIterator[Mapping[str, ClusterView]]:
        """Yield cluster name -> cluster, whole, whenever something may have changed.

        Raises:
            StoreUnavailable, RemoteRefusal: the stream ended; follow again.
        """
        copies = await self._discovery.resolve("cluster")
        channel = self._dialer.channel(copies[0].mesh, name=service_name("cluster"))
        stub = cluster_pb2_grpc.ClusterServiceStub(channel)
        clusters: dict[str, ClusterView] = {}
        synced = False
        async for item in stream(stub.WatchClusters, cluster_pb2.WatchClustersRequest()):
            match item.kind:
                case event_pb2.WATCH_KIND_SNAPSHOT | event_pb2.WATCH_KIND_CHANGED:
                    clusters[item.cluster.name] = _view(item.cluster)
                case event_pb2.WATCH_KIND_DELETED:
                    clusters.pop(item.cluster.name, None)
                case event_pb2.WATCH_KIND_SYNCED:
                    synced = True
                case _:
                    continue
            if synced:
                yield dict(clusters)

    async def add(self, node: str, cluster: str) -> None:
        """Ask for the node, by its name, to be a member; a no-op if it is one.

        Raises:
            Refusal: the cluster service says no, or did not answer.
        """
        copies = await self._discovery.resolve("cluster")
        channel = self._dialer.channel(copies[0].mesh, name=service_name("cluster"))
        stub = cluster_pb2_grpc.ClusterServiceStub(channel)
        request = cluster_pb2.AddClusterNodeRequest(name=cluster, node=node.partition("/")[2])
        await call(stub.AddClusterNode, request, timeout=ANSWER_WITHIN)


def _view(cluster: cluster_pb2.Cluster) -> ClusterView:
    detection = DEFAULT_DETECTION
    if cluster.ha.enabled and cluster.ha.detection_seconds:
        detection = timedelta(seconds=cluster.ha.detection_seconds)
    return ClusterView(tuple(cluster.nodes), int(detection.total_seconds()))
