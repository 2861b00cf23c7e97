"""Stand-ins for the node and vm services: their Watch alone."""

import asyncio
from collections.abc import AsyncGenerator

from quantix.event.v1 import event_pb2
from quantix.node.v1 import node_pb2
from quantix.vm.v1 import virtual_machine_pb2 as vm_pb2


class NodeOwner:
    """Tells a snapshot of `nodes`, then whatever is put into `changes`."""

    def __init__(self, *nodes: node_pb2.Node) -> None:
        self.nodes = list(nodes)
        self.changes: asyncio.Queue[node_pb2.WatchNodesResponse] = asyncio.Queue()

    async def watch_nodes(
        self, request: node_pb2.WatchNodesRequest, _ctx: object
    ) -> AsyncGenerator[node_pb2.WatchNodesResponse, None]:
        if not request.resume_token:
            for node in self.nodes:
                yield node_pb2.WatchNodesResponse(kind=event_pb2.WATCH_KIND_SNAPSHOT, node=node)
            yield node_pb2.WatchNodesResponse(kind=event_pb2.WATCH_KIND_SYNCED, resume_token="1")
        while True:
            yield await self.changes.get()


class MachineOwner:
    """Tells that there are no machines, then nothing more."""

    async def watch_virtual_machines(
        self, _request: vm_pb2.WatchVirtualMachinesRequest, _ctx: object
    ) -> AsyncGenerator[vm_pb2.WatchVirtualMachinesResponse, None]:
        yield vm_pb2.WatchVirtualMachinesResponse(
            kind=event_pb2.WATCH_KIND_SYNCED, resume_token="1"
        )
        await asyncio.Event().wait()


def a_wire_node(name: str, uid: str, phase: str = "PHASE_READY") -> node_pb2.Node:
    """A host as the node service tells it."""
    node = node_pb2.Node(name=f"nodes/{name}", uid=uid, phase=phase, mode="MODE_ACTIVE")
    node.inventory.cpu.socket_count = 1
    node.inventory.cpu.core_count = 4
    node.inventory.cpu.frequency_mhz = 2000
    node.inventory.memory_total_bytes = 17 << 30
    node.inventory.network_drivers.append("ovn")
    node.inventory.pools.add(
        pool="default", state="STATE_HEALTHY", capacity_bytes=100 << 30, free_bytes=90 << 30
    )
    node.observe_time.GetCurrentTime()
    return node
