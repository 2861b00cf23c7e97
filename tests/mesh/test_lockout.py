"""Brute force at sign-in: the lock is in PostgreSQL, and no flush of Redis opens it."""

from __future__ import annotations

import httpx
import redis
from tests.mesh.door import new_request_id
from tests.mesh.site import Site

LOGIN = "/api/v1/auth/login"


def test_a_lock_survives_a_flush_of_redis(site: Site) -> None:
    body = {"user": f"guessed-{new_request_id()[:8]}", "password": "wrong"}
    transport = httpx.HTTPTransport(local_address="127.0.0.9")
    with httpx.Client(base_url=site.url, transport=transport, timeout=60) as guesser:
        before = [guesser.post(LOGIN, json=body).json()["reason"] for _ in range(6)]
        with redis.Redis.from_url(site.lab.redis.url) as store:
            store.flushall()
        after = guesser.post(LOGIN, json=body)

    assert before == ["SIGN_IN_REFUSED"] * 5 + ["SIGN_IN_LOCKED"]
    assert (after.status_code, after.json()["reason"]) == (429, "SIGN_IN_LOCKED")
    assert int(after.headers["retry-after"]) > 600
