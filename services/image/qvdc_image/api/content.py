"""An image's bytes for people and programs at /api/v1/images/<id>/content, in ranges."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from qvdc_core.errors import NotFound, PermissionMissing, Refusal
from qvdc_image.api import convert
from qvdc_image.api.blobs import BlobResponse
from qvdc_image.api.http_errors import error_response
from qvdc_image.domain.image import Image
from qvdc_image.usecases.image import Images
from qvdc_rpc.identity import Identity

PERMISSION = "image.read"


class ImageContent:
    """Serves the bytes of READY images to users who come through the door."""

    def __init__(self, images: Images, path_of: Callable[[str], Path], identity: Identity) -> None:
        self._images = images
        self._path_of = path_of
        self._identity = identity

    def routes(self) -> list[Route]:
        """The routes below /api/v1/images."""
        return [Route("/{image}/content", self._read, methods=["GET", "HEAD"])]

    async def _read(self, request: Request) -> Response:
        try:
            self._check(request)
            image = await self._images.get(
                convert.image_name(f"images/{request.path_params['image']}")
            )
            image.require_ready()
            path = self._path_of(image.digest)
            if not path.is_file():
                raise NotFound("bytes of image", image.name)
        except Refusal as refused:
            return error_response(refused)
        return BlobResponse(path, media_type="application/octet-stream", headers=_headers(image))

    def _check(self, request: Request) -> None:
        peer = request.scope.get("state", {}).get("peer_spiffe")
        actor = self._identity.caller(dict(request.headers.items()), peer)
        if not actor.may(PERMISSION):
            raise PermissionMissing(PERMISSION)


def _headers(image: Image) -> dict[str, str]:
    ending = f".{image.format.value.lower()}" if image.format else ""
    return {
        "ETag": f'"{image.digest}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(image.id + ending)}",
        "X-Content-Type-Options": "nosniff",
    }
