"""The node service's stream of nodes."""

from collections.abc import AsyncGenerator

from quantix.event.v1 import event_pb2
from quantix.node.v1 import node_pb2
from quantix.node.v1.node_pb2_grpc import NodeServiceStub
from qvdc_rpc.dial import stream
from qvdc_rpc.status import RemoteRefusal
from qvdc_vm.adapters.services import Mesh
from qvdc_vm.domain.host import (
    Host,
    NodeChange,
    NodeChanged,
    NodeRemoved,
    NodesExpired,
    NodesSynced,
)
from qvdc_vm.domain.values import HostUid

_ALIVE = frozenset(
    {
        node_pb2.Node.PHASE_READY,
        node_pb2.Node.PHASE_NOT_READY,
        node_pb2.Node.PHASE_DRAINING,
        node_pb2.Node.PHASE_MAINTENANCE,
        node_pb2.Node.PHASE_REMOVING,
    }
)


class NodeService:
    """Streams what nodes are."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh

    async def changes(self, token: str) -> AsyncGenerator[NodeChange, None]:
        """All nodes (without a token) or what changed since, then each change.

        Raises:
            Refusal: the stream broke; go on from the last token.
        """
        stub = NodeServiceStub(await self._mesh.channel("node"))
        request = node_pb2.WatchNodesRequest(resume_token=token)
        try:
            async for item in stream(stub.WatchNodes, request):
                if (change := _change(item)) is not None:
                    yield change
        except RemoteRefusal as refusal:
            if refusal.reason != "RESUME_EXPIRED":
                raise
            yield NodesExpired()


def _change(item: node_pb2.WatchNodesResponse) -> NodeChange | None:
    match item.kind:
        case event_pb2.WATCH_KIND_SNAPSHOT:
            return NodeChanged(host_of(item.node), "")
        case event_pb2.WATCH_KIND_CHANGED:
            return NodeChanged(host_of(item.node), item.resume_token)
        case event_pb2.WATCH_KIND_DELETED:
            return NodeRemoved(HostUid(item.node.uid), item.resume_token)
        case event_pb2.WATCH_KIND_SYNCED:
            return NodesSynced(item.resume_token)
        case _:
            return None


def host_of(node: node_pb2.Node) -> Host:
    """What this service needs to know of a node."""
    return Host(
        uid=HostUid(node.uid),
        name=node.name,
        alive=node.phase in _ALIVE,
        phase=node_pb2.Node.Phase.Name(node.phase).removeprefix("PHASE_"),
        agent_addresses=tuple(
            _endpoint(each.ip, each.port)
            for each in node.addresses
            if each.purpose == node_pb2.NodeAddress.PURPOSE_AGENT
        ),
    )


def _endpoint(ip: str, port: int) -> str:
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"
