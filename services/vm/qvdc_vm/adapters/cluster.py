"""The cluster service."""

from datetime import timedelta

from quantix.claim.v1 import placement_claim_pb2 as claim_pb
from quantix.claim.v1.placement_claim_pb2_grpc import PlacementClaimServiceStub
from quantix.cluster.v1 import placement_pb2
from quantix.cluster.v1.placement_pb2_grpc import PlacementServiceStub
from qvdc_core.fence import Fence
from qvdc_rpc.dial import call
from qvdc_vm.adapters.convert import demand_to_wire, fence_to_wire, plan_from_wire
from qvdc_vm.adapters.services import CALL_DEADLINE, Mesh
from qvdc_vm.domain.placement import Demand, PlacementClaim, PlacementPlan
from qvdc_vm.domain.values import HostUid, MachineUid
from qvdc_vm.domain.virtual_machine import VirtualMachine


class ClusterService:
    """Plans and claims placements."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh

    async def plan(self, demand: Demand, *, within: timedelta) -> PlacementPlan:
        """Ask where a machine would go; changes nothing."""
        stub = PlacementServiceStub(await self._mesh.channel("cluster"))
        request = placement_pb2.PlanPlacementRequest(demand=demand_to_wire(demand))
        timeout = min(within, CALL_DEADLINE)
        return plan_from_wire(await call(stub.PlanPlacement, request, timeout=timeout))

    async def claim(
        self, machine: VirtualMachine, demand: Demand, *, fence: Fence
    ) -> PlacementClaim:
        """Take a host's capacity; asking again answers the same."""
        stub = PlacementClaimServiceStub(await self._mesh.channel("cluster"))
        request = claim_pb.ClaimPlacementRequest(
            vm_uid=machine.uid,
            vm=machine.name,
            demand=demand_to_wire(demand),
            fence=fence_to_wire(fence),
        )
        claim = await call(stub.ClaimPlacement, request, timeout=CALL_DEADLINE)
        return PlacementClaim(
            node=claim.node,
            node_uid=HostUid(claim.node_uid),
            plan=plan_from_wire(claim.plan),
            storage_pool=claim.storage_pool,
        )

    async def release(self, uid: MachineUid, *, fence: Fence) -> None:
        """Give the capacity back; a no-op if it is not held."""
        stub = PlacementClaimServiceStub(await self._mesh.channel("cluster"))
        request = claim_pb.ReleasePlacementRequest(vm_uid=uid, fence=fence_to_wire(fence))
        await call(stub.ReleasePlacement, request, timeout=CALL_DEADLINE)
