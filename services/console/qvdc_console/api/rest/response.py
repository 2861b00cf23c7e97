"""From an owner's answer to REST: JSON, newline-delimited JSON or server-sent events."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

from google.protobuf.descriptor import Descriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from qvdc_console.api.errors import END_OF_STREAM, from_connect_json, rest_body
from qvdc_console.api.rest.withheld import withhold
from qvdc_console.ports import BrokenOff
from qvdc_core.errors import Refusal
from qvdc_rpc.status import RemoteRefusal

NDJSON = "application/x-ndjson"
SSE = "text/event-stream"

OPENS_WITHIN = timedelta(seconds=1)
"""A stream that is silent for longer is answered as open; refusals come at once."""

_FRAME_HEADER = 5
_LONGEST_FRAME = 64 * 1024 * 1024


def to_json(data: bytes, descriptor: Descriptor) -> bytes:
    """Write an encoded message as JSON; fields that are empty are shown, absent ones and
    those for input alone are not."""
    return _dump(_parsed(data, descriptor), descriptor)


@dataclass(frozen=True, slots=True)
class Frame:
    """One envelope of a Connect stream."""

    last: bool
    data: bytes


async def frames(body: AsyncIterator[bytes]) -> AsyncGenerator[Frame, None]:
    """Cut a Connect stream into its envelopes.

    Raises:
        BrokenOff: the stream stopped in the middle, or is none.
    """
    buffer = bytearray()
    async for part in body:
        buffer += part
        while len(buffer) >= _FRAME_HEADER:
            size = int.from_bytes(buffer[1:_FRAME_HEADER], "big")
            if size > _LONGEST_FRAME:
                raise BrokenOff("an envelope is too long")
            if len(buffer) < _FRAME_HEADER + size:
                break
            data = bytes(buffer[_FRAME_HEADER : _FRAME_HEADER + size])
            last = bool(buffer[0] & END_OF_STREAM)
            del buffer[: _FRAME_HEADER + size]
            yield Frame(last, data)
            if last:
                return
    raise BrokenOff("the stream has no end")


async def opening(stream: AsyncGenerator[Frame, None]) -> "asyncio.Future[Frame]":
    """Begin to read a stream; return its first envelope, which may still be on its way.

    Raises:
        RemoteRefusal: the stream is refused at once, so that it can be answered as any call.
    """
    first = asyncio.ensure_future(_first(stream))
    await asyncio.wait({first}, timeout=OPENS_WITHIN.total_seconds())
    if not first.done() or first.exception() or not first.result().last:
        return first
    if error := json.loads(first.result().data or b"{}").get("error"):
        raise from_connect_json(json.dumps(error).encode(), 500)
    return first


async def _first(stream: AsyncGenerator[Frame, None]) -> Frame:
    return await anext(stream)


class Lines:
    """Writes a Connect stream as lines of `media_type`; an error is its last line."""

    def __init__(self, descriptor: Descriptor, media_type: str) -> None:
        self._descriptor = descriptor
        self._write = _event if media_type == SSE else _line

    async def of(
        self, first: "asyncio.Future[Frame]", stream: AsyncGenerator[Frame, None]
    ) -> AsyncGenerator[bytes, None]:
        """The lines of what `opening` began to read."""
        try:
            yield self._frame(await first)
            async for frame in stream:
                yield self._frame(frame)
        except BrokenOff:
            refusal = RemoteRefusal("UNAVAILABLE", "STREAM_BROKEN", {}, "The stream broke off.")
            yield self.error(refusal)
        finally:
            first.cancel()

    def error(self, refusal: Refusal) -> bytes:
        """The line that says why a stream ends."""
        return self._write(_error(refusal), "", "error")

    def _frame(self, frame: Frame) -> bytes:
        if not frame.last:
            message = _parsed(frame.data, self._descriptor)
            token = getattr(message, "resume_token", "")
            return self._write(_dump(message, self._descriptor), token, "")
        error = json.loads(frame.data or b"{}").get("error")
        return self.error(from_connect_json(json.dumps(error).encode(), 500)) if error else b""


def envelope(data: bytes) -> bytes:
    """Wrap a request message for a Connect stream."""
    return b"\x00" + len(data).to_bytes(4, "big") + data


def _line(data: bytes, _: str, __: str) -> bytes:
    return data + b"\n"


def _event(data: bytes, token: str, kind: str) -> bytes:
    head = f"event: {kind}\n" if kind else ""
    head += f"id: {token}\n" if token else ""
    return head.encode() + b"data: " + data + b"\n\n"


def _error(refusal: Refusal) -> bytes:
    return json.dumps({"error": rest_body(refusal)}, ensure_ascii=False).encode()


def _parsed(data: bytes, descriptor: Descriptor) -> Message:
    message = GetMessageClass(descriptor)()
    message.ParseFromString(data)
    return message


def _dump(message: Message, descriptor: Descriptor) -> bytes:
    shown = MessageToDict(message, always_print_fields_with_no_presence=True)
    withhold(shown, descriptor)
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()
