"""The cluster service's stream of clusters, of which only the HA settings matter here."""

from collections.abc import AsyncGenerator

from quantix.cluster.v1 import cluster_pb2
from quantix.cluster.v1.cluster_pb2_grpc import ClusterServiceStub
from quantix.event.v1 import event_pb2
from qvdc_rpc.dial import stream
from qvdc_vm.adapters.services import Mesh
from qvdc_vm.domain.protection import (
    HaPolicy,
    HaPolicyChange,
    HaPolicyGone,
    HaPolicySynced,
    IsolationResponse,
)


class ClusterStream:
    """Streams the HA settings of clusters."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh

    async def changes(self) -> AsyncGenerator[HaPolicyChange, None]:
        """All clusters, then each change.

        Raises:
            Refusal: the stream broke; begin again.
        """
        stub = ClusterServiceStub(await self._mesh.channel("cluster"))
        async for item in stream(stub.WatchClusters, cluster_pb2.WatchClustersRequest()):
            match item.kind:
                case event_pb2.WATCH_KIND_SNAPSHOT | event_pb2.WATCH_KIND_CHANGED:
                    yield policy_of(item.cluster)
                case event_pb2.WATCH_KIND_DELETED:
                    yield HaPolicyGone(item.cluster.name)
                case event_pb2.WATCH_KIND_SYNCED:
                    yield HaPolicySynced()
                case _:
                    continue


def policy_of(cluster: cluster_pb2.Cluster) -> HaPolicy:
    """What this service needs to know of a cluster; what is unset is at its default."""
    ha, default = cluster.ha, HaPolicy(cluster=cluster.name)
    monitors = ha.host_monitoring if ha.HasField("host_monitoring") else ha.enabled
    response = default.response
    if ha.isolation_response:
        name = cluster_pb2.HaSettings.IsolationResponse.Name(ha.isolation_response)
        response = IsolationResponse(name.removeprefix("ISOLATION_RESPONSE_"))
    return HaPolicy(
        cluster=cluster.name,
        enabled=ha.enabled and monitors,
        response=response,
        grace_seconds=ha.shutdown_grace_seconds or default.grace_seconds,
        detection_seconds=ha.detection_seconds or default.detection_seconds,
    )
