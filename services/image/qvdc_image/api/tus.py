"""tus 1.0 at /api/v1/images/uploads: creation, checksum, termination, expiration.

Users come through the door, with its assertion; making, filling and ending need image.create.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from qvdc_core.actor import Actor
from qvdc_core.errors import InvalidField, NotFound, PermissionMissing, Refusal
from qvdc_core.ids import is_uuid
from qvdc_image.api import convert, tus_values
from qvdc_image.api.body import IDLE_TIMEOUT, body_of
from qvdc_image.api.http_errors import error_response
from qvdc_image.api.tus_metadata import create_request
from qvdc_image.domain.refusals import UploadEnded
from qvdc_image.domain.upload import Upload, UploadState
from qvdc_image.usecases.receive import ChunkChecksum, Receiving
from qvdc_image.usecases.upload import Uploads
from qvdc_obs.logs import get_logger
from qvdc_rpc.context import RequestContext
from qvdc_rpc.identity import Identity
from qvdc_rpc.pipeline import validate
from qvdc_rpc.request_key import request_key

PERMISSION = "image.create"
_ENDED = (UploadState.CANCELLED, UploadState.EXPIRED, UploadState.FAILED)
_METHODS = ["OPTIONS", "POST", "HEAD", "PATCH", "DELETE"]

Endpoint = Callable[[Request, Actor], Awaitable[Response]]

log = get_logger(__name__)


class Tus:
    """The protocol's requests as calls of the use cases."""

    def __init__(
        self,
        *,
        uploads: Uploads,
        receiving: Receiving,
        identity: Identity,
        idle_timeout: timedelta = IDLE_TIMEOUT,
    ) -> None:
        self._uploads = uploads
        self._receiving = receiving
        self._identity = identity
        self._idle_timeout = idle_timeout

    def routes(self) -> list[Route]:
        """The routes below /api/v1/images."""
        return [
            Route("/uploads", self._collection, methods=_METHODS),
            Route("/uploads/", self._collection, methods=_METHODS),
            Route("/uploads/{uid}", self._single, methods=_METHODS),
        ]

    async def _collection(self, request: Request) -> Response:
        endpoints: dict[str, Endpoint] = {"POST": self._create}
        return await self._answer(request, endpoints)

    async def _single(self, request: Request) -> Response:
        endpoints: dict[str, Endpoint] = {
            "HEAD": self._offset,
            "PATCH": self._append,
            "DELETE": self._end,
        }
        return await self._answer(request, endpoints)

    async def _answer(self, request: Request, endpoints: dict[str, Endpoint]) -> Response:
        method = request.headers.get("x-http-method-override", request.method).upper()
        if method == "OPTIONS":
            response: Response = self._options()
        elif method not in endpoints:
            response = Response(status_code=405)
        elif request.headers.get("tus-resumable") != tus_values.VERSION:
            response = Response(status_code=412, headers={"Tus-Version": tus_values.VERSION})
        else:
            try:
                response = await endpoints[method](request, self._caller(request))
            except Refusal as refused:
                log.info("tus.refused", method=method, reason=refused.reason, why=refused.message)
                response = error_response(refused)
        response.headers["Tus-Resumable"] = tus_values.VERSION
        return response

    def _options(self) -> Response:
        return Response(
            status_code=204,
            headers={
                "Tus-Version": tus_values.VERSION,
                "Tus-Extension": tus_values.EXTENSIONS,
                "Tus-Max-Size": str(self._uploads.max_bytes),
                "Tus-Checksum-Algorithm": ",".join(tus_values.CHECKSUM_ALGORITHMS),
            },
        )

    async def _create(self, request: Request, actor: Actor) -> Response:
        if "upload-defer-length" in request.headers:
            raise InvalidField("Upload-Defer-Length", "is not supported; say Upload-Length")
        size = tus_values.parse_length(request.headers.get("upload-length"), "Upload-Length")
        if size > self._uploads.max_bytes:
            return Response(status_code=413)
        metadata = request.headers.get("upload-metadata", "")
        wanted = create_request(
            tus_values.parse_metadata(metadata),
            size_bytes=size,
            request_id=request.headers.get("idempotency-key", ""),
        )
        validate(wanted)
        with_bytes = request.headers.get("content-type") == tus_values.CHUNK_TYPE
        ctx = RequestContext(actor, "tus/create", request_id="")
        upload = await self._uploads.create(
            convert.new_upload(wanted, metadata=metadata),
            actor=actor,
            key=request_key(wanted, ctx),
        )
        if with_bytes:
            upload = await self._take(request, upload.uid, upload.offset_bytes)
        headers = _headers(upload) | {
            "Location": upload.location,
            "Quantix-Image": f"images/{upload.image_id}",
            "Quantix-Upload": upload.name,
            "Quantix-Operation": f"operations/{upload.operation_id}",
        }
        return Response(status_code=201, headers=headers)

    async def _offset(self, request: Request, _actor: Actor) -> Response:
        upload = await self._uploads.get(_uid(request))
        if upload.state in _ENDED:
            raise UploadEnded(upload.name, upload.state.value)
        headers = _headers(upload) | {
            "Upload-Length": str(upload.size_bytes),
            "Cache-Control": "no-store",
        }
        if upload.metadata:
            headers["Upload-Metadata"] = upload.metadata
        return Response(status_code=200, headers=headers)

    async def _append(self, request: Request, _actor: Actor) -> Response:
        if request.headers.get("content-type") != tus_values.CHUNK_TYPE:
            return Response(status_code=415)
        offset = tus_values.parse_length(request.headers.get("upload-offset"), "Upload-Offset")
        upload = await self._take(request, _uid(request), offset)
        return Response(status_code=204, headers=_headers(upload))

    async def _end(self, request: Request, actor: Actor) -> Response:
        await self._uploads.cancel(_uid(request), actor=actor, key=None)
        return Response(status_code=204)

    async def _take(self, request: Request, uid: str, offset: int) -> Upload:
        declared = request.headers.get("content-length")
        checksum = tus_values.parse_checksum(request.headers.get("upload-checksum"))
        return await self._receiving.append(
            uid,
            offset_bytes=offset,
            length_bytes=int(declared) if declared else None,
            chunks=body_of(request, idle=self._idle_timeout, offset=offset),
            checksum=ChunkChecksum(checksum.algorithm, checksum.digest) if checksum else None,
        )

    def _caller(self, request: Request) -> Actor:
        peer = request.scope.get("state", {}).get("peer_spiffe")
        actor = self._identity.caller(dict(request.headers.items()), peer)
        if not actor.may(PERMISSION):
            raise PermissionMissing(PERMISSION)
        return actor


def _uid(request: Request) -> str:
    uid = str(request.path_params["uid"])
    if not is_uuid(uid):
        raise NotFound("upload", uid[:64])
    return uid


def _headers(upload: Upload) -> dict[str, str]:
    return {
        "Upload-Offset": str(upload.offset_bytes),
        "Upload-Expires": tus_values.http_date(upload.expire_time),
    }
