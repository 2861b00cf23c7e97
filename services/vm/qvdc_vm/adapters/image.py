"""The image service."""

from quantix.claim.v1 import image_claim_pb2 as claim_pb
from quantix.claim.v1.image_claim_pb2_grpc import ImageClaimServiceStub
from qvdc_core.errors import Kind
from qvdc_core.fence import Fence
from qvdc_rpc.dial import call
from qvdc_rpc.status import RemoteRefusal
from qvdc_vm.adapters.convert import fence_to_wire, source_from_wire
from qvdc_vm.adapters.services import CALL_DEADLINE, Mesh
from qvdc_vm.domain.values import MachineUid
from qvdc_vm.domain.virtual_machine import VirtualMachine
from qvdc_vm.domain.wanted import ImageSource


class ImageService:
    """Holds images for machines."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh

    async def claim(self, machine: VirtualMachine, image: str, *, fence: Fence) -> ImageSource:
        """Hold an image; asking again brings a fresh ticket."""
        stub = ImageClaimServiceStub(await self._mesh.channel("image"))
        request = claim_pb.ClaimImageRequest(
            image=image, vm_uid=machine.uid, vm=machine.name, fence=fence_to_wire(fence)
        )
        return source_from_wire(await call(stub.ClaimImage, request, timeout=CALL_DEADLINE))

    async def release(self, uid: MachineUid, image: str, *, fence: Fence) -> None:
        """Give it up; a no-op if it is not held, or there is no such image."""
        stub = ImageClaimServiceStub(await self._mesh.channel("image"))
        request = claim_pb.ReleaseImageRequest(image=image, vm_uid=uid, fence=fence_to_wire(fence))
        try:
            await call(stub.ReleaseImage, request, timeout=CALL_DEADLINE)
        except RemoteRefusal as refusal:
            if refusal.kind is not Kind.NOT_FOUND:
                raise
