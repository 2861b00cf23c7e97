"""Connections of strangers: heads are bounded in bytes and time before anything is made of them."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from qvdc_rpc.peer import PeerProtocol

_STATUS = {400: "Bad Request", 408: "Request Timeout", 431: "Request Header Fields Too Large"}

Told = Callable[[str, str], None]
"""Hears the reason and the address of a connection that was refused."""


@dataclass(frozen=True, slots=True)
class Wariness:
    """What a port that the world sees allows.

    Args:
        head_bytes: of request line and headers together.
        head_within: from the first byte of a request, or the connection, to the end of its head.
        told: hears of refusals.
    """

    told: Told
    head_bytes: int = 64 * 1024
    head_within: timedelta = timedelta(seconds=15)


class WaryProtocol(PeerProtocol):
    """As PeerProtocol, and refuses heads that are too long, too slow or no HTTP."""

    wariness: Wariness

    def __init__(self, *, wariness: Wariness, **given: Any) -> None:
        super().__init__(**given)
        self.wariness = wariness
        self._in_head = True
        self._head_bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > self.wariness.head_bytes:
                text = f"Headers have at most {self.wariness.head_bytes} bytes."
                self._refuse(431, "RESOURCE_EXHAUSTED", "HEADERS_TOO_LONG", text)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        if self._timer is None:
            self._watch_head()

    def on_headers_complete(self) -> None:
        self._unwatch_head()
        self._in_head = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, or HTTP that two readers could read differently."""
        self._unwatch_head()
        self._refuse(400, "INVALID_ARGUMENT", "HTTP_MALFORMED", msg)

    def _watch_head(self) -> None:
        within = self.wariness.head_within.total_seconds()
        self._timer = self.loop.call_later(within, self._too_slow)

    def _unwatch_head(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        self._timer = None
        if not self._head_bytes and self.scope is None:
            self.transport.close()  # connected and never spoke: nothing to tell
            return
        self._refuse(408, "DEADLINE_EXCEEDED", "HEADERS_TOO_SLOW", "The headers took too long.")

    def _refuse(self, status: int, code: str, reason: str, text: str) -> None:
        if self.transport.is_closing():
            return
        told = {"code": code, "reason": reason, "message": text, "fields": [], "facts": {}}
        body = json.dumps(told).encode()
        head = (
            f"HTTP/1.1 {status} {_STATUS[status]}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
        self.wariness.told(reason, self.client[0] if self.client else "")
