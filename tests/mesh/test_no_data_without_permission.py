"""No RPC, REST path, stream, upload or page data without a login or its permission (ID-1, ID-2).

Permission comes before anything is read of a request: bytes that no message has tell an allowed
call (UNKNOWN_FIELD) from a denied one, and change nothing either way.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, cast

import grpc
import grpc.aio
import httpx
import pytest
from google.api.annotations_pb2 import http
from tests.mesh.contracts import Rpc, all_rpcs
from tests.mesh.door import UNKNOWN_FIELD, _grpc_reason, new_request_id
from tests.mesh.site import Site

PUBLIC = [rpc for rpc in all_rpcs() if rpc.public]
SIGN_IN = "/quantix.console.v1.SessionService/SignIn"
ROLES = ("administrator", "operator", "vm-user", "network-admin", "auditor", "read-only")
EVERY_KEY = {"session.read", "session.createToken", "site.read"}
PLAIN_HTTP = (
    ("POST", "/api/v1/images/upload", "image.create"),
    ("POST", "/api/v1/images/uploads", "image.create"),
    ("PATCH", "/api/v1/images/uploads/00000000-0000-4000-8000-000000000000", "image.create"),
    ("HEAD", "/api/v1/images/uploads/00000000-0000-4000-8000-000000000000", "image.create"),
    ("DELETE", "/api/v1/images/uploads/00000000-0000-4000-8000-000000000000", "image.create"),
    ("GET", "/api/v1/images/none/content", "image.read"),
)
IDENTITY = {"user", "role", "apiKey", "audit", "session", "joinToken"}


def a_key(site: Site, role: str) -> str:
    """A key of the site with a role."""
    body = {"apiKeyId": f"walk-{new_request_id()[:8]}", "apiKey": {"role": f"roles/{role}"}}
    return str(site.door.must("/quantix.console.v1.ApiKeyService/CreateApiKey", body)["secret"])


async def _outcomes(site: Site, metadata: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """The reason with which each public RPC answers bytes that no message has."""
    credentials = grpc.ssl_channel_credentials(site.door._ca_pem)
    async with grpc.aio.secure_channel(site.door._grpc_address, credentials) as channel:
        calls = cast(Any, channel)
        busy = asyncio.Semaphore(8)

        async def outcome(rpc: Rpc) -> tuple[str, str]:
            kind = calls.unary_stream if rpc.method.server_streaming else calls.unary_unary
            async with busy:
                call = kind(rpc.path)(UNKNOWN_FIELD, metadata=metadata, timeout=60)
                try:
                    await (call.read() if rpc.method.server_streaming else call)
                except grpc.aio.AioRpcError as error:
                    return rpc.path, f"{error.code().name}/{_grpc_reason(error)}"
            return rpc.path, "OK"

        return dict(await asyncio.gather(*(outcome(rpc) for rpc in PUBLIC)))


def _may(held: set[str], wanted: str) -> bool:
    noun = wanted.partition(".")[0]
    return bool(held & {"*", wanted, f"{noun}.*"})


@pytest.mark.parametrize("metadata", [(), (("authorization", "Bearer qvdc_" + "0" * 77),)])
def test_id_1_no_rpc_answers_a_stranger(site: Site, metadata: tuple[tuple[str, str], ...]) -> None:
    outcomes = asyncio.run(_outcomes(site, metadata))

    answered = {
        path: outcome
        for path, outcome in outcomes.items()
        if not outcome.startswith("UNAUTHENTICATED/") and path != SIGN_IN
    }
    assert not answered


@pytest.mark.parametrize("role", ROLES)
def test_id_2_each_rpc_is_denied_to_each_role_as_the_table_says(site: Site, role: str) -> None:
    told = site.door.must("/quantix.console.v1.RoleService/GetRole", {"name": f"roles/{role}"})
    held = set(told["permissions"]) | EVERY_KEY
    metadata = (("authorization", f"Bearer {a_key(site, role)}"),)

    outcomes = asyncio.run(_outcomes(site, metadata))

    expected = {
        rpc.path: "INVALID_ARGUMENT/UNKNOWN_FIELD"
        if _may(held, rpc.access.permission)
        else "PERMISSION_DENIED/PERMISSION_MISSING"
        for rpc in PUBLIC
        if rpc.path != SIGN_IN
    }
    wrong = {
        path: (outcomes[path], want) for path, want in expected.items() if outcomes[path] != want
    }
    assert not wrong


def test_the_tables_of_the_built_in_roles_are_what_they_promise(site: Site) -> None:
    roles = {
        role: set(
            site.door.must("/quantix.console.v1.RoleService/GetRole", {"name": f"roles/{role}"})[
                "permissions"
            ]
        )
        for role in ROLES
    }

    assert roles["administrator"] == {"*"}
    assert all(each.endswith(".read") for each in roles["read-only"] | roles["auditor"])
    assert not {each.partition(".")[0] for each in roles["read-only"]} & IDENTITY
    assert not {each.partition(".")[0] for each in roles["operator"]} & IDENTITY
    assert "audit.read" in roles["auditor"]
    changing = {each for each in roles["network-admin"] if not each.endswith(".read")}
    assert {each.partition(".")[0] for each in changing} <= {"network", "port"}
    changing = {each for each in roles["vm-user"] if not each.endswith(".read")}
    assert {each.partition(".")[0] for each in changing} <= {"vm", "port", "operation", "placement"}


def _rest_paths(rpc: Rpc) -> list[tuple[str, str]]:
    rule = rpc.method.GetOptions().Extensions[cast(Any, http)]
    found = []
    for binding in (rule, *rule.additional_bindings):
        verb = binding.WhichOneof("pattern")
        path = re.sub(r"\{[a-z_.]+=([^}]+)\}", r"\1", getattr(binding, verb))
        found.append((verb.upper(), re.sub(r"\{[a-z_.]+\}|\*+", "x", path)))
    return found


def test_id_1_no_rest_path_upload_download_or_document_answers_a_stranger(site: Site) -> None:
    paths = [each for rpc in PUBLIC if rpc.path != SIGN_IN for each in _rest_paths(rpc)]
    paths += [(verb, path) for verb, path, _ in PLAIN_HTTP]
    paths += [("GET", "/api/v1/openapi.json"), ("GET", "/api/v1/no/such/thing")]
    with httpx.Client(base_url=site.url, timeout=60) as stranger:
        answered = {
            (verb, path): status
            for verb, path in paths
            if (status := stranger.request(verb, path).status_code) not in (401, 429)
        }
        page = stranger.get("/")

    assert not answered
    assert site.node.encode() not in page.content


def test_id_2_each_rest_path_is_denied_without_its_permission(site: Site) -> None:
    body = {"roleId": f"walk-{new_request_id()[:8]}", "role": {"permissions": ["joinToken.read"]}}
    role = site.door.must("/quantix.console.v1.RoleService/CreateRole", body)["name"]
    headers = {"authorization": f"Bearer {a_key(site, role.removeprefix('roles/'))}"}
    held = {"joinToken.read", *EVERY_KEY}
    wanted = [
        (verb, path, rpc.access.permission)
        for rpc in PUBLIC
        if rpc.path != SIGN_IN and not _may(held, rpc.access.permission)
        for verb, path in _rest_paths(rpc)
    ]
    answered = {}
    with httpx.Client(base_url=site.url, headers=headers, timeout=60) as caller:
        for verb, path, permission in [*wanted, *PLAIN_HTTP]:
            tus = {"tus-resumable": "1.0.0"} if "/uploads" in path else {}
            with caller.stream(verb, path, headers=tus) as reply:
                content = b"" if verb == "HEAD" else reply.read()
            denied = reply.status_code == 403 and (verb == "HEAD" or permission.encode() in content)
            if not denied:
                answered[verb, path] = (reply.status_code, content[:200])

    assert not answered


def test_a_refusal_for_who_calls_is_audited(site: Site) -> None:
    headers = {"authorization": f"Bearer {a_key(site, 'read-only')}", "x-request-id": "walk-denied"}
    with httpx.Client(base_url=site.url, headers=headers, timeout=60) as caller:
        assert caller.delete(f"/api/v1/{site.node}").status_code == 403
    found: list[Any] = []
    for _ in range(100):
        page = site.door.rest("GET", "/api/v1/audit-records?code=PERMISSION_DENIED").json()
        found = [each for each in page["auditRecords"] if each["requestId"] == "walk-denied"]
        if found:
            break
    assert (found[0]["object"], found[0]["reason"]) == (site.node, "PERMISSION_MISSING")
