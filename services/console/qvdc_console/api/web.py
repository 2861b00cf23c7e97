"""The built web UI: static files, and index.html for the paths that the UI itself routes."""

import asyncio
import gzip
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import PlainTextResponse, Response

from qvdc_console.api.compress import COMPRESSED_KINDS, SHORTEST_BYTES, takes_gzip
from qvdc_rpc.peer import Receive, Scope, Send

IMMUTABLE = "public, max-age=31536000, immutable"
# The UI loads and calls its own origin alone, and has no inline scripts or styles.
PROTECTION = {
    "content-security-policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "font-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    ),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file as it was read, plain and compressed."""

    stamp: tuple[int, int]
    kind: str
    plain: bytes
    packed: bytes


class WebFiles:
    """Serves the files below a folder to everybody; they hold no data of the site.

    Files under assets/ carry a hash in their names and may be kept for ever. What was read is
    kept with its compressed form, which is what browsers take.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder.resolve() if folder is not None else None
        self._kept: dict[Path, _Kept] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._response(str(scope["path"]), str(scope["method"]), scope)
        await response(scope, receive, send)

    async def _response(self, path: str, method: str, scope: Scope) -> Response:
        if method not in ("GET", "HEAD"):
            return PlainTextResponse("Method not allowed.", 405, {"allow": "GET, HEAD"})
        if self._folder is None:
            return PlainTextResponse("No web console is installed here.", 404)
        wanted = (self._folder / path.lstrip("/")).resolve()
        inside = wanted.is_relative_to(self._folder)
        if inside and wanted.is_file():
            return await self._file(wanted, IMMUTABLE if "/assets/" in path else "no-cache", scope)
        index = self._folder / "index.html"
        if inside and "." not in Path(path).name and index.is_file():
            return await self._file(index, "no-cache", scope)
        return PlainTextResponse("Not found.", 404)

    async def _file(self, path: Path, caching: str, scope: Scope) -> Response:
        file = await asyncio.to_thread(self._read, path)
        headers = {"cache-control": caching, "vary": "accept-encoding", **PROTECTION}
        if file.packed and takes_gzip(scope):
            headers["content-encoding"] = "gzip"
            return Response(file.packed, headers=headers, media_type=file.kind)
        return Response(file.plain, headers=headers, media_type=file.kind)

    def _read(self, path: Path) -> _Kept:
        """The file as it is now; read and compressed anew when it was replaced."""
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        known = self._kept.get(path)
        if known is not None and known.stamp == stamp:
            return known
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        plain = path.read_bytes()
        worth = kind.startswith(COMPRESSED_KINDS) and len(plain) >= SHORTEST_BYTES
        packed = gzip.compress(plain, 9, mtime=0) if worth else b""
        self._kept[path] = _Kept(stamp, kind, plain, packed)
        return self._kept[path]
