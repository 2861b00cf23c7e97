"""From an owner's answer to REST: JSON, newline-delimited JSON or server-sent events."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

from google.protobuf.descriptor import Descriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from qvdc_console.api.errors import END_OF_STREAM, from_connect_json, rest_body
from qvdc_console.ports import BrokenOff
from qvdc_rpc.status import RemoteRefusal

NDJSON = "application/x-ndjson"
SSE = "text/event-stream"

_FRAME_HEADER = 5
_LONGEST_FRAME = 64 * 1024 * 1024


def to_json(data: bytes, descriptor: Descriptor) -> bytes:
    """Write an encoded message as JSON; fields that are empty are shown, absent ones are not."""
    return _dump(_parsed(data, descriptor))


@dataclass(frozen=True, slots=True)
class Frame:
    """One envelope of a Connect stream."""

    last: bool
    data: bytes


async def frames(body: AsyncIterator[bytes]) -> AsyncIterator[Frame]:
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


async def lines(
    body: AsyncIterator[bytes], descriptor: Descriptor, media_type: str
) -> AsyncIterator[bytes]:
    """Write a Connect stream as lines of `media_type`; an error is its last line."""
    write = _event if media_type == SSE else _line
    try:
        async for frame in frames(body):
            if not frame.last:
                message = _parsed(frame.data, descriptor)
                token = getattr(message, "resume_token", "")
                yield write(_dump(message), token, "")
            elif error := json.loads(frame.data or b"{}").get("error"):
                refusal = from_connect_json(json.dumps(error).encode(), 500)
                yield write(_error(refusal), "", "error")
    except BrokenOff:
        refusal = RemoteRefusal("UNAVAILABLE", "STREAM_BROKEN", {}, "The stream broke off.")
        yield write(_error(refusal), "", "error")


def envelope(data: bytes) -> bytes:
    """Wrap a request message for a Connect stream."""
    return b"\x00" + len(data).to_bytes(4, "big") + data


def _line(data: bytes, _: str, __: str) -> bytes:
    return data + b"\n"


def _event(data: bytes, token: str, kind: str) -> bytes:
    head = f"event: {kind}\n" if kind else ""
    head += f"id: {token}\n" if token else ""
    return head.encode() + b"data: " + data + b"\n\n"


def _error(refusal: RemoteRefusal) -> bytes:
    return json.dumps({"error": rest_body(refusal)}, ensure_ascii=False).encode()


def _parsed(data: bytes, descriptor: Descriptor) -> Message:
    message = GetMessageClass(descriptor)()
    message.ParseFromString(data)
    return message


def _dump(message: Message) -> bytes:
    shown = MessageToDict(message, always_print_fields_with_no_presence=True)
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()
