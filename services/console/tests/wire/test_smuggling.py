"""Request smuggling and path tricks: what two readers could read differently is refused."""

import asyncio
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOST = b"host: door\r\n"
SMUGGLED = b"GET /api/v1/clusters/smuggled HTTP/1.1\r\nhost: door\r\n\r\n"


async def answers(site: Any, said: bytes) -> bytes:
    """All that the public port answers to raw bytes until it closes or falls silent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.plain.number)
    writer.write(said)
    whole = b""
    try:
        async with asyncio.timeout(20):
            while part := await asyncio.wait_for(reader.read(65536), 1.5):
                whole += part
    except TimeoutError:
        pass
    finally:
        writer.close()
    return whole


@pytest.mark.parametrize(
    "framing",
    [
        b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
        b"content-length: 5\r\ncontent-length: 50\r\n\r\nhello",
        b"content-length: +5\r\n\r\nhello",
        b"content-length: -5\r\n\r\nhello",
        b"content-length: 0x5\r\n\r\nhello",
        b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
        b"transfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        b"x: y\r\n content-length: 5\r\n\r\nhello",
        b"x\0y: z\r\n\r\n",
    ],
    ids=lambda framing: framing.split(b"\r\n\r\n")[0].decode("latin-1"),
)
async def test_bodies_whose_length_is_in_doubt_are_refused(site: Any, framing: bytes) -> None:
    site.clusters.asked.clear()
    said = b"POST /api/v1/auth/login HTTP/1.1\r\n" + HOST + framing + SMUGGLED

    got = await answers(site, said)

    assert b"clusters/smuggled" not in got
    assert not site.clusters.asked
    assert got.startswith(b"HTTP/1.1 4"), got[:200]
    assert got.count(b"HTTP/1.1 ") == 1, "nothing after it is taken for another request"


PATHS = [
    "/api/v1/images/uploads/../../../../metrics",
    "/api/v1/images/uploads/%2e%2e/%2e%2e/metrics",
    "/api/v1/images/uploads/..%2f..%2fmetrics",
    "/api/v1/images/x%2f..%2f..%2fadmin/content",
    "/api/v1/images/..\\..\\metrics/content",
    "/api/v1/images/%5c%5cshare/content",
    "/api/v1/images/a%00b/content",
    "/assets/../../../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
]


@pytest.mark.parametrize("path", PATHS)
async def test_paths_that_climb_are_refused_and_audited(site: Any, admin: Any, path: str) -> None:
    cookie = f"cookie: qvdc_session={admin.client.cookies['qvdc_session']}\r\n"
    said = f"GET {path} HTTP/1.1\r\n".encode() + HOST + cookie.encode() + b"\r\n"

    got = await answers(site, said)

    assert got.startswith(b"HTTP/1.1 400"), got[:200]
    assert b"PATH_REFUSED" in got or b"HTTP_MALFORMED" in got
    assert b"root:" not in got


async def test_refused_connections_are_in_the_audit_trail(site: Any, admin: Any) -> None:
    await answers(site, b"\x16\x03\x01 this is no HTTP\r\n\r\n")
    async with asyncio.timeout(20):
        seen: set[str] = set()
        while not {"PATH_REFUSED", "HTTP_MALFORMED"} <= seen:
            page = (await admin.client.get("/api/v1/audit-records?pageSize=200")).json()
            seen = {record["reason"] for record in page["auditRecords"]}
            await asyncio.sleep(0.1)


async def test_headers_cannot_be_split_into_the_owners_request(site: Any, admin: Any) -> None:
    site.clusters.asked.clear()
    reply = await admin.client.get(
        "/api/v1/clusters/a", headers={"x-request-id": "one", "x-quantix-assertion": "forged"}
    )
    _, ctx = site.clusters.asked[-1]

    assert reply.status_code == 200
    assert ctx.request_id == "one"
    assert ctx.caller.subject == "user:admin"
