"""The network service."""

from quantix.network.v1 import port_pb2
from quantix.network.v1.port_pb2_grpc import PortServiceStub
from qvdc_core.errors import Kind
from qvdc_rpc.dial import call
from qvdc_rpc.status import RemoteRefusal
from qvdc_vm.adapters.services import CALL_DEADLINE, Mesh
from qvdc_vm.domain.values import MachineUid, PortBinding
from qvdc_vm.domain.virtual_machine import VirtualMachine


class NetworkService:
    """Makes and deletes the ports of machines.

    A port's id follows from its machine and position, so that asking again after a crash finds
    the same one, and deleting needs no record of what was made.
    """

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh

    async def create(self, machine: VirtualMachine, position: int) -> PortBinding:
        """Make the port of a network card; asking again answers the same."""
        nic = machine.spec.nics[position]
        stub = PortServiceStub(await self._mesh.channel("network"))
        request = port_pb2.CreatePortRequest(
            port_id=port_id(machine.uid, position),
            port=port_pb2.Port(
                network=nic.network,
                mac=nic.mac,
                fixed_ips=[nic.address] if nic.address else [],
                owner=machine.name,
                owner_uid=machine.uid,
                hostname=machine.spec.cloud_init.hostname or machine.id,
            ),
        )
        port = await call(stub.CreatePort, request, timeout=CALL_DEADLINE)
        return PortBinding(
            name=port.name,
            uid=port.uid,
            mac=port.mac,
            mtu=port.mtu,
            addresses=tuple(port.fixed_ips),
        )

    async def delete(self, machine: VirtualMachine, position: int) -> None:
        """Delete that port; a no-op if there is none."""
        stub = PortServiceStub(await self._mesh.channel("network"))
        request = port_pb2.DeletePortRequest(name=f"ports/{port_id(machine.uid, position)}")
        try:
            await call(stub.DeletePort, request, timeout=CALL_DEADLINE)
        except RemoteRefusal as refusal:
            if refusal.kind is not Kind.NOT_FOUND:
                raise


def port_id(uid: MachineUid, position: int) -> str:
    """The id of the port of a machine's network card."""
    return f"vm-{uid}-{position}"
