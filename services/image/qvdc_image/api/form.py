"""One form with a file at /api/v1/images/upload: fields in any order, the file to disk (IM-4)."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256

from google.protobuf.json_format import MessageToDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.errors import InvalidField, PermissionMissing, Refusal
from qvdc_core.ids import is_uuid
from qvdc_core.request import RequestKey
from qvdc_image.api import convert
from qvdc_image.api.body import IDLE_TIMEOUT, body_of
from qvdc_image.api.form_fields import field_name, new_upload
from qvdc_image.api.http_errors import error_response
from qvdc_image.api.multipart import FormReader, Part, boundary_of
from qvdc_image.domain.refusals import LengthRequired
from qvdc_image.domain.upload import Upload
from qvdc_image.usecases.form import Forms
from qvdc_image.usecases.upload import NewUpload, Uploads
from qvdc_obs.logs import get_logger
from qvdc_rpc.identity import Identity

PERMISSION = "image.create"
FILE = "file"
TEXT_LIMIT_BYTES = 8192
"""Of one field; longer than any that we know."""
_LAST_BOUNDARY = len(b"\r\n----")

log = get_logger(__name__)


class UploadForm:
    """Takes one form and answers 202 when all its bytes are on disk."""

    def __init__(
        self,
        *,
        forms: Forms,
        uploads: Uploads,
        identity: Identity,
        clock: Clock,
        idle_timeout: timedelta = IDLE_TIMEOUT,
    ) -> None:
        self._forms = forms
        self._uploads = uploads
        self._identity = identity
        self._clock = clock
        self._idle_timeout = idle_timeout

    def routes(self) -> list[Route]:
        """The route below /api/v1/images."""
        return [Route("/upload", self._answer, methods=["POST"])]

    async def _answer(self, request: Request) -> Response:
        try:
            actor = self._caller(request)
            upload = await self._take(request, actor)
            operation, image = await self._uploads.status(upload.operation_id)
        except Refusal as refused:
            log.info("form.refused", reason=refused.reason, why=refused.message)
            return error_response(refused)
        status = convert.status_to_wire(operation, image, self._clock.now())
        return Response(
            json.dumps(MessageToDict(status, always_print_fields_with_no_presence=True)),
            status_code=202,
            media_type="application/json",
            headers={"Location": status.status_url},
        )

    async def _take(self, request: Request, actor: Actor) -> Upload:
        boundary = boundary_of(request.headers.get("content-type", ""))
        length = _length(request)
        key = _key(request, actor, length)
        body = body_of(request, idle=self._idle_timeout)
        if (answered := await self._forms.answered(key)) is not None:
            async for _ in body:
                pass
            return answered
        taking = _Taking(self._forms, FormReader(boundary, body), actor, length - len(boundary))
        return await taking.run(key)

    def _caller(self, request: Request) -> Actor:
        peer = request.scope.get("state", {}).get("peer_spiffe")
        actor = self._identity.caller(dict(request.headers.items()), peer)
        if not actor.may(PERMISSION):
            raise PermissionMissing(PERMISSION)
        return actor


class _Taking:
    """One form on its way to one image."""

    def __init__(self, forms: Forms, reader: FormReader, actor: Actor, room: int) -> None:
        self._forms = forms
        self._reader = reader
        self._actor = actor
        self._room = room - _LAST_BOUNDARY
        self._fields: dict[str, str] = {}
        self._upload: Upload | None = None
        self._file_name = ""

    async def run(self, key: RequestKey | None) -> Upload:
        try:
            async for part in self._reader.parts():
                await self._part(part)
            if self._upload is None:
                raise InvalidField(FILE, "is missing")
            wanted = self._wanted(self._upload.size_bytes)
            return await self._forms.finish(self._upload.uid, wanted, actor=self._actor, key=key)
        except Refusal as refused:
            if self._upload is not None:
                await self._forms.give_up(self._upload.uid, refused)
            raise

    async def _part(self, part: Part) -> None:
        if part.file_name is None and part.name != FILE:
            await self._field(part)
        elif part.name != FILE:
            raise InvalidField(part.name[:128], f"takes no file; send the bytes as {FILE}")
        elif self._upload is not None:
            raise InvalidField(FILE, "is given twice")
        else:
            await self._file(part)

    async def _field(self, part: Part) -> None:
        name = field_name(part.name)
        if name in self._fields:
            raise InvalidField(name, "is given twice")
        if name == "image_id" and self._upload is not None:
            raise InvalidField(name, "must come before the file; it is permanent")
        self._fields[name] = await self._reader.text(part, limit=TEXT_LIMIT_BYTES)

    async def _file(self, part: Part) -> None:
        self._file_name = part.file_name or ""
        data = self._reader.data(part)
        first = await anext(data, b"")
        if not first:
            raise InvalidField(FILE, "is empty")
        # Nothing but the last boundary can follow, or else more fields: a bound either way.
        bound = max(self._room - part.place, len(first))
        self._upload = await self._forms.take(
            self._wanted(bound), actor=self._actor, chunks=_with_first(first, data)
        )

    def _wanted(self, size_bytes: int) -> NewUpload:
        return new_upload(self._fields, file_name=self._file_name, size_bytes=size_bytes)


async def _with_first(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _length(request: Request) -> int:
    text = request.headers.get("content-length", "")
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise LengthRequired
    return int(text)


def _key(request: Request, actor: Actor, length: int) -> RequestKey | None:
    """What makes a retry safe; a form's fields are not known before its bytes, its length is."""
    request_id = request.headers.get("idempotency-key", "").lower()
    if not request_id:
        return None
    if not is_uuid(request_id):
        raise InvalidField("Idempotency-Key", "must be a UUID")
    digest = sha256(str(length).encode()).hexdigest()
    return RequestKey(actor.subject, "images/upload", request_id, digest)
