"""quantix.claim.v1.ImageClaimService and quantix.host.v1.CacheSyncService."""

from google.protobuf.empty_pb2 import Empty

from quantix.claim.v1 import image_claim_pb2 as claim_pb
from quantix.host.v1 import cache_sync_pb2 as cache_pb
from qvdc_core.clock import Clock
from qvdc_core.errors import Kind, Refusal
from qvdc_image.api import convert, convert_cache
from qvdc_image.usecases.cache_sync import CacheReports
from qvdc_image.usecases.claim import Claims
from qvdc_rpc.context import RequestContext


class IdentityMismatch(Refusal):
    """A host spoke for another host."""

    kind = Kind.DENIED
    reason = "IDENTITY_MISMATCH"

    def __init__(self, certificate: str, node_uid: str) -> None:
        super().__init__(
            f"The certificate is of {certificate}, the report of {node_uid}.",
            certificate=certificate,
            node_uid=node_uid,
        )


class ImageClaimServicer:
    """Keeps images from being deleted while machines need them."""

    def __init__(self, claims: Claims) -> None:
        self._claims = claims

    async def claim_image(
        self, request: claim_pb.ClaimImageRequest, _ctx: RequestContext
    ) -> claim_pb.ImageClaim:
        """Hold a READY image for a machine."""
        grant = await self._claims.claim(
            convert.image_name(request.image),
            vm_uid=request.vm_uid,
            vm_name=request.vm,
            fence=convert.fence(request.fence),
        )
        return convert.grant_to_wire(grant)

    async def release_image(
        self, request: claim_pb.ReleaseImageRequest, _ctx: RequestContext
    ) -> Empty:
        """Give the hold up; a no-op if it is not held."""
        await self._claims.release(
            convert.image_name(request.image),
            vm_uid=request.vm_uid,
            fence=convert.fence(request.fence),
        )
        return Empty()


class CacheSyncServicer:
    """Hears which images hosts hold."""

    def __init__(self, reports: CacheReports, clock: Clock) -> None:
        self._reports = reports
        self._clock = clock

    async def report_cache(
        self, request: cache_pb.ReportCacheRequest, ctx: RequestContext
    ) -> cache_pb.ReportCacheResponse:
        """Store what a host says of its cache; observed state only."""
        if request.node_uid != ctx.caller.short_name:
            raise IdentityMismatch(ctx.caller.subject, request.node_uid)
        answer = await self._reports.report(convert_cache.cache_report(request, self._clock.now()))
        return convert_cache.cache_answer(answer, whole=not request.unchanged)
