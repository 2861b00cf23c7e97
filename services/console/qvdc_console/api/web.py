"""The built web UI: static files, and index.html for the paths that the UI itself routes."""

from pathlib import Path

from starlette.responses import FileResponse, PlainTextResponse, Response

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


class WebFiles:
    """Serves the files below a folder to everybody; they hold no data of the site.

    Files under assets/ carry a hash in their names and may be kept for ever.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder.resolve() if folder is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._response(str(scope["path"]), str(scope["method"]))(scope, receive, send)

    def _response(self, path: str, method: str) -> Response:
        if method not in ("GET", "HEAD"):
            return PlainTextResponse("Method not allowed.", 405, {"allow": "GET, HEAD"})
        if self._folder is None:
            return PlainTextResponse("No web console is installed here.", 404)
        wanted = (self._folder / path.lstrip("/")).resolve()
        inside = wanted.is_relative_to(self._folder)
        if inside and wanted.is_file():
            kept = IMMUTABLE if "/assets/" in path else "no-cache"
            return FileResponse(wanted, headers={"cache-control": kept, **PROTECTION})
        index = self._folder / "index.html"
        if inside and "." not in Path(path).name and index.is_file():
            return FileResponse(index, headers={"cache-control": "no-cache", **PROTECTION})
        return PlainTextResponse("Not found.", 404)
