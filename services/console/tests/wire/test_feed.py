"""One stream of all nouns at the door (GEN-10, GEN-11, IF-2)."""

import asyncio
import json
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")

WATCH = "/api/v1/watch"


async def told(client: Any, query: str, count: int, **headers: str) -> list[dict[str, Any]]:
    """The first `count` items that are no heartbeats."""
    items: list[dict[str, Any]] = []
    async with asyncio.timeout(20), client.stream("GET", WATCH + query, headers=headers) as reply:
        assert reply.status_code == 200, await reply.aread()
        async for line in reply.aiter_lines():
            if not line.startswith("data: "):
                continue
            item = json.loads(line.removeprefix("data: "))
            if item["kind"] != "WATCH_KIND_HEARTBEAT":
                items.append(item)
            if len(items) == count:
                return items
    raise AssertionError(f"the stream ended after {items}")


async def test_gen_11_one_stream_tells_several_nouns_with_one_token(site: Any) -> None:
    async with site.http() as client:
        items = await told(client, "?nouns=clusters&nouns=events", 5)
        token = items[-1]["resumeToken"]
        site.clusters.asked.clear()
        await told(client, f"?nouns=clusters&resume={token}", 1)
        asked, _ = site.clusters.asked[-1]

    nouns = [item["noun"] for item in items]
    assert (nouns.count("clusters"), nouns.count("events")) == (3, 2)
    clusters = [item["cluster"]["name"] for item in items if "cluster" in item]
    assert clusters == ["clusters/c0", "clusters/c1", "clusters/c2"]
    assert {item["event"]["id"] for item in items if "event" in item} == {"cluster-1", "image-1"}
    assert asked.resume_token == "t2"


async def test_if_2_last_event_id_resumes_as_event_source_does(site: Any) -> None:
    async with site.http() as client:
        first = (await told(client, "?nouns=clusters", 3))[-1]
        site.clusters.asked.clear()
        await told(client, "?nouns=clusters", 1, **{"last-event-id": first["resumeToken"]})

    asked, _ = site.clusters.asked[-1]
    assert asked.resume_token == "t2"


async def test_an_expired_place_begins_that_noun_anew(site: Any) -> None:
    from qvdc_console.domain.joined import to_resume_token

    token = to_resume_token({"clusters": "expired"})
    async with site.http() as client:
        items = await told(client, f"?nouns=clusters&resume={token}", 3)

    assert [item["cluster"]["name"] for item in items] == [f"clusters/c{n}" for n in range(3)]


async def test_nouns_that_do_not_exist_or_may_not_be_read_are_refused(
    site: Any, admin: Any, people: Any
) -> None:
    unknown = await admin.client.get(f"{WATCH}?nouns=secrets")
    assert (unknown.status_code, unknown.json()["fields"][0]["field"]) == (400, "nouns[0]")

    browser = await people.new_user(admin, "blind")
    denied = await browser.client.get(f"{WATCH}?nouns=clusters")
    await browser.client.aclose()

    assert await people.reason(denied) == (403, "PERMISSION_MISSING")
