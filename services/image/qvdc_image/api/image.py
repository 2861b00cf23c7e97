"""quantix.image.v1.ImageService."""

from collections.abc import AsyncGenerator

from google.protobuf.empty_pb2 import Empty

from quantix.image.v1 import image_pb2 as pb
from qvdc_core.page import PageRequest
from qvdc_image.api import convert
from qvdc_image.usecases.image import Images
from qvdc_rpc.context import RequestContext
from qvdc_rpc.field_mask import masked_paths
from qvdc_rpc.request_key import request_key


class ImageServicer:
    """Reads, changes, deletes and watches images."""

    def __init__(self, images: Images) -> None:
        self._images = images

    async def get_image(self, request: pb.GetImageRequest, _ctx: RequestContext) -> pb.Image:
        """Read one image with its progress."""
        return convert.image_to_wire(await self._images.get(convert.image_name(request.name)))

    async def list_images(
        self, request: pb.ListImagesRequest, _ctx: RequestContext
    ) -> pb.ListImagesResponse:
        """One page, by id."""
        page = await self._images.page(
            convert.image_filter(request), PageRequest.of(request.page_size, request.page_token)
        )
        return pb.ListImagesResponse(
            images=[convert.image_to_wire(image) for image in page.items],
            next_page_token=page.next_token,
        )

    async def update_image(self, request: pb.UpdateImageRequest, ctx: RequestContext) -> pb.Image:
        """Change display name, description, labels and minimum sizes."""
        mask = request.update_mask if request.HasField("update_mask") else None
        image = await self._images.update(
            convert.image_name(request.image.name),
            convert.image_change(request.image, masked_paths(mask, request.image)),
            etag=request.image.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return convert.image_to_wire(image)

    async def delete_image(self, request: pb.DeleteImageRequest, ctx: RequestContext) -> Empty:
        """Delete an image, in any state."""
        await self._images.delete(
            convert.image_name(request.name),
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return Empty()

    async def move_image(self, request: pb.MoveImageRequest, ctx: RequestContext) -> pb.Image:
        """Put an image into a folder."""
        image = await self._images.move(
            convert.image_name(request.name),
            convert.folder_id(request.folder, "folder"),
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return convert.image_to_wire(image)

    async def watch_images(
        self, request: pb.WatchImagesRequest, _ctx: RequestContext
    ) -> AsyncGenerator[pb.WatchImagesResponse, None]:
        """Stream images: all of them, then each change, progress included."""
        async for item in self._images.watch(request.resume_token):
            yield convert.watch_to_wire(item)
