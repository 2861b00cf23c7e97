"""quantix.node.v1.NodeJoinService."""

from quantix.agent.v1 import pairing_pb2
from quantix.node.v1 import node_join_pb2 as pb
from quantix.operation.v1 import operation_pb2
from qvdc_core.clock import Clock
from qvdc_node.domain.pairing import spot_of
from qvdc_node.usecases.pairing import PairingUseCase, Wish
from qvdc_rpc.context import RequestContext
from qvdc_rpc.operation_service import operation_to_wire
from qvdc_rpc.request_key import request_key

NODE_JOIN_SERVICE = pb.DESCRIPTOR.services_by_name["NodeJoinService"]


class NodeJoinServicer:
    """Turns the wire into verbs of pairing and back."""

    def __init__(self, pairing: PairingUseCase, clock: Clock) -> None:
        self._pairing = pairing
        self._clock = clock

    async def discover_node(
        self, request: pb.DiscoverNodeRequest, _ctx: RequestContext
    ) -> pb.DiscoveredNode:
        """Look at a host."""
        spot = spot_of(request.address, request.code, request.fingerprint)
        found = await self._pairing.discover(spot)
        told = pairing_pb2.DescribeResponse.FromString(found.host.description)
        return pb.DiscoveredNode(
            address=spot.address,
            fingerprint=spot.fingerprint,
            machine_uuid=found.host.uid,
            hostname=found.host.hostname,
            node=found.known.name if found.known is not None else "",
            system=told.system,
            inventory=told.inventory,
            machines=[each.name for each in told.machines],
        )

    async def join_node(
        self, request: pb.JoinNodeRequest, ctx: RequestContext
    ) -> operation_pb2.Operation:
        """Invite a host."""
        operation = await self._pairing.join(
            spot_of(request.address, request.code, request.fingerprint),
            Wish(node_id=request.node_id, cluster=request.cluster),
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return operation_to_wire(operation, now=self._clock.now())
