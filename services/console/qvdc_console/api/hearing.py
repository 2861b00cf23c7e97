"""What can be told of a relayed RPC from the first bytes that pass in either direction."""

import json
from collections.abc import AsyncIterator, Mapping
from urllib.parse import unquote

from google.protobuf import json_format
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import code_pb2

from qvdc_console.api.errors import END_OF_STREAM, from_connect_json
from qvdc_console.api.witness import Account, changes, object_of

HEAD_BYTES = 64 * 1024
_FRAME = 5
_TRAILERS = 0x80


class Hearing:
    """Listens while bytes pass, without holding them up."""

    def __init__(self, account: Account, content_type: str) -> None:
        self.account = account
        self.content_type = content_type
        self._asked = bytearray()
        self._answered = bytearray()
        self._compressed = "content-encoding" in account.arrival.headers

    async def request(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Pass a request's body on."""
        async for part in body:
            _keep(self._asked, part)
            yield part

    def response(self, part: bytes) -> None:
        """Hear a part of the answer."""
        _keep(self._answered, part)

    def conclude(self, status: int, headers: Mapping[str, str]) -> None:
        """Write into the account what it was about and how it ended."""
        method = self.account.arrival.method
        if method is None:
            return
        if changes(method):
            self.account.object = self._object(method)
        if self.content_type.startswith("application/grpc-web"):
            self._grpc_web(headers)
        elif self.content_type.startswith("application/connect+"):
            self._connect_stream()
        elif status != 200:
            self._failed(bytes(self._answered), status)

    def _object(self, method: MethodDescriptor) -> str:
        framed = "grpc-web" in self.content_type or "connect+" in self.content_type
        raw = bytes(self._asked[_FRAME:] if framed else self._asked)
        if self._compressed or (framed and self._asked[:1] == b"\x01"):
            return ""
        message: Message = GetMessageClass(method.input_type)()
        try:
            if "json" in self.content_type:
                json_format.Parse(raw, message, ignore_unknown_fields=True)
            else:
                message.ParseFromString(raw)
        except (DecodeError, json_format.ParseError, UnicodeDecodeError):
            return ""
        return object_of(message)

    def _grpc_web(self, headers: Mapping[str, str]) -> None:
        found = {key: headers[key] for key in ("grpc-status", "grpc-message") if key in headers}
        if self._answered[:1] == bytes([_TRAILERS]):
            text = self._answered[_FRAME:].decode("latin-1")
            pairs = (line.partition(":") for line in text.splitlines())
            found |= {key.strip().lower(): value.strip() for key, _, value in pairs}
        status = found.get("grpc-status", "0")
        if status.isdecimal() and status != "0" and int(status) in code_pb2.Code.values():
            self.account.code = code_pb2.Code.Name(code_pb2.Code.ValueType(int(status)))
            self.account.reason = unquote(found.get("grpc-message", ""))[:64]

    def _connect_stream(self) -> None:
        if not self._answered or not self._answered[0] & END_OF_STREAM:
            return
        try:
            error = json.loads(self._answered[_FRAME:] or b"{}").get("error")
        except (ValueError, AttributeError):
            return
        if error:
            self._failed(json.dumps(error).encode(), 200)

    def _failed(self, body: bytes, status: int) -> None:
        self.account.refused(from_connect_json(body, status))


def _keep(head: bytearray, part: bytes) -> None:
    head += part[: HEAD_BYTES - len(head)]
