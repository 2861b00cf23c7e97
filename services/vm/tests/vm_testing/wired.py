"""The service under test as its callers meet it."""

from dataclasses import dataclass

from quantix.host.v1 import machine_sync_pb2
from quantix.host.v1.machine_sync_pb2_grpc import MachineSyncServiceStub
from quantix.operation.v1 import operation_pb2
from quantix.operation.v1.operation_pb2_grpc import OperationServiceStub
from quantix.vm.v1 import virtual_machine_pb2 as pb
from quantix.vm.v1.virtual_machine_pb2_grpc import VirtualMachineServiceStub
from qvdc_rpc.process import Process
from qvdc_testing.wire import Callers, Client
from qvdc_vm.domain.values import MachineUid
from tests.vm_testing.builders import HOST
from tests.vm_testing.servers import Neighbours, observed_to_wire
from tests.vm_testing.site import BOOT


@dataclass
class Wired:
    """The service under test as its callers meet it."""

    process: Process
    callers: Callers
    neighbours: Neighbours

    @property
    def user(self) -> Client:
        """Somebody behind the door who may do everything."""
        return self.callers.user(VirtualMachineServiceStub)

    def user_with(self, *permissions: str) -> Client:
        """Somebody behind the door."""
        return self.callers.user(VirtualMachineServiceStub, permissions=permissions)

    async def done(self, operation: operation_pb2.Operation) -> operation_pb2.Operation:
        """Wait for an operation's end."""
        book = self.callers.user(OperationServiceStub)
        request = operation_pb2.WaitOperationRequest(name=operation.name)
        request.timeout.FromSeconds(15)
        ended: operation_pb2.Operation = await book.call("WaitOperation", request)
        return ended

    async def get(self, name: str = "vms/web-1") -> pb.VirtualMachine:
        """Read a machine."""
        machine: pb.VirtualMachine = await self.user.call(
            "GetVirtualMachine", pb.GetVirtualMachineRequest(name=name)
        )
        return machine

    async def report(
        self, *uids: str, full: bool = False, as_node: str = HOST
    ) -> machine_sync_pb2.ReportMachinesResponse:
        """The host tells what it sees of these machines."""
        agent = self.neighbours.agent
        request = machine_sync_pb2.ReportMachinesRequest(
            node_uid=HOST,
            boot_id=BOOT,
            machines=[
                observed_to_wire(MachineUid(uid), agent.see(MachineUid(uid))) for uid in uids
            ],
            full=full,
        )
        host = self.callers.node(MachineSyncServiceStub, as_node)
        answer: machine_sync_pb2.ReportMachinesResponse = await host.call("ReportMachines", request)
        return answer
