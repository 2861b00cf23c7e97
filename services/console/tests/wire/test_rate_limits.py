"""Who calls too often waits; without Redis nobody does, and it is said (IF-2, GEN-16)."""

import time
from datetime import timedelta
from typing import Any

import pytest

from qvdc_console.adapters.rate_limits import RedisBuckets
from qvdc_console.domain.rate import Rate, Rates
from qvdc_testing.redis_server import RedisServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

SLOW = Rate(per_second=0.5, burst=3)


async def test_a_bucket_gives_its_burst_and_then_says_how_long_to_wait(
    redis_server: RedisServer,
) -> None:
    said: list[bool] = []
    one = RedisBuckets(redis_server.url, enforced=said.append, now=time.monotonic)
    other = RedisBuckets(redis_server.url, enforced=said.append, now=time.monotonic)

    waits = [await (one, other)[n % 2].take("user:ada", SLOW) for n in range(5)]
    stranger = await one.take("user:bob", SLOW)
    for each in (one, other):
        await each.close()

    assert waits[:3] == [timedelta()] * 3, "copies of the door share a bucket"
    assert all(timedelta(seconds=0.5) < wait <= timedelta(seconds=2) for wait in waits[3:])
    assert stranger == timedelta()
    assert set(said) == {True}


async def test_without_redis_nothing_is_limited_and_it_is_said() -> None:
    said: list[bool] = []
    buckets = RedisBuckets("redis://127.0.0.1:1/0", enforced=said.append, now=time.monotonic)

    waits = [await buckets.take("user:ada", SLOW) for _ in range(10)]
    await buckets.close()

    assert waits == [timedelta()] * 10
    assert said[0] is False


async def test_if_2_who_calls_too_often_is_refused_with_a_delay_in_every_protocol(
    site: Any, admin: Any, people: Any, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    entrance = site.door.ports[-3]._app._rest._entrance
    buckets = RedisBuckets(redis_server.url, enforced=lambda _: None, now=time.monotonic)
    monkeypatch.setattr(entrance, "_limits", buckets)
    monkeypatch.setattr(entrance, "_rates", Rates(Rate(0.1, 5), Rate(0.1, 5)))

    rest = [await admin.client.get("/api/v1/clusters/a") for _ in range(7)]
    path = "/quantix.cluster.v1.ClusterService/GetCluster"
    rpc = await admin.send("POST", path, json={"name": "clusters/a"})
    async with site.http(key=None) as stranger:
        login = {"user": "nobody", "password": "x"}
        guesses = [await stranger.post(people.LOGIN, json=login) for _ in range(6)]
    await buckets.close()
    monkeypatch.undo()

    assert [reply.status_code for reply in rest] == [200] * 5 + [429] * 2
    assert await people.reason(rest[-1]) == (429, "RATE_LIMITED")
    assert int(rest[-1].headers["retry-after"]) >= 1
    assert rest[-1].json()["retryAfter"].endswith("s")
    assert (rpc.status_code, rpc.json()["code"]) == (429, "resource_exhausted")
    assert any("RetryInfo" in each["type"] for each in rpc.json()["details"])
    assert await people.reason(guesses[-1]) == (429, "RATE_LIMITED")
