"""Which machine is placed where, as the vm service tells."""

from collections.abc import AsyncIterator

from quantix.event.v1 import event_pb2
from quantix.vm.v1 import virtual_machine_pb2, virtual_machine_pb2_grpc
from qvdc_coord.discovery import Discovery
from qvdc_node.domain.placement import AllPlaced, Placed
from qvdc_rpc.dial import Dialer, stream
from qvdc_rpc.tls import service_name


class MachinePlacements:
    """Follows the machines through their Watch."""

    def __init__(self, dialer: Dialer, discovery: Discovery) -> None:
        self._dialer = dialer
        self._discovery = discovery

    async def follow(self) -> AsyncIterator[AllPlaced | Placed]:
        """Yield all placements first, then each that changed.

        Raises:
            StoreUnavailable, RemoteRefusal: the stream ended; follow again.
        """
        copies = await self._discovery.resolve("vm")
        channel = self._dialer.channel(copies[0].mesh, name=service_name("vm"))
        stub = virtual_machine_pb2_grpc.VirtualMachineServiceStub(channel)
        request = virtual_machine_pb2.WatchVirtualMachinesRequest()
        snapshot: list[Placed] = []
        async for item in stream(stub.WatchVirtualMachines, request):
            vm = item.virtual_machine
            match item.kind:
                case event_pb2.WATCH_KIND_SNAPSHOT:
                    if vm.node:
                        snapshot.append(_placed(vm))
                case event_pb2.WATCH_KIND_SYNCED:
                    yield AllPlaced(snapshot)
                case event_pb2.WATCH_KIND_CHANGED:
                    yield _placed(vm)
                case event_pb2.WATCH_KIND_DELETED:
                    yield Placed(vm.name, "")


def _placed(vm: virtual_machine_pb2.VirtualMachine) -> Placed:
    states = virtual_machine_pb2.VirtualMachine.State
    known = vm.state in states.values()
    return Placed(vm.name, vm.node, states.Name(vm.state).removeprefix("STATE_") if known else "")
