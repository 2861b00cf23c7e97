"""quantix.image.v1.UploadService."""

from quantix.image.v1 import image_pb2 as pb
from qvdc_core.clock import Clock
from qvdc_core.page import PageRequest
from qvdc_image.api import convert
from qvdc_image.usecases.upload import Uploads
from qvdc_rpc.context import RequestContext
from qvdc_rpc.request_key import request_key


class UploadServicer:
    """Makes room for bytes that come by the tus protocol."""

    def __init__(self, uploads: Uploads, clock: Clock) -> None:
        self._uploads = uploads
        self._clock = clock

    async def create_upload(
        self, request: pb.CreateUploadRequest, ctx: RequestContext
    ) -> pb.Upload:
        """Create an image in state UPLOADING and the upload that fills it."""
        upload = await self._uploads.create(
            convert.new_upload(request),
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return convert.upload_to_wire(upload)

    async def get_upload(self, request: pb.GetUploadRequest, _ctx: RequestContext) -> pb.Upload:
        """Read how far an upload is."""
        return convert.upload_to_wire(await self._uploads.get(convert.upload_uid(request.name)))

    async def list_uploads(
        self, request: pb.ListUploadsRequest, _ctx: RequestContext
    ) -> pb.ListUploadsResponse:
        """One page of those that have not ended, oldest first."""
        page = await self._uploads.page(PageRequest.of(request.page_size, request.page_token))
        return pb.ListUploadsResponse(
            uploads=[convert.upload_to_wire(upload) for upload in page.items],
            next_page_token=page.next_token,
        )

    async def get_upload_status(
        self, request: pb.GetUploadStatusRequest, _ctx: RequestContext
    ) -> pb.UploadStatus:
        """Read how far the bytes of a form are."""
        operation, image = await self._uploads.status(request.job)
        return convert.status_to_wire(operation, image, self._clock.now())

    async def cancel_upload(
        self, request: pb.CancelUploadRequest, ctx: RequestContext
    ) -> pb.Upload:
        """End an upload; its image becomes CANCELLED and its bytes are removed."""
        upload = await self._uploads.cancel(
            convert.upload_uid(request.name), actor=ctx.caller, key=request_key(request, ctx)
        )
        return convert.upload_to_wire(upload)
