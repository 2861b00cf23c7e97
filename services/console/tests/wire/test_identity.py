"""Users, roles, keys and sessions at a real door, and what the audit trail keeps of them."""

import asyncio
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")

USERS, ROLES, KEYS = "/api/v1/users", "/api/v1/roles", "/api/v1/api-keys"


async def test_the_bootstrap_key_dies_with_the_first_sign_in(site: Any, admin: Any) -> None:
    async with site.http() as program:
        reply = await program.get("/api/v1/whoami")

    assert (reply.status_code, reply.json()["reason"]) == (401, "KEY_INVALID")


async def test_the_first_password_is_for_its_reader_alone(site: Any, admin: Any) -> None:
    assert site.password_file.stat().st_mode & 0o777 == 0o600


async def test_a_browser_learns_who_is_signed_in(admin: Any) -> None:
    session = (await admin.client.get("/api/v1/auth/session")).json()

    assert (session["user"], session["permissions"]) == ("users/admin", ["*"])
    assert session["csrfToken"] == admin.session["csrfToken"]
    assert session["passwordChangeRequired"] is False
    assert session["idleExpireTime"] < session["expireTime"]


async def test_who_must_change_the_password_can_do_nothing_else(admin: Any, people: Any) -> None:
    body = {"id": "newcomer", "roles": ["roles/read-only"], "password": people.GOOD}
    await admin.send("POST", USERS, json=body)
    browser = await people.sign_in(str(admin.client.base_url), "newcomer", people.GOOD)

    assert browser.session["passwordChangeRequired"] is True
    refused = await browser.client.get("/api/v1/clusters/a")
    assert await people.reason(refused) == (403, "PASSWORD_CHANGE_REQUIRED")
    weak = {"oldPassword": people.GOOD, "newPassword": "newcomer1234"}
    reply = await browser.send("POST", "/api/v1/auth/password", json=weak)
    assert await people.reason(reply) == (400, "PASSWORD_WEAK")
    await people.change_password(browser, people.GOOD, "quite another secret")
    assert (await browser.client.get("/api/v1/clusters/a")).status_code == 200
    await browser.client.aclose()


async def test_the_owner_holds_everybody_to_their_role(admin: Any, people: Any) -> None:
    browser = await people.new_user(admin, "rita", "roles/read-only")

    assert (await browser.client.get("/api/v1/clusters/a")).status_code == 200
    refused = await browser.send("POST", "/api/v1/clusters", json={"id": "x"})
    assert await people.reason(refused) == (403, "PERMISSION_MISSING")
    assert refused.json()["facts"] == {"permission": "cluster.create"}
    await browser.client.aclose()


async def test_a_key_is_shown_once_narrowed_and_revoked(site: Any, admin: Any, people: Any) -> None:
    made = await admin.send("POST", KEYS, json={"id": "ci", "role": "roles/read-only"})
    secret = made.json()["secret"]
    shown = (await admin.client.get(f"{KEYS}/ci")).json()

    assert shown["secret"] == ""
    assert shown["owner"] == "users/admin"
    async with site.http(key=secret) as program:
        assert (await program.get("/api/v1/clusters/a")).status_code == 200
        refused = await program.post("/api/v1/clusters", json={"id": "x"})
        assert await people.reason(refused) == (403, "PERMISSION_MISSING")
        assert (await admin.client.get(f"{KEYS}/ci")).json()["lastUseAddress"] == "127.0.0.1"
        assert (await admin.send("DELETE", f"{KEYS}/ci")).status_code == 204
        gone = await program.get("/api/v1/clusters/a")
        assert await people.reason(gone) == (401, "KEY_INVALID")


async def test_a_key_cannot_make_a_wider_one(site: Any, admin: Any, people: Any) -> None:
    role = {"id": "keymaker", "permissions": ["apiKey.create", "cluster.read"]}
    await admin.send("POST", ROLES, json=role)
    made = await admin.send("POST", KEYS, json={"id": "narrow", "role": "roles/keymaker"})
    async with site.http(key=made.json()["secret"]) as program:
        wider = await program.post(KEYS, json={"id": "wide", "role": "roles/administrator"})
        like = await program.post(KEYS, json={"id": "like"})

    assert await people.reason(wider) == (403, "GRANT_EXCEEDS_CALLER")
    assert (like.status_code, like.json()["role"]) == (201, "roles/keymaker")


async def test_nobody_gives_or_takes_over_more_than_they_have(admin: Any, people: Any) -> None:
    role = {"id": "clerk", "permissions": ["user.*", "role.*", "apiKey.*"]}
    await admin.send("POST", ROLES, json=role)
    clerk = await people.new_user(admin, "clerk", "roles/clerk")

    promoted = await clerk.send("PATCH", f"{USERS}/clerk", json={"roles": ["roles/administrator"]})
    taken = await clerk.send("POST", f"{USERS}/admin:setPassword", json={"password": people.GOOD})
    wider = await clerk.send("POST", ROLES, json={"id": "wider", "permissions": ["*"]})

    for reply in (promoted, taken, wider):
        assert await people.reason(reply) == (403, "GRANT_EXCEEDS_CALLER")
    await clerk.client.aclose()


async def test_the_last_administrator_stays(admin: Any, people: Any) -> None:
    deleted = await admin.send("DELETE", f"{USERS}/admin")
    disabled = await admin.send("PATCH", f"{USERS}/admin", json={"disabled": True})

    for reply in (deleted, disabled):
        assert await people.reason(reply) == (409, "LAST_ADMINISTRATOR")


async def test_a_disabled_user_is_out_at_once(admin: Any, people: Any) -> None:
    browser = await people.new_user(admin, "dora", "roles/operator")
    await admin.send("PATCH", f"{USERS}/dora", json={"disabled": True})

    reply = await browser.client.get("/api/v1/clusters/a")

    assert await people.reason(reply) == (401, "SESSION_ENDED")
    await browser.client.aclose()


async def test_roles_are_kept_from_being_pulled_from_under_people(admin: Any, people: Any) -> None:
    fixed = await admin.send("PATCH", f"{ROLES}/operator", json={"permissions": []})
    await admin.send("POST", ROLES, json={"id": "watcher", "permissions": ["vm.read"]})
    wrong = await admin.send("POST", ROLES, json={"id": "odd", "permissions": ["vm.fly"]})
    await admin.send(
        "POST", USERS, json={"id": "willa", "roles": ["roles/watcher"], "password": people.GOOD}
    )
    used = await admin.send("DELETE", f"{ROLES}/watcher")

    assert await people.reason(fixed) == (409, "BUILT_IN")
    assert await people.reason(wrong) == (400, "INVALID_ARGUMENT")
    assert await people.reason(used) == (409, "IN_USE")
    assert used.json()["facts"]["blockers"] == "users/willa"


async def test_the_built_in_roles_come_from_the_contracts(admin: Any) -> None:
    roles = (await admin.client.get(ROLES)).json()["roles"]
    known = {each["name"]: set(each["permissions"]) for each in roles if each["builtIn"]}

    assert set(known) == {
        "roles/administrator",
        "roles/operator",
        "roles/vm-user",
        "roles/network-admin",
        "roles/auditor",
        "roles/read-only",
    }
    assert known["roles/administrator"] == {"*"}
    assert "vm.start" in known["roles/vm-user"]
    assert "network.update" in known["roles/network-admin"]
    assert "audit.read" in known["roles/auditor"] - known["roles/read-only"]
    assert all(each.endswith(".read") for each in known["roles/read-only"])
    assert "user.create" not in known["roles/operator"]


async def test_signing_out_ends_the_cookie_and_its_tokens(
    site: Any, admin: Any, people: Any
) -> None:
    browser = await people.new_user(admin, "otto", "roles/operator")
    cookie = dict(browser.client.cookies)
    async with site.http(key=browser.token) as program:
        assert (await program.get("/api/v1/clusters/a")).status_code == 200
        assert (await browser.send("POST", "/api/v1/auth/logout", json={})).status_code == 204
        dead = await program.get("/api/v1/clusters/a")
    replayed = await browser.client.get("/api/v1/clusters/a", cookies=cookie)

    assert await people.reason(dead) == (401, "ACCESS_TOKEN_INVALID")
    assert await people.reason(replayed) == (401, "SESSION_ENDED")
    await browser.client.aclose()


async def test_the_audit_trail_names_who_did_what(admin: Any, people: Any) -> None:
    rpc = "/quantix.console.v1.UserService/CreateUser"
    body = {"userId": "audited", "user": {}, "password": people.GOOD}
    made = await admin.send("POST", rpc, json=body, headers={"x-request-id": "audit-1"})
    assert made.status_code == 200, made.text
    await admin.client.get("/api/v1/clusters/a")
    async with asyncio.timeout(10):
        while True:
            found = await admin.client.get("/api/v1/audit-records?object=users/audited")
            if records := found.json()["auditRecords"]:
                break
            await asyncio.sleep(0.1)

    (record,) = records
    assert (record["actor"], record["method"], record["code"]) == ("user:admin", rpc, "OK")
    assert (record["address"], record["requestId"]) == ("127.0.0.1", "audit-1")
    assert people.GOOD not in found.text
    reads = await admin.client.get("/api/v1/audit-records?code=OK&methodPrefix=/quantix.cluster.v1")
    assert not [each for each in reads.json()["auditRecords"] if "GetCluster" in each["method"]]
