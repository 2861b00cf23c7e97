"""gzip: answers that are whole, for callers who take it; bodies, for those who send it."""

import gzip
import zlib
from collections.abc import MutableMapping
from typing import Any

from qvdc_console.domain.refusals import BodyTooLong, EncodingUnknown
from qvdc_rpc.peer import Scope, Send
from qvdc_rpc.unknown import Malformed

SHORTEST_BYTES = 1024
"""Below, the packet is sent anyway."""
LEVEL = 5
COMPRESSED_KINDS = (
    "application/json",
    "application/javascript",
    "text/",
    "image/svg+xml",
    "font/ttf",
)
_GZIP_WINDOW = 31
# What says who somebody is stays as it is: its length would tell of it (BREACH).
_SECRET_PATHS = ("/api/v1/auth/", "/quantix.console.v1.SessionService/")


class Compressing:
    """Sends an answer compressed when its caller takes that, and it is whole and worth it.

    Streams and what came compressed from an owner pass as they are.
    """

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send = send
        self._wanted = takes_gzip(scope)
        self._start: MutableMapping[str, Any] | None = None
        self.started = False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        """Take one ASGI message."""
        if not self._wanted:
            self.started = True
            await self._send(message)
        elif message["type"] == "http.response.start":
            self._start, self.started = message, True
        else:
            await self._body(message)

    async def _body(self, message: MutableMapping[str, Any]) -> None:
        start, self._start = self._start, None
        if start is not None:
            if not message.get("more_body", False) and _worth_it(start, message["body"]):
                message = {**message, "body": gzip.compress(message["body"], LEVEL, mtime=0)}
                start = {**start, "headers": _compressed(start["headers"], len(message["body"]))}
            await self._send(start)
        await self._send(message)


def takes_gzip(scope: Scope) -> bool:
    """Whether the caller of a request takes its answer compressed, and may have it so."""
    if str(scope["path"]).startswith(_SECRET_PATHS):
        return False
    accepted = b",".join(value for key, value in scope["headers"] if key == b"accept-encoding")
    offers = [each.strip().replace(b" ", b"") for each in accepted.lower().split(b",")]
    return any(each.split(b";")[0] == b"gzip" and not each.endswith(b";q=0") for each in offers)


def unpacked(body: bytes, encoding: str, *, limit: int) -> bytes:
    """A request's body as it was meant.

    Raises:
        EncodingUnknown: it is neither gzip nor plain.
        BodyTooLong: it is longer than `limit` bytes; what is beyond was not unpacked.
        Malformed: it is not what it says.
    """
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise EncodingUnknown(encoding[:32])
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    try:
        plain = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise Malformed("The body is no gzip.") from error
    if len(plain) > limit:
        raise BodyTooLong(limit)
    if not unpacker.eof:
        raise Malformed("The body's gzip ends too early.")
    return plain


def _worth_it(start: MutableMapping[str, Any], body: bytes) -> bool:
    headers = dict(start["headers"])
    kind = headers.get(b"content-type", b"").decode("latin-1")
    plain = b"content-encoding" not in headers and b"content-range" not in headers
    return plain and len(body) >= SHORTEST_BYTES and kind.startswith(COMPRESSED_KINDS)


def _compressed(headers: list[tuple[bytes, bytes]], size: int) -> list[tuple[bytes, bytes]]:
    kept = [(key, value) for key, value in headers if key.lower() != b"content-length"]
    return [
        *((key, _weak(value) if key.lower() == b"etag" else value) for key, value in kept),
        (b"content-encoding", b"gzip"),
        (b"vary", b"accept-encoding"),
        (b"content-length", str(size).encode()),
    ]


def _weak(etag: bytes) -> bytes:
    return etag if etag.startswith(b"W/") else b"W/" + etag
