"""quantix.cluster.v1.PlacementService and quantix.claim.v1.PlacementClaimService."""

from google.protobuf.empty_pb2 import Empty

from quantix.access.v1 import fence_pb2
from quantix.claim.v1 import placement_claim_pb2 as claim_pb
from quantix.cluster.v1 import placement_pb2 as pb
from qvdc_cluster.domain.claim import Claim, PlacementPlan
from qvdc_cluster.domain.placement import Demand, Obstacle, Verdict
from qvdc_cluster.domain.storage import PREFIX
from qvdc_cluster.usecases.placement import PlacementUseCases
from qvdc_core.fence import Fence
from qvdc_rpc.context import RequestContext


class PlacementServicer:
    """Says where machines would run."""

    def __init__(self, placements: PlacementUseCases) -> None:
        self._placements = placements

    async def plan_placement(
        self, request: pb.PlanPlacementRequest, _ctx: RequestContext
    ) -> pb.PlacementPlan:
        """Plan, and change nothing."""
        return plan_to_wire(await self._placements.plan(demand_of(request.demand)))


class PlacementClaimServicer:
    """Takes capacity for machines."""

    def __init__(self, placements: PlacementUseCases) -> None:
        self._placements = placements

    async def claim_placement(
        self, request: claim_pb.ClaimPlacementRequest, _ctx: RequestContext
    ) -> claim_pb.PlacementClaim:
        """Choose a host and take the capacity."""
        claim = await self._placements.claim(
            request.vm_uid, request.vm, demand_of(request.demand), fence=_fence(request.fence)
        )
        return _claim_to_wire(claim)

    async def release_placement(
        self, request: claim_pb.ReleasePlacementRequest, _ctx: RequestContext
    ) -> Empty:
        """Give the capacity back."""
        await self._placements.release(request.vm_uid, fence=_fence(request.fence))
        return Empty()


def demand_of(demand: pb.PlacementDemand) -> Demand:
    """What a machine needs."""
    return Demand(
        cluster=demand.cluster,
        vcpu_count=demand.vcpu_count,
        memory_bytes=demand.memory_bytes,
        disk_bytes=demand.disk_bytes,
        storage_pool=demand.storage_pool,
        networks=tuple(demand.networks),
        required_nodes=tuple(demand.required_nodes),
        excluded_nodes=tuple(demand.excluded_nodes),
        node_labels=dict(demand.node_labels),
    )


def plan_to_wire(plan: PlacementPlan) -> pb.PlacementPlan:
    """A decision with its verdicts."""
    chosen = plan.decision.chosen
    return pb.PlacementPlan(
        node=chosen.node if chosen else "",
        node_uid=chosen.node_uid if chosen else "",
        verdicts=[_verdict_to_wire(verdict) for verdict in plan.decision.verdicts],
        projection_age_seconds=int(plan.age.total_seconds()) if plan.age is not None else 0,
        stale=plan.stale,
    )


def _claim_to_wire(claim: Claim) -> claim_pb.PlacementClaim:
    return claim_pb.PlacementClaim(
        vm_uid=claim.vm_uid,
        node=claim.node,
        node_uid=claim.node_uid,
        generation=claim.generation,
        plan=plan_to_wire(claim.plan),
        storage_pool=claim.pool if claim.pool.startswith(PREFIX) else "",
    )


def _verdict_to_wire(verdict: Verdict) -> pb.HostVerdict:
    return pb.HostVerdict(
        node=verdict.node,
        node_uid=verdict.node_uid,
        fits=verdict.fits,
        score=verdict.score,
        obstacles=[_obstacle_to_wire(obstacle) for obstacle in verdict.obstacles],
        score_parts=verdict.score_parts,
    )


def _obstacle_to_wire(obstacle: Obstacle) -> pb.Obstacle:
    return pb.Obstacle(
        reason=obstacle.reason.value,
        message=obstacle.message,
        needed=obstacle.needed,
        available=obstacle.available,
    )


def _fence(fence: fence_pb2.Fence) -> Fence:
    return Fence(site_term=fence.site_term, loop=fence.loop, revision=fence.revision)
