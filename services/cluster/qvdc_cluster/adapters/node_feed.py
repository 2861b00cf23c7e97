"""The node service's Watch, as the cluster service needs it."""

from collections.abc import AsyncIterator, Collection
from datetime import UTC

from quantix.node.v1 import node_pb2 as pb
from quantix.node.v1.node_pb2_grpc import NodeServiceStub
from qvdc_cluster.adapters.following import KINDS, Owner
from qvdc_cluster.domain.cluster import NodeUid
from qvdc_cluster.domain.projection import Node, Pool
from qvdc_core.event import WatchItem


class GrpcNodeFeed:
    """Nodes as their owner tells them."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    async def follow(self, resume_token: str) -> AsyncIterator[WatchItem[Node]]:
        """All nodes, then each change; or on from a token.

        Raises:
            ResumeExpired: begin again without a token.
            OwnerAway: the stream broke; go on later with the last token.
        """
        request = pb.WatchNodesRequest(resume_token=resume_token)
        items = self._owner.follow(lambda channel: NodeServiceStub(channel).WatchNodes, request)
        async for item in items:
            if item.kind in KINDS:
                yield item_of(item)


def item_of(item: pb.WatchNodesResponse) -> WatchItem[Node]:
    """Read one item of the stream."""
    told = item.HasField("node") and item.node.uid
    carried = KINDS[item.kind].value in {"SNAPSHOT", "CHANGED"}
    return WatchItem(
        kind=KINDS[item.kind],
        token=item.resume_token,
        value=node_of(item.node) if told and carried else None,
        name=item.node.name,
        uid=item.node.uid,
    )


_ASKS_TO_AVOID = (pb.Taint.EFFECT_PREFER_NO_SCHEDULE,)
_KEEPS_OFF = (pb.Taint.EFFECT_NO_SCHEDULE, pb.Taint.EFFECT_NO_EXECUTE)


def node_of(node: pb.Node) -> Node:
    """Read what placement and usage need of a node; unset is unknown."""
    cpu, usage = node.inventory.cpu, node.usage
    cores = _cores(cpu)
    mhz = cpu.frequency_mhz if cpu.HasField("frequency_mhz") else None
    memory = node.inventory
    return Node(
        uid=NodeUid(node.uid),
        name=node.name,
        hostname=node.hostname,
        phase=pb.Node.Phase.Name(node.phase).removeprefix("PHASE_"),
        mode=pb.Node.Mode.Name(node.mode).removeprefix("MODE_"),
        labels=dict(node.labels),
        core_count=cores,
        cpu_mhz=cores * mhz if cores and mhz else None,
        cpu_percent=usage.cpu_percent if usage.HasField("cpu_percent") else None,
        memory_bytes=memory.memory_total_bytes if memory.HasField("memory_total_bytes") else None,
        memory_used_bytes=(
            usage.memory_used_bytes if usage.HasField("memory_used_bytes") else None
        ),
        network_drivers=tuple(node.inventory.network_drivers),
        taints=_keys(node, _KEEPS_OFF),
        avoided_for=_keys(node, _ASKS_TO_AVOID),
        reserved_cores=node.reserved_cores if node.HasField("reserved_cores") else None,
        reserved_memory_bytes=(
            node.reserved_memory_bytes if node.HasField("reserved_memory_bytes") else None
        ),
        cpu_ratio=node.overcommit.cpu_ratio if node.overcommit.HasField("cpu_ratio") else None,
        memory_ratio=(
            node.overcommit.memory_ratio if node.overcommit.HasField("memory_ratio") else None
        ),
        pools=tuple(_pool_of(pool) for pool in node.inventory.pools),
        observe_time=(node.observe_time.ToDatetime(UTC) if node.HasField("observe_time") else None),
    )


def _keys(node: pb.Node, effects: Collection[int]) -> tuple[str, ...]:
    return tuple(sorted({each.key for each in node.taints if each.effect in effects}))


def _cores(cpu: pb.CpuInventory) -> int | None:
    if cpu.HasField("socket_count") and cpu.HasField("core_count"):
        return cpu.socket_count * cpu.core_count
    return cpu.cpu_count if cpu.HasField("cpu_count") else None


def _pool_of(pool: pb.PoolInventory) -> Pool:
    return Pool(
        name=pool.pool,
        healthy=pool.state == pb.PoolInventory.STATE_HEALTHY,
        capacity_bytes=pool.capacity_bytes if pool.HasField("capacity_bytes") else None,
        free_bytes=pool.free_bytes if pool.HasField("free_bytes") else None,
    )
