"""quantix.claim.v1.FailoverService: one copy answers for itself."""

from quantix.claim.v1 import failover_pb2 as pb
from qvdc_node.api.convert import duration
from qvdc_node.api.convert_session import member_set_to_wire
from qvdc_node.usecases.acknowledgement import FailoverUseCase
from qvdc_rpc.context import RequestContext

FAILOVER_SERVICE = pb.DESCRIPTOR.services_by_name["FailoverService"]


class FailoverServicer:
    """Turns a failover's questions into use cases and back."""

    def __init__(self, failover: FailoverUseCase, instance: str) -> None:
        self._failover = failover
        self._instance = instance

    async def intend_fence(
        self, request: pb.IntendFenceRequest, _ctx: RequestContext
    ) -> pb.IntendFenceResponse:
        """Write down that a host is about to be fenced."""
        await self._failover.intend_fence(request.node_uid, request.incident)
        return pb.IntendFenceResponse()

    async def withdraw_fence(
        self, request: pb.WithdrawFenceRequest, _ctx: RequestContext
    ) -> pb.WithdrawFenceResponse:
        """Forget that."""
        await self._failover.withdraw_fence(request.node_uid, request.incident)
        return pb.WithdrawFenceResponse()

    async def promise_silence(
        self, request: pb.PromiseSilenceRequest, _ctx: RequestContext
    ) -> pb.PromiseSilenceResponse:
        """Promise to acknowledge a host no more."""
        age = await self._failover.promise_silence(request.node_uid, request.incident)
        return pb.PromiseSilenceResponse(
            last_acknowledgement_age=duration(age), instance=self._instance
        )

    async def list_member_sets(
        self, request: pb.ListMemberSetsRequest, _ctx: RequestContext
    ) -> pb.ListMemberSetsResponse:
        """List what a host may hold."""
        sets = await self._failover.member_sets(request.node_uid)
        return pb.ListMemberSetsResponse(member_sets=[member_set_to_wire(each) for each in sets])
