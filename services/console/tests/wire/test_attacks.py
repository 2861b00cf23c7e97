"""What strangers and other sites' pages try at the door."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc.aio
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from qvdc_console.adapters.access_tokens import SignedTokens
from qvdc_console.api.public import public_methods
from qvdc_console.api.rest.routes import Routes
from qvdc_console.domain.permission import SIGNED_IN
from qvdc_core.clock import SystemClock
from qvdc_rpc.access import access_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIGN_IN = "/quantix.console.v1.SessionService/SignIn"
ANSWERED_HERE = ("/quantix.cluster.v1.ClusterService/", "/quantix.console.")


async def test_no_rpc_answers_without_a_login(site: Any) -> None:
    async with site.http(key=None) as stranger:
        for path in public_methods():
            if path != SIGN_IN:
                reply = await stranger.post(path, json={})
                assert (reply.status_code, reply.json()["code"]) == (401, "unauthenticated"), path


async def test_no_rest_path_upload_or_document_answers_without_a_login(site: Any) -> None:
    async with site.http(key=None) as stranger:
        for route in Routes(public_methods().values()).all:
            path = route.template.text.replace("{", "").replace("}", "")
            path = path.replace("=", "/").replace("*", "x")
            if route.method.name != "SignIn":
                reply = await stranger.request(route.verb, path)
                assert reply.status_code == 401, (route.verb, path)
        for verb, path in [
            ("POST", "/api/v1/images/uploads"),
            ("PATCH", "/api/v1/images/uploads/x"),
            ("GET", "/api/v1/images/x/content"),
            ("GET", "/api/v1/watch"),
            ("GET", "/api/v1/openapi.json"),
        ]:
            assert (await stranger.request(verb, path)).status_code == 401, path


async def test_native_grpc_takes_no_stranger_and_no_cookie(site: Any, admin: Any) -> None:
    cookie = f"qvdc_session={admin.client.cookies['qvdc_session']}"
    async with site.channel() as channel:
        for metadata in ((), (("cookie", cookie),)):
            for path, method in public_methods().items():
                if path == SIGN_IN:
                    continue
                kind = channel.unary_stream if method.server_streaming else channel.unary_unary
                call = kind(path)(b"", metadata=metadata, timeout=20)
                with pytest.raises(grpc.aio.AioRpcError) as refused:
                    await (call.read() if method.server_streaming else call)
                assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED, path


async def test_no_rpc_answers_without_its_permission(site: Any, admin: Any, people: Any) -> None:
    browser = await people.new_user(admin, "nobody")
    async with site.http(key=browser.token) as program:
        for path, method in public_methods().items():
            needed = access_of(method).permission
            if needed in SIGNED_IN or not path.startswith(ANSWERED_HERE):
                continue
            if method.server_streaming or path == SIGN_IN:
                continue
            reply = await program.post(path, json={})
            assert (reply.status_code, reply.json()["code"]) == (403, "permission_denied"), path
    await browser.client.aclose()


async def test_another_sites_page_cannot_use_the_cookie(admin: Any, people: Any) -> None:
    create, body = "/api/v1/clusters", {"id": "forged"}
    cases = [
        ({}, "ORIGIN_REFUSED"),
        ({"origin": "https://evil.example"}, "ORIGIN_REFUSED"),
        ({"origin": "null", "x-quantix-csrf": admin.session["csrfToken"]}, "ORIGIN_REFUSED"),
        ({"origin": admin.guards["origin"]}, "CSRF_TOKEN_INVALID"),
        ({"origin": admin.guards["origin"], "x-quantix-csrf": "0" * 64}, "CSRF_TOKEN_INVALID"),
        ({"origin": admin.guards["origin"], "x-quantix-csrf": "é"}, "CSRF_TOKEN_INVALID"),
    ]
    for headers, why in cases:
        sent = {key: value.encode("utf-8") for key, value in headers.items()}
        reply = await admin.client.post(create, json=body, headers=sent)
        assert await people.reason(reply) == (403, why), headers
    read = await admin.client.get(f"{create}/a", headers={"origin": "https://evil.example"})
    assert await people.reason(read) == (403, "ORIGIN_REFUSED")
    rpc = "/quantix.cluster.v1.ClusterService/GetCluster"
    assert (await admin.client.post(rpc, json={"name": "clusters/a"})).status_code == 403
    login = {"user": "admin", "password": people.GOOD}
    origin = {"origin": "https://evil.example"}
    reply = await admin.client.post(people.LOGIN, json=login, headers=origin)
    assert await people.reason(reply) == (403, "ORIGIN_REFUSED")


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    site: Any, admin: Any, people: Any
) -> None:
    body = {"user": "admin", "password": people.GOOD}
    async with site.http(key=None) as plain:
        set_plain = (await plain.post(people.LOGIN, json=body)).headers["set-cookie"]
    url = f"https://localhost:{site.secure.number}"
    async with httpx.AsyncClient(base_url=url, verify=str(site.pki.ca_file)) as tls:
        set_tls = (await tls.post(people.LOGIN, json=body)).headers["set-cookie"]

    for told in (set_plain, set_tls):
        assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(told.split("; "))
    assert "Secure" not in set_plain
    assert set_tls.endswith("; Secure")


async def test_forged_expired_and_borrowed_tokens_open_nothing(
    site: Any, admin: Any, people: Any
) -> None:
    pem, now = site.pki.assertion_key_file.read_bytes(), datetime.now(UTC)
    reference = f"session:{admin.client.cookies['qvdc_session'].partition('.')[0]}"
    claims = {"aud": "quantix-door", "sub": reference, "iat": now, "exp": now + timedelta(hours=1)}
    tokens = SignedTokens(pem, SystemClock())
    good = tokens.sign(reference, until=now + timedelta(minutes=1))
    head, middle, tail = good.split(".")
    bad = [
        jwt.encode(claims, Ed25519PrivateKey.generate(), algorithm="EdDSA"),
        jwt.encode(claims, "", algorithm="none"),
        jwt.encode(claims, "x" * 32, algorithm="HS256"),
        f"{head}.{middle}.{tail[:-6]}AAAAAA",
        tokens.sign(reference, until=now - timedelta(seconds=1)),
        tokens.sign("session:" + "0" * 32, until=now + timedelta(minutes=1)),
        tokens.sign("key:nothing", until=now + timedelta(minutes=1)),
        site.pki.assertion(audience="cluster", subject="user:admin", permissions=("*",)),
    ]

    async with site.http(key=good) as program:
        assert (await program.get("/api/v1/clusters/a")).status_code == 200
    for token in bad:
        async with site.http(key=token) as program:
            reply = await program.get("/api/v1/clusters/a")
            assert await people.reason(reply) == (401, "ACCESS_TOKEN_INVALID"), token


async def test_what_only_the_door_says_is_not_taken_from_callers(
    site: Any, admin: Any, people: Any
) -> None:
    browser = await people.new_user(admin, "mallory", "roles/read-only")
    said = {
        "x-quantix-assertion": site.pki.assertion(audience="console", permissions=("*",)),
        "x-quantix-caller-user": "admin",
        "x-quantix-caller-user-uid": "1",
        "x-forwarded-for": "127.0.0.1",
    }
    session = (await browser.client.get("/api/v1/auth/session", headers=said)).json()
    rpc = "/quantix.console.v1.UserService/ListUsers"
    refused = await browser.send("POST", rpc, json={}, headers=said)

    assert (session["user"], session["subject"]) == ("users/mallory", "user:mallory")
    assert refused.status_code == 403
    await browser.client.aclose()


async def test_guessing_locks_a_name_whether_it_exists_or_not(
    site: Any, admin: Any, people: Any
) -> None:
    browser = await people.new_user(admin, "victim", "roles/read-only")
    async with site.http(key=None) as stranger:

        async def guess(user: str, password: str) -> tuple[int, str]:
            body = {"user": user, "password": password}
            told: tuple[int, str] = await people.reason(
                await stranger.post(people.LOGIN, json=body)
            )
            return told

        for user in ("victim", "no-such-user"):
            answers = await asyncio.gather(*(guess(user, f"wrong {n}") for n in range(12)))
            assert answers.count((401, "SIGN_IN_REFUSED")) == 5, user
            assert answers.count((429, "SIGN_IN_LOCKED")) == 7, user
            assert await guess(user, people.GOOD) == (429, "SIGN_IN_LOCKED")
        shown = (await admin.client.get("/api/v1/users/victim")).json()
        assert shown["lockExpireTime"] > datetime.now(UTC).isoformat()
        await admin.send("POST", "/api/v1/users/victim:unlock", json={})
        body = {"user": "victim", "password": people.GOOD}
        assert (await stranger.post(people.LOGIN, json=body)).status_code == 200
    await browser.client.aclose()


@pytest.mark.parametrize("user", ["a\0b", "' OR 1=1 --", "../admin", "x" * 64, ""])
async def test_odd_names_are_only_wrong(site: Any, people: Any, user: str) -> None:
    async with site.http(key=None) as stranger:
        reply = await stranger.post(people.LOGIN, json={"user": user, "password": "x"})

    assert reply.status_code in (400, 401), reply.text


async def test_oversize_headers_and_bodies_are_refused(site: Any, admin: Any) -> None:
    async with site.http(key=None) as stranger:
        huge = await stranger.post("/api/v1/auth/login", content=b"x" * 9_000_000)
        assert huge.status_code == 413
    async with site.http(key=None) as stranger:
        try:
            reply = await stranger.get("/api/v1/info", headers={"x-pad": "x" * 200_000})
        except httpx.TransportError:
            return
        assert reply.status_code in (400, 431)


async def test_refusals_are_in_the_audit_trail(site: Any, admin: Any) -> None:
    async with site.http(key="qvdc_" + "0" * 12 + "_" + "0" * 64) as stranger:
        headers = {"x-request-id": "intruder-1"}
        await stranger.get("/api/v1/clusters/a", headers=headers)
    query = "/api/v1/audit-records?code=UNAUTHENTICATED&methodPrefix=/quantix.cluster.v1"
    async with asyncio.timeout(10):
        while True:
            records = (await admin.client.get(query)).json()["auditRecords"]
            if found := [each for each in records if each["requestId"] == "intruder-1"]:
                break
            await asyncio.sleep(0.1)

    assert (found[0]["reason"], found[0]["address"]) == ("KEY_INVALID", "127.0.0.1")
    assert found[0]["actor"] == ""
