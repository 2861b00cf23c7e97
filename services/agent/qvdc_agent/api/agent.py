"""AgentService: what the control plane asks of this host."""

from quantix.agent.v1 import agent_pb2 as wire_pb2
from qvdc_agent.api import convert
from qvdc_agent.domain.machine import MachineUid
from qvdc_agent.usecases.machine import Machines
from qvdc_agent.wire import observed_to_wire
from qvdc_rpc.context import RequestContext


class AgentServicer:
    """Turns the wire into domain values and back."""

    def __init__(self, machines: Machines) -> None:
        self._machines = machines

    async def apply_machine(
        self, request: wire_pb2.ApplyMachineRequest, _: RequestContext
    ) -> wire_pb2.ObservedMachine:
        """Take a machine's wanted state."""
        observed = await self._machines.apply(
            convert.wanted_machine(request.machine), convert.fence(request.fence)
        )
        return observed_to_wire(observed, node_uid=self._machines.node_uid)

    async def get_observed_machine(
        self, request: wire_pb2.GetObservedMachineRequest, _: RequestContext
    ) -> wire_pb2.ObservedMachine:
        """Tell what is seen of one machine."""
        observed = await self._machines.observe(MachineUid(request.vm_uid))
        return observed_to_wire(observed, node_uid=self._machines.node_uid)

    async def list_observed_machines(
        self, _: wire_pb2.ListObservedMachinesRequest, __: RequestContext
    ) -> wire_pb2.ListObservedMachinesResponse:
        """Tell what is seen of all machines."""
        node_uid = self._machines.node_uid
        return wire_pb2.ListObservedMachinesResponse(
            machines=[
                observed_to_wire(each, node_uid=node_uid) for each in await self._machines.list()
            ],
            boot_id=self._machines.boot,
        )

    async def read_serial_log(
        self, request: wire_pb2.ReadSerialLogRequest, _: RequestContext
    ) -> wire_pb2.ReadSerialLogResponse:
        """Give a piece of a machine's serial output."""
        piece = await self._machines.read_serial(
            MachineUid(request.vm_uid), request.offset_bytes, request.limit_bytes
        )
        return wire_pb2.ReadSerialLogResponse(
            content=piece.content, offset_bytes=piece.offset_bytes, size_bytes=piece.size_bytes
        )
