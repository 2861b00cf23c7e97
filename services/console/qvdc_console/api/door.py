"""The public HTTP port: which part of the door answers which path."""

import json
import re
import uuid
from functools import cached_property
from urllib.parse import unquote_to_bytes

from starlette.routing import Route as PlainRoute
from starlette.routing import Router

from qvdc_console.api.asgi import answer, arrival_of
from qvdc_console.api.compress import Compressing
from qvdc_console.api.entrance import Entrance
from qvdc_console.api.errors import Answer, rest_answer
from qvdc_console.api.openapi.document import document
from qvdc_console.api.relay import BytesPassage, RpcPassage
from qvdc_console.api.rest.app import RestApp
from qvdc_console.api.rest.response import NDJSON, SSE
from qvdc_console.api.rest.routes import Routes
from qvdc_console.api.web import WebFiles
from qvdc_console.api.witness import Account, Witness
from qvdc_console.domain.refusals import PathRefused
from qvdc_core.errors import Refusal
from qvdc_obs.logs import get_logger
from qvdc_rpc.peer import AsgiApp, Receive, Scope, Send
from qvdc_rpc.status import RemoteRefusal

API = "/api/v1"
OPENAPI = f"{API}/openapi.json"
WATCH = f"{API}/watch"

_ENCODED_SLASH = re.compile(rb"%2f|%5c|\\", re.IGNORECASE)

log = get_logger(__name__)


class OpenApi:
    """Serves the document to callers with a key; it is made once."""

    def __init__(self, routes: Routes, entrance: Entrance, version: str) -> None:
        self._routes = routes
        self._entrance = entrance
        self._version = version

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        try:
            await self._entrance.admit(arrival_of(scope))
        except Refusal as refusal:
            await answer(send, rest_answer(refusal))
            return
        await answer(send, Answer(200, [("content-type", "application/json")], self._text))

    @cached_property
    def _text(self) -> bytes:
        return json.dumps(document(self._routes.all, version=self._version)).encode()


class Door:
    """Chooses by path: health, OpenAPI, image bytes, REST, RPCs, and the web UI for the rest.

    Args:
        health: the open health routes.
        uploads: the image service's plain HTTP.
        witness: hears of paths that are refused before anybody looks at them.
    """

    def __init__(
        self,
        *,
        health: list[PlainRoute],
        openapi: OpenApi,
        uploads: BytesPassage,
        rest: RestApp,
        rpc: RpcPassage,
        web: WebFiles,
        witness: Witness,
    ) -> None:
        self._health = Router(routes=health)
        self._health_paths = {route.path for route in health}
        self._openapi = openapi
        self._uploads = uploads
        self._rest = rest
        self._rpc = rpc
        self._web = web
        self._witness = witness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a bug is logged with an id, and the id is all that is told."""
        if scope["type"] != "http":
            return
        sending = Compressing(scope, send)
        try:
            if is_ambiguous(bytes(scope.get("raw_path") or b"")):
                await self._refuse_path(scope, sending)
                return
            seen = watched(scope)
            await self._part(str(seen["path"]))(seen, receive, sending)
        except Exception:
            error_id = str(uuid.uuid4())
            log.exception("door.failed", path=scope["path"], error_id=error_id)
            if not sending.started:
                await answer(send, rest_answer(internal(error_id)))

    async def _refuse_path(self, scope: Scope, send: Send) -> None:
        """Owners might read such a path otherwise than the door did."""
        refusal = PathRefused()
        account = Account(arrival_of(scope), notable=True)
        account.refused(refusal)
        self._witness.tell(account)
        await answer(send, rest_answer(refusal))

    def _part(self, path: str) -> AsgiApp:
        if path in self._health_paths:
            return self._health
        if path == OPENAPI:
            return self._openapi
        if is_image_bytes(path):
            return self._uploads
        if path == API or path.startswith(f"{API}/"):
            return self._rest
        if path.startswith("/quantix."):
            return self._rpc
        return self._web


def is_ambiguous(raw_path: bytes) -> bool:
    """Whether a path has dot segments, backslashes or encoded slashes; no path of ours has."""
    if _ENCODED_SLASH.search(raw_path):
        return True
    plain = unquote_to_bytes(raw_path)
    return b"\0" in plain or any(each in (b".", b"..") for each in plain.split(b"/"))


def watched(scope: Scope) -> Scope:
    """Read /api/v1/watch as browsers' EventSource asks for it: server-sent events, where the
    caller names no other form, and `resume` for the token."""
    if scope["path"] != WATCH:
        return scope
    query = re.sub(rb"(^|&)resume=", rb"\1resumeToken=", bytes(scope["query_string"]))
    headers = list(scope["headers"])
    if not any(key == b"accept" and NDJSON.encode() in value for key, value in headers):
        headers.append((b"accept", SSE.encode()))
    return {**scope, "query_string": query, "headers": headers}


def internal(error_id: str) -> RemoteRefusal:
    """What is told of a bug."""
    facts = {"error_id": error_id}
    return RemoteRefusal("INTERNAL", "INTERNAL", facts, f"Internal error {error_id}.")


def is_image_bytes(path: str) -> bool:
    """Whether a path is the image service's plain HTTP: forms, tus uploads and downloads."""
    uploads = f"{API}/images/uploads"
    if path in (uploads, f"{API}/images/upload") or path.startswith(f"{uploads}/"):
        return True
    return path.startswith(f"{API}/images/") and path.endswith("/content")
