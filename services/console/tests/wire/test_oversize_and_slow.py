"""Oversize bodies and headers, slow bodies and headers: refused with their reason, and audited."""

import asyncio
import gzip
import json
import struct
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMIT = 8 * 1024 * 1024
GET_CLUSTER = "/quantix.cluster.v1.ClusterService/GetCluster"


async def spoken(site: Any, *pieces: bytes, within: float = 20) -> tuple[int, dict[str, Any]]:
    """Say raw bytes to the public port; return the status and the body of what it answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.plain.number)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        async with asyncio.timeout(within):
            head = await reader.readuntil(b"\r\n\r\n")
            headers = dict(
                line.split(": ", 1) for line in head.decode().lower().split("\r\n")[1:] if line
            )
            body = await reader.readexactly(int(headers["content-length"]))
    finally:
        writer.close()
    return int(head.split()[1]), json.loads(body)


async def audited(admin: Any, reason: str) -> dict[str, Any]:
    """The newest audit record with a reason."""
    async with asyncio.timeout(20):
        while True:
            records = (await admin.client.get("/api/v1/audit-records")).json()["auditRecords"]
            for record in records:
                if record["reason"] == reason:
                    found: dict[str, Any] = record
                    return found
            await asyncio.sleep(0.1)


async def test_a_rest_body_that_is_too_long_is_refused_before_it_is_read(
    admin: Any, site: Any
) -> None:
    cookie = f"qvdc_session={admin.client.cookies['qvdc_session']}"
    guards = "".join(f"{key}: {value}\r\n" for key, value in admin.guards.items())
    head = (
        f"POST /api/v1/clusters HTTP/1.1\r\nhost: 127.0.0.1:{site.plain.number}\r\n"
        f"cookie: {cookie}\r\n{guards}content-length: {LIMIT + 1}\r\n\r\n"
    )

    status, body = await spoken(site, head.encode())

    assert (status, body["reason"]) == (413, "BODY_TOO_LONG")
    assert (await audited(admin, "BODY_TOO_LONG"))["object"] == ""


async def test_a_body_that_grows_too_long_is_refused(admin: Any) -> None:
    async def endless() -> Any:
        for _ in range(LIMIT // 65536 + 2):
            yield b" " * 65536

    rest = await admin.send("POST", "/api/v1/clusters", content=endless())
    rpc = await admin.send(
        "POST", GET_CLUSTER, content=endless(), headers={"content-type": "application/json"}
    )

    assert (rest.status_code, rest.json()["reason"]) == (413, "BODY_TOO_LONG")
    assert (rpc.status_code, rpc.json()["code"]) == (429, "resource_exhausted")


async def test_a_compressed_body_is_bounded_by_what_it_unpacks_to(admin: Any) -> None:
    small = gzip.compress(json.dumps({"id": "packed", "displayName": "x"}).encode())
    bomb = gzip.compress(b" " * (LIMIT * 40))
    packed = {"content-encoding": "gzip"}

    made = await admin.send("POST", "/api/v1/clusters", content=small, headers=packed)
    refused = await admin.send("POST", "/api/v1/clusters", content=bomb, headers=packed)
    cut = await admin.send("POST", "/api/v1/clusters", content=small[:-9], headers=packed)
    other = await admin.send(
        "POST", "/api/v1/clusters", content=small, headers={"content-encoding": "br"}
    )

    assert (made.status_code, made.json()["name"]) == (201, "clusters/packed")
    assert (refused.status_code, refused.json()["reason"]) == (413, "BODY_TOO_LONG")
    assert (cut.status_code, cut.json()["reason"]) == (400, "MALFORMED")
    assert (other.status_code, other.json()["reason"]) == (415, "ENCODING_UNKNOWN")


async def test_headers_that_are_too_long_are_refused(site: Any, admin: Any) -> None:
    one = b"GET /api/v1/info HTTP/1.1\r\nhost: x\r\nx-pad: " + b"x" * 200_000
    many = b"GET /api/v1/info HTTP/1.1\r\nhost: x\r\n" + b"x-pad: x\r\n" * 20_000

    for head in (one, many):
        status, body = await spoken(site, head)
        assert (status, body["reason"]) == (431, "HEADERS_TOO_LONG")
    assert (await audited(admin, "HEADERS_TOO_LONG"))["address"] == "127.0.0.1"


async def test_slow_headers_and_bodies_are_cut(
    site: Any, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from qvdc_console.api import asgi
    from qvdc_rpc.wary import WaryProtocol

    soon = timedelta(seconds=0.5)
    monkeypatch.setattr(asgi, "IDLE_BODY", soon)
    monkeypatch.setattr(
        WaryProtocol, "_watch_head", lambda self: _watch(self, soon.total_seconds())
    )
    cookie = f"qvdc_session={admin.client.cookies['qvdc_session']}"
    guards = "".join(f"{key}: {value}\r\n" for key, value in admin.guards.items())
    begun = (
        f"POST /api/v1/clusters HTTP/1.1\r\nhost: 127.0.0.1:{site.plain.number}\r\n"
        f"cookie: {cookie}\r\n{guards}content-length: 100\r\n\r\n" + '{"id"'
    )

    slow_head = await spoken(site, b"GET /api/v1/info HTTP/1.1\r\nhost:")
    slow_body = await spoken(site, begun.encode())

    assert (slow_head[0], slow_head[1]["reason"]) == (408, "HEADERS_TOO_SLOW")
    assert (slow_body[0], slow_body[1]["reason"]) == (408, "BODY_TOO_SLOW")
    await audited(admin, "HEADERS_TOO_SLOW")


def _watch(protocol: Any, seconds: float) -> None:
    protocol._timer = protocol.loop.call_later(seconds, protocol._too_slow)


async def test_an_envelope_that_lies_about_its_length_is_refused(admin: Any) -> None:
    lie = b"\x00" + struct.pack(">I", 2**31) + b"x"
    headers = {"content-type": "application/connect+proto", "connect-protocol-version": "1"}
    path = "/quantix.cluster.v1.ClusterService/WatchClusters"

    reply = await admin.send("POST", path, content=lie, headers=headers)

    assert b"resource_exhausted" in reply.content or b"invalid_argument" in reply.content


async def test_if_2_answers_are_compressed_for_who_takes_it(admin: Any) -> None:
    packed = await admin.client.get("/api/v1/openapi.json", headers={"accept-encoding": "gzip"})
    plain = await admin.client.get("/api/v1/openapi.json", headers={"accept-encoding": "identity"})
    none = await admin.client.get("/api/v1/openapi.json", headers={"accept-encoding": "gzip;q=0"})
    secret = await admin.client.get("/api/v1/auth/session", headers={"accept-encoding": "gzip"})

    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) * 4 < len(plain.content)
    assert packed.json() == plain.json() == none.json()
    for reply in (plain, none, secret):
        assert "content-encoding" not in reply.headers
