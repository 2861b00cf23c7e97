"""Image bytes at /images/blobs/<digest>: with a ticket, in ranges, from disk, flat in memory.

Hosts pull from here. The ticket that a machine's claim brought says which bytes may be read; the
port's mutual TLS keeps everybody else away.
"""

import re
from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from qvdc_core.errors import NotFound, Refusal
from qvdc_image.api.http_errors import error_response
from qvdc_image.domain.refusals import TicketRefused
from qvdc_image.usecases.claim import Claims

CHUNK_BYTES = 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


class BlobResponse(FileResponse):
    """A file in larger pieces than the default, which suits images better."""

    chunk_size = CHUNK_BYTES


class Blobs:
    """Serves stored bytes to whoever has a ticket."""

    def __init__(self, claims: Claims, path_of: Callable[[str], Path]) -> None:
        self._claims = claims
        self._path_of = path_of

    def app(self) -> Starlette:
        """The ASGI application, to be mounted at its path."""
        return Starlette(routes=[Route("/{digest}", self._read, methods=["GET", "HEAD"])])

    async def _read(self, request: Request) -> Response:
        try:
            path = await self._permitted(request)
        except Refusal as refused:
            return error_response(refused)
        return BlobResponse(
            path,
            media_type="application/octet-stream",
            headers={
                "ETag": f'"{path.name}"',
                "Cache-Control": "private, immutable, max-age=31536000",
                "Accept-Ranges": "bytes",
            },
        )

    async def _permitted(self, request: Request) -> Path:
        digest = str(request.path_params["digest"])
        if not _DIGEST.fullmatch(digest):
            raise NotFound("blob", digest[:64])
        scheme, _, ticket = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise TicketRefused("there is none")
        await self._claims.check_ticket(ticket.strip(), digest)
        path = self._path_of(digest)
        if not path.is_file():
            raise NotFound("blob", digest)
        return path
