"""quantix.claim.v1.PoolClaimService."""

from google.protobuf.empty_pb2 import Empty

from quantix.access.v1 import fence_pb2
from quantix.claim.v1 import pool_claim_pb2 as pb
from qvdc_core.fence import Fence
from qvdc_core.ids import Name
from qvdc_core.page import PageRequest
from qvdc_node.api.convert_pool import provisioning_of
from qvdc_node.domain.node import NodeUid
from qvdc_node.domain.pool_claim import PoolClaim
from qvdc_node.usecases.pool_claim import PoolClaimsUseCase, RoomWish
from qvdc_rpc.context import RequestContext

POOL_CLAIM_SERVICE = pb.DESCRIPTOR.services_by_name["PoolClaimService"]


class PoolClaimServicer:
    """Takes room in storage pools for disks."""

    def __init__(self, claims: PoolClaimsUseCase) -> None:
        self._claims = claims

    async def claim_pool(self, request: pb.ClaimPoolRequest, _ctx: RequestContext) -> pb.PoolClaim:
        """Take room for one disk."""
        wish = RoomWish(
            pool=str(Name.parse(request.pool, "storage-pools", field="pool")),
            node_uid=NodeUid(request.node_uid),
            owner_uid=request.owner_uid,
            owner=request.owner,
            disk_id=request.disk_id,
            size_bytes=request.size_bytes,
            provisioning=provisioning_of(request.provisioning),
        )
        return _to_wire(await self._claims.claim(wish, _fence(request.fence)))

    async def release_pool(self, request: pb.ReleasePoolRequest, _ctx: RequestContext) -> Empty:
        """Give room back."""
        await self._claims.release(request.owner_uid, request.disk_id, _fence(request.fence))
        return Empty()

    async def list_pool_claims(
        self, request: pb.ListPoolClaimsRequest, _ctx: RequestContext
    ) -> pb.ListPoolClaimsResponse:
        """Read a page of claims."""
        page = await self._claims.page(
            request.owner_uid, PageRequest.of(request.page_size, request.page_token)
        )
        return pb.ListPoolClaimsResponse(
            claims=[_to_wire(claim) for claim in page.items], next_page_token=page.next_token
        )


def _fence(wire: fence_pb2.Fence) -> Fence:
    return Fence(wire.site_term, wire.loop, wire.revision)


def _to_wire(claim: PoolClaim) -> pb.PoolClaim:
    return pb.PoolClaim(
        owner_uid=claim.owner_uid,
        disk_id=claim.disk_id,
        owner=claim.owner,
        pool=claim.pool,
        pool_uid=claim.pool_uid,
        type=f"TYPE_{claim.type.value}",
        node=claim.node,
        node_uid=claim.node_uid,
        size_bytes=claim.size_bytes,
        provisioning=f"PROVISIONING_{claim.provisioning.value}",
        generation=claim.generation,
    )
