"""Streams end with the session or the permission they were opened by; guessing locks addresses."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import grpc.aio
import httpx
import pytest
from google.rpc import error_details_pb2, status_pb2

from quantix.console.v1 import feed_pb2

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITHIN_SECONDS = 20.0
WATCH_ALL = "/quantix.console.v1.FeedService/WatchAll"
EMPTY_ENVELOPE = b"\x00\x00\x00\x00\x02{}"


async def read_to_end(body: AsyncIterator[bytes], opened: asyncio.Event) -> bytes:
    """All of a stream; `opened` once its first bytes came."""
    whole = b""
    async with asyncio.timeout(WITHIN_SECONDS):
        async for part in body:
            whole += part
            opened.set()
    return whole


async def connect_stream(client: httpx.AsyncClient, opened: asyncio.Event) -> str:
    """The reason for which a Connect stream ends."""
    headers = {"content-type": "application/connect+json", "connect-protocol-version": "1"}
    async with client.stream("POST", WATCH_ALL, headers=headers, content=EMPTY_ENVELOPE) as reply:
        whole = await read_to_end(reply.aiter_bytes(), opened)
    last = whole[whole.rindex(b"\x02\x00\x00") + 5 :]
    details = json.loads(last)["error"]["details"]
    return str(details)


async def rest_stream(client: httpx.AsyncClient, opened: asyncio.Event) -> str:
    """The reason for which server-sent events end."""
    async with client.stream("GET", "/api/v1/watch") as reply:
        whole = await read_to_end(reply.aiter_bytes(), opened)
    last = whole.strip().rpartition(b"data: ")[2]
    return str(json.loads(last)["error"]["reason"])


async def native_stream(site: Any, token: str, opened: asyncio.Event) -> str:
    """The reason for which a native gRPC stream ends."""
    async with site.channel() as channel:
        call = channel.unary_stream(WATCH_ALL)(
            feed_pb2.WatchAllRequest(nouns=["clusters"]).SerializeToString(),
            metadata=(("authorization", f"Bearer {token}"),),
            timeout=WITHIN_SECONDS,
        )
        try:
            async for _ in call:
                opened.set()
        except grpc.aio.AioRpcError as error:
            for key, value in error.trailing_metadata() or ():
                if key == "grpc-status-details-bin":
                    status = status_pb2.Status.FromString(value)
                    info = error_details_pb2.ErrorInfo()
                    assert status.details[0].Unpack(info)
                    return str(info.reason)
    raise AssertionError("the stream ended without a reason")


async def test_id_1_streams_of_every_protocol_end_with_their_session(
    site: Any, admin: Any, people: Any
) -> None:
    browser = await people.new_user(admin, "leaver", "roles/read-only")
    program = httpx.AsyncClient(
        base_url=site.url, headers={"authorization": f"Bearer {browser.token}"}, timeout=30
    )
    guarded = httpx.AsyncClient(
        base_url=site.url, headers=browser.guards, cookies=browser.client.cookies, timeout=30
    )
    opened = [asyncio.Event() for _ in range(4)]
    streams = [
        asyncio.ensure_future(connect_stream(guarded, opened[0])),
        asyncio.ensure_future(rest_stream(guarded, opened[1])),
        asyncio.ensure_future(rest_stream(program, opened[2])),
        asyncio.ensure_future(native_stream(site, browser.token, opened[3])),
    ]
    async with asyncio.timeout(WITHIN_SECONDS):
        await asyncio.gather(*(each.wait() for each in opened))
    begun = time.monotonic()
    assert (await browser.send("POST", "/api/v1/auth/logout", json={})).status_code in (200, 204)
    connect, rest, bearer, native = await asyncio.gather(*streams)

    assert time.monotonic() - begun < 10
    assert rest == "SESSION_ENDED"
    assert "google.rpc.ErrorInfo" in connect
    assert (bearer, native) == ("ACCESS_TOKEN_INVALID", "ACCESS_TOKEN_INVALID")
    for client in (program, guarded, browser.client):
        await client.aclose()


async def test_a_stream_ends_when_its_caller_loses_a_permission(
    site: Any, admin: Any, people: Any
) -> None:
    browser = await people.new_user(admin, "demoted", "roles/administrator")
    opened = asyncio.Event()
    stream = asyncio.ensure_future(rest_stream(browser.client, opened))
    async with asyncio.timeout(WITHIN_SECONDS):
        await opened.wait()
    change = await admin.send("PATCH", "/api/v1/users/demoted", json={"roles": []})
    assert change.status_code == 200, change.text

    assert await stream == "PERMISSIONS_CHANGED"
    await browser.client.aclose()


async def test_a_disabled_users_streams_end(site: Any, admin: Any, people: Any) -> None:
    browser = await people.new_user(admin, "disabled", "roles/read-only")
    opened = asyncio.Event()
    stream = asyncio.ensure_future(rest_stream(browser.client, opened))
    async with asyncio.timeout(WITHIN_SECONDS):
        await opened.wait()
    change = await admin.send("PATCH", "/api/v1/users/disabled", json={"disabled": True})
    assert change.status_code == 200, change.text

    assert await stream == "SESSION_ENDED"
    await browser.client.aclose()


def client_at(site: Any, address: str) -> httpx.AsyncClient:
    """A client that calls from another address of this machine."""
    transport = httpx.AsyncHTTPTransport(local_address=address)
    return httpx.AsyncClient(base_url=site.url, transport=transport, timeout=30)


async def test_an_address_that_guesses_is_locked_out_under_every_name(
    site: Any, admin: Any, people: Any
) -> None:
    from qvdc_console.domain.session import MAX_ADDRESS_FAILURES

    right = {"user": "admin", "password": people.GOOD}
    async with client_at(site, "127.0.0.7") as guesser, client_at(site, "127.0.0.8") as neighbour:
        for number in range(MAX_ADDRESS_FAILURES):
            body = {"user": f"guess-{number}", "password": "wrong"}
            reply = await guesser.post(people.LOGIN, json=body)
            assert await people.reason(reply) == (401, "SIGN_IN_REFUSED")
        locked = await guesser.post(people.LOGIN, json=right)
        free = await neighbour.post(people.LOGIN, json=right)
    shown = (await admin.client.get("/api/v1/users/admin")).json()

    assert await people.reason(locked) == (429, "SIGN_IN_LOCKED")
    assert int(locked.headers["retry-after"]) > 600
    assert free.status_code == 200
    assert "lockExpireTime" not in shown, "the guesser locks only himself"


async def test_ipv6_neighbours_count_as_one() -> None:
    from qvdc_console.domain.session import failures_from

    assert failures_from("2001:db8::1") == failures_from("2001:db8::ffff") == "@2001:db8::/64"
    assert failures_from("::ffff:192.0.2.7") == failures_from("192.0.2.7") == "@192.0.2.7"
    assert failures_from("") == failures_from("nonsense") == ""
