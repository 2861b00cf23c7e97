"""The door as a stranger sees it: Connect and REST over HTTP, and gRPC with raw bytes."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import grpc
import grpc.aio
import httpx
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from tests.mesh.contracts import Rpc

# Field 5000, a varint: no message of the contracts has it.
UNKNOWN_FIELD = b"\xc0\xb8\x02\x01"
WITHIN_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a code of Connect's names (`ok` if all went well), a reason, a body."""

    code: str
    reason: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)


class Door:
    """Calls through the public door with one API key."""

    def __init__(self, *, url: str, grpc_address: str, ca_pem: bytes, key: str) -> None:
        self._http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=WITHIN_SECONDS
        )
        self._grpc_address = grpc_address
        self._ca_pem = ca_pem
        self._key = key

    def connect(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Call a unary RPC with Connect's JSON."""
        response = self._http.post(path, json=dict(body))
        parsed = response.json()
        if response.is_success:
            return Answer("ok", body=parsed)
        return Answer(parsed["code"], _connect_reason(parsed), parsed)

    def must(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call a unary RPC that has to succeed; return its answer."""
        answer = self.connect(path, body)
        assert answer.code == "ok", (path, answer)
        return answer.body

    def rest(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Call a REST path."""
        return self._http.request(method, path, **arguments)

    def grpc_raw(self, rpc: Rpc, request: bytes) -> Answer:
        """Call any RPC over native gRPC with these bytes; of a stream the first item counts."""
        return asyncio.run(self._grpc_raw(rpc, request))

    async def _grpc_raw(self, rpc: Rpc, request: bytes) -> Answer:
        credentials = grpc.ssl_channel_credentials(self._ca_pem)
        metadata = (("authorization", f"Bearer {self._key}"),)
        async with grpc.aio.secure_channel(self._grpc_address, credentials) as channel:
            calls = cast(Any, channel)
            try:
                if rpc.method.server_streaming:
                    stream = calls.unary_stream(rpc.path)(
                        request, metadata=metadata, timeout=WITHIN_SECONDS
                    )
                    await stream.read()
                    stream.cancel()
                else:
                    await calls.unary_unary(rpc.path)(
                        request, metadata=metadata, timeout=WITHIN_SECONDS
                    )
            except grpc.aio.AioRpcError as error:
                return Answer(error.code().name.lower(), _grpc_reason(error))
        return Answer("ok")

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()


def new_request_id() -> str:
    """Return a request id nobody used."""
    return str(uuid.uuid4())


def _connect_reason(body: Mapping[str, Any]) -> str:
    for detail in body.get("details", ()):
        if detail["type"].endswith("google.rpc.ErrorInfo"):
            value = detail["value"]
            info = ErrorInfo.FromString(base64.b64decode(value + "=" * (-len(value) % 4)))
            return str(info.reason)
    return ""


def _grpc_reason(error: grpc.aio.AioRpcError) -> str:
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            for detail in Status.FromString(value).details:
                info = ErrorInfo()
                if detail.Unpack(info):
                    return str(info.reason)
    return ""


def pretty(answer: Answer) -> str:
    """Return the answer for a failing test's message."""
    return f"{answer.code} {answer.reason} {json.dumps(dict(answer.body))[:400]}"
