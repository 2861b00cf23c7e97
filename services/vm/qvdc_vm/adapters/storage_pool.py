"""Room in storage pools, held with the node service."""

from collections.abc import Sequence

from quantix.claim.v1 import pool_claim_pb2 as claim_pb
from quantix.claim.v1.pool_claim_pb2_grpc import PoolClaimServiceStub
from qvdc_core.fence import Fence
from qvdc_rpc.dial import call
from qvdc_vm.adapters.convert import fence_to_wire
from qvdc_vm.adapters.services import CALL_DEADLINE, Mesh
from qvdc_vm.domain.values import Disk, MachineUid
from qvdc_vm.domain.virtual_machine import VirtualMachine
from qvdc_vm.pool_ports import HeldRoom

PAGE = 1000


class NodeStoragePools:
    """The StoragePools over the mesh."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh

    async def claim(self, machine: VirtualMachine, disk: Disk, *, fence: Fence) -> str:
        """Hold room for a disk on the machine's node; return the pool's uid."""
        request = claim_pb.ClaimPoolRequest(
            pool=disk.pool,
            node_uid=machine.node_uid or "",
            owner_uid=machine.uid,
            owner=machine.name,
            disk_id=disk.disk_id,
            size_bytes=0 if disk.is_medium else disk.effective_size_bytes,
            fence=fence_to_wire(fence),
        )
        stub = PoolClaimServiceStub(await self._mesh.channel("node"))
        return str((await call(stub.ClaimPool, request, timeout=CALL_DEADLINE)).pool_uid)

    async def release(self, uid: MachineUid, *, fence: Fence) -> None:
        """Give all room of a machine back; a no-op if none is held."""
        request = claim_pb.ReleasePoolRequest(owner_uid=uid, fence=fence_to_wire(fence))
        stub = PoolClaimServiceStub(await self._mesh.channel("node"))
        await call(stub.ReleasePool, request, timeout=CALL_DEADLINE)

    async def held(self) -> Sequence[HeldRoom]:
        """All room that machines hold, page by page."""
        stub = PoolClaimServiceStub(await self._mesh.channel("node"))
        found: list[HeldRoom] = []
        token = ""
        while True:
            request = claim_pb.ListPoolClaimsRequest(page_size=PAGE, page_token=token)
            page = await call(stub.ListPoolClaims, request, timeout=CALL_DEADLINE)
            found += [
                HeldRoom(MachineUid(each.owner_uid), each.disk_id, each.pool)
                for each in page.claims
                if each.owner.startswith("vms/")
            ]
            token = page.next_page_token
            if not token:
                return found
