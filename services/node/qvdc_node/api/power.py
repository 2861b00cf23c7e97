"""quantix.node.v1.NodePowerService."""

from quantix.node.v1 import node_power_pb2 as pb
from quantix.operation.v1 import operation_pb2
from qvdc_core.clock import Clock
from qvdc_core.ids import Name
from qvdc_node.domain.power import PowerVerb
from qvdc_node.usecases.power import PowerUseCase
from qvdc_rpc.context import RequestContext
from qvdc_rpc.operation_service import operation_to_wire
from qvdc_rpc.request_key import request_key

NODE_POWER_SERVICE = pb.DESCRIPTOR.services_by_name["NodePowerService"]


class NodePowerServicer:
    """Turns the wire into verbs of power and back."""

    def __init__(self, power: PowerUseCase, clock: Clock) -> None:
        self._power = power
        self._clock = clock

    async def reboot_node(
        self, request: pb.RebootNodeRequest, ctx: RequestContext
    ) -> operation_pb2.Operation:
        """Restart a host."""
        return await self._begin(PowerVerb.REBOOT, request, ctx)

    async def shutdown_node(
        self, request: pb.ShutdownNodeRequest, ctx: RequestContext
    ) -> operation_pb2.Operation:
        """Turn a host off."""
        return await self._begin(PowerVerb.SHUTDOWN, request, ctx)

    async def _begin(
        self,
        verb: PowerVerb,
        request: pb.RebootNodeRequest | pb.ShutdownNodeRequest,
        ctx: RequestContext,
    ) -> operation_pb2.Operation:
        operation = await self._power.begin(
            verb,
            str(Name.parse(request.name, "nodes")),
            force=request.force,
            machine_count=request.machine_count,
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return operation_to_wire(operation, now=self._clock.now())
