"""The least that an acknowledged beat costs: a bare grpc.aio call, and a bare etcd keepalive.

`python -m tests.bench.bare_heart call FOLDER SECONDS` serves Heartbeat with mTLS and answers at
once, with that interval; `... keepalive ETCD COUNT SECONDS` keeps COUNT leases alive on one stream,
each once per interval. Both print one line when they are ready (the port; the number of
leases) and run until they are ended.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from aetcd.rpc import LeaseGrantRequest, LeaseKeepAliveRequest, LeaseStub

from quantix.host.v1 import session_pb2

BEATS_IN_A_SESSION = 3
SERVICE = session_pb2.DESCRIPTOR.services_by_name["SessionService"]


async def serve_calls(folder: Path, interval: float) -> None:
    """Answer beats with the certificate in `folder`, for ever."""
    answer = session_pb2.HeartbeatResponse(session_epoch=1)
    answer.next_interval.FromTimedelta(timedelta(seconds=interval))

    async def heartbeat(_request: Any, _context: Any) -> session_pb2.HeartbeatResponse:
        return answer

    handler = grpc.unary_unary_rpc_method_handler(
        heartbeat,
        request_deserializer=session_pb2.HeartbeatRequest.FromString,
        response_serializer=session_pb2.HeartbeatResponse.SerializeToString,
    )
    server = grpc.aio.server()
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(SERVICE.full_name, {"Heartbeat": handler}),)
    )
    key, certificate, ca = (
        (folder / name).read_bytes() for name in ("key.pem", "cert.pem", "ca.pem")
    )
    credentials = grpc.ssl_server_credentials([(key, certificate)], ca, require_client_auth=True)
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    _say(port)
    await server.wait_for_termination()


async def keep_alive(endpoint: str, count: int, interval: float) -> None:
    """Hold `count` leases and keep each alive once per interval, spread evenly, for ever."""
    async with grpc.aio.insecure_channel(endpoint) as channel:
        stub = LeaseStub(channel)
        leases = [
            (await stub.LeaseGrant(LeaseGrantRequest(TTL=int(interval * BEATS_IN_A_SESSION)))).ID
            for _ in range(count)
        ]
        _say(count)
        async for _answer in stub.LeaseKeepAlive(_spread(leases, interval)):
            pass


async def _spread(leases: list[int], interval: float) -> AsyncIterator[Any]:
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        for lease in leases:
            due += interval / len(leases)
            await asyncio.sleep(max(0.0, due - loop.time()))
            yield LeaseKeepAliveRequest(ID=lease)


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> None:
    """Run what the first argument names."""
    kind, *rest = arguments
    if kind == "call":
        asyncio.run(serve_calls(Path(rest[0]), float(rest[1])))
    else:
        asyncio.run(keep_alive(rest[0], int(rest[1]), float(rest[2])))


if __name__ == "__main__":
    main(sys.argv[1:])
