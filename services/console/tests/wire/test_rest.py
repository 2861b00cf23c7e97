"""REST through the door to a real service behind it."""

import asyncio
import json
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = "0b6f3a52-5a5c-4c5d-9d0e-0a1b2c3d4e5f"


async def test_a_created_resource_is_answered_with_201(site: Any) -> None:
    async with site.http() as client:
        reply = await client.post(
            "/api/v1/clusters",
            json={"id": "prod", "displayName": "Production"},
            headers={"idempotency-key": KEY, "x-request-id": "abc"},
        )

    assert reply.status_code == 201
    body = reply.json()
    assert (body["name"], body["displayName"]) == ("clusters/prod", "Production")
    assert body["generation"] == "1"
    assert body["labels"] == {}
    assert reply.headers["x-request-id"] == "abc"
    request, ctx = site.clusters.asked[-1]
    assert request.request_id == KEY
    assert ctx.caller.subject == "apikey:bootstrap"
    assert ctx.caller.permissions == {"*"}
    assert ctx.peer_spiffe == "spiffe://quantix/service/console"


async def test_64_bit_numbers_are_text_and_names_are_utf_8(site: Any) -> None:
    async with site.http() as client:
        body = (await client.get("/api/v1/clusters/a")).json()

    assert body["generation"] == str(2**60)
    assert body["displayName"] == "é"


async def test_a_patch_carries_mask_and_etag(site: Any) -> None:
    async with site.http() as client:
        reply = await client.patch(
            "/api/v1/clusters/a", json={"description": ""}, headers={"if-match": '"5"'}
        )

    assert reply.status_code == 200
    request, _ = site.clusters.asked[-1]
    assert list(request.update_mask.paths) == ["description"]
    assert request.cluster.etag == "5"


async def test_a_delete_is_answered_with_204(site: Any) -> None:
    async with site.http() as client:
        reply = await client.delete("/api/v1/clusters/a")

    assert (reply.status_code, reply.content) == (204, b"")


async def refused(site: Any, method: str, path: str, **more: Any) -> tuple[int, dict[str, Any]]:
    async with site.http() as client:
        reply = await client.request(method, path, **more)
    return reply.status_code, reply.json()


async def test_errors_are_told_whole(site: Any) -> None:
    status, body = await refused(site, "GET", "/api/v1/clusters/missing")

    assert status == 404
    assert body == {
        "code": "NOT_FOUND",
        "reason": "NOT_FOUND",
        "message": "There is no cluster clusters/missing.",
        "fields": [],
        "facts": {"noun": "cluster", "name": "clusters/missing"},
    }


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "reason"),
    [
        ("PATCH", "/api/v1/clusters/a", {"json": {"etag": "stale"}}, 409, "ETAG_MISMATCH"),
        ("POST", "/api/v1/clusters", {"json": {"nope": 1}}, 400, "UNKNOWN_FIELD"),
        ("POST", "/api/v1/clusters", {"content": b"{"}, 400, "MALFORMED"),
        ("POST", "/api/v1/clusters", {"json": {"displayName": ""}}, 400, "INVALID_ARGUMENT"),
        ("GET", "/api/v1/clusters/a/usage", {}, 409, "REFUSED"),
        ("GET", "/api/v1/clusters/crash", {}, 500, "INTERNAL"),
        ("GET", "/api/v1/vms", {}, 503, "SERVICE_UNAVAILABLE"),
        ("GET", "/api/v1/nope", {}, 404, "ROUTE_UNKNOWN"),
        ("PATCH", "/api/v1/clusters", {}, 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/api/v1/clusters", {"content": b"x" * 9_000_000}, 413, "BODY_TOO_LONG"),
    ],
)
async def test_each_error_has_its_status(
    site: Any, method: str, path: str, more: dict[str, Any], status: int, reason: str
) -> None:
    assert (await refused(site, method, path, **more))[0] == status
    assert (await refused(site, method, path, **more))[1]["reason"] == reason


async def test_a_wait_is_told_where_waiting_helps(site: Any) -> None:
    async with site.http() as client:
        reply = await client.get("/api/v1/vms")

    assert reply.headers["retry-after"] == "2"
    assert reply.json()["retryAfter"] == "2s"
    assert reply.json()["facts"] == {"service": "vm"}


async def test_a_crash_does_not_tell_its_cause(site: Any) -> None:
    _, body = await refused(site, "GET", "/api/v1/clusters/crash")

    assert "secret" not in json.dumps(body)
    assert body["facts"]["error_id"]


@pytest.mark.parametrize(
    "path",
    ["/api/v1/clusters", "/api/v1/nope", "/api/v1/openapi.json", "/api/v1/images/uploads/x"],
)
async def test_nothing_is_told_without_a_key(site: Any, path: str) -> None:
    async with site.http(key=None) as client:
        reply = await client.get(path)

    assert reply.status_code == 401
    assert reply.json()["reason"] == "KEY_MISSING"
    assert reply.headers["www-authenticate"] == "Bearer"


async def test_a_wrong_key_is_refused(site: Any) -> None:
    async with site.http(key=site.key[:-4] + "0000") as client:
        reply = await client.get("/api/v1/clusters")

    assert (reply.status_code, reply.json()["reason"]) == (401, "KEY_INVALID")


async def test_health_is_open_and_metrics_are_not_public(site: Any) -> None:
    async with site.http(key=None) as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).json() == {"ready": True, "away": []}
        assert (await client.get("/metrics")).status_code == 404


async def test_a_watch_is_lines_of_json(site: Any) -> None:
    async with site.http() as client:
        reply = await client.get("/api/v1/clusters:watch")

    assert reply.headers["content-type"] == "application/x-ndjson"
    told = [json.loads(line) for line in reply.text.splitlines()]
    assert [each["cluster"]["name"] for each in told] == [f"clusters/c{n}" for n in range(3)]


async def test_a_watch_is_server_sent_events_where_asked(site: Any) -> None:
    async with site.http() as client:
        reply = await client.get(
            "/api/v1/clusters:watch",
            headers={"accept": "text/event-stream", "last-event-id": "fail"},
        )

    events = reply.text.strip().split("\n\n")
    assert events[1].startswith("id: t1\ndata: {")
    assert events[3].startswith("event: error\ndata: ")
    assert '"reason": "ETAG_MISMATCH"' in events[3]
    assert site.clusters.asked[-1][0].resume_token == "fail"


async def test_a_watcher_that_leaves_ends_the_work_behind(site: Any) -> None:
    site.clusters.cancelled.clear()
    async with site.http() as client:
        request = client.stream("GET", "/api/v1/clusters:watch?resumeToken=wait")
        async with request as reply:
            await anext(reply.aiter_lines())
            await asyncio.wait_for(site.clusters.waiting.wait(), 5)

    await asyncio.wait_for(site.clusters.cancelled.wait(), 5)


async def test_a_caller_that_hangs_up_ends_the_work_behind(site: Any) -> None:
    site.clusters.cancelled.clear()
    async with site.http() as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get("/api/v1/clusters/slow", timeout=0.5)

    await asyncio.wait_for(site.clusters.cancelled.wait(), 5)


async def test_info_and_whoami(site: Any) -> None:
    async with site.http() as client:
        info = (await client.get("/api/v1/info")).json()
        caller = (await client.get("/api/v1/whoami")).json()

    assert info["site"] == "quantix"
    assert {each["service"]: each["copyCount"] for each in info["services"]}["cluster"] == 1
    assert caller == {"subject": "apikey:bootstrap", "permissions": ["*"]}


class TestUploads:
    async def test_bytes_pass_through_with_an_assertion_and_without_the_key(
        self, site: Any
    ) -> None:
        async def megabytes() -> Any:
            for _ in range(64):
                yield b"x" * 1_000_000

        async with site.http() as client:
            reply = await client.patch(
                "/api/v1/images/uploads/abc",
                content=megabytes(),
                headers={"upload-offset": "0", "content-length": "64000000"},
            )

        assert reply.json() == {
            "size": 64_000_000,
            "assertion": True,
            "key": False,
            "offset": "0",
            "path": "/api/v1/images/uploads/abc",
        }
        assert reply.headers["tus-resumable"] == "1.0.0"

    async def test_downloads_stream_back(self, site: Any) -> None:
        async with site.http() as client:
            reply = await client.get("/api/v1/images/debian/content")

        assert len(reply.content) == 1_000_000


class TestOperations:
    async def test_the_owner_is_found_in_the_name(self, site: Any) -> None:
        async with site.http() as client:
            found = (await client.get(f"/api/v1/operations/image-{KEY}")).json()
            nobody = await client.get(f"/api/v1/operations/nobody-{KEY}")

        assert found["name"] == f"operations/image-{KEY}"
        assert found["requester"] == "apikey:bootstrap"
        assert nobody.status_code == 404

    async def test_the_lists_are_joined_newest_first(self, site: Any) -> None:
        names: list[str] = []
        token = ""
        async with site.http() as client:
            for _ in range(9):
                params = {"pageSize": "2", "pageToken": token}
                page = (await client.get("/api/v1/operations", params=params)).json()
                names += [each["name"] for each in page["operations"]]
                token = page["nextPageToken"]
                if not token:
                    break

        expected = ["cluster-50", "image-40", "cluster-30", "image-20", "cluster-10"]
        assert names == [f"operations/{each}" for each in expected]

    async def test_a_foreign_token_is_refused(self, site: Any) -> None:
        status, body = await refused(site, "GET", "/api/v1/operations?pageToken=zzz")

        assert status == 400
        assert body["fields"][0]["field"] == "page_token"


async def test_events_of_all_services_come_in_one_stream(site: Any) -> None:
    got: set[str] = set()
    token = ""
    async with site.http() as client, client.stream("GET", "/api/v1/events:watch") as reply:
        async for line in reply.aiter_lines():
            item = json.loads(line)
            if item["kind"] == "WATCH_KIND_HEARTBEAT":
                continue
            got.add(item["event"]["id"])
            token = item["resumeToken"]
            if len(got) == 2:
                break

    assert got == {"cluster-1", "image-1"}
    async with site.http() as client:
        resumed = client.stream("GET", f"/api/v1/events:watch?resumeToken={token}")
        async with resumed as reply:
            assert reply.status_code == 200
            await anext(reply.aiter_lines())


async def test_the_short_watch_is_server_sent_events(site: Any) -> None:
    async with site.http() as client, client.stream("GET", "/api/v1/watch") as reply:
        lines = reply.aiter_lines()
        first = await anext(lines)

    assert reply.headers["content-type"] == "text/event-stream"
    assert first.startswith("data: ")


async def test_the_file_of_the_key_is_private(site: Any, tmp_path: Any) -> None:
    from qvdc_console.adapters.key_file import PrivateFile
    from qvdc_console.domain.api_key import new_key

    file = tmp_path / "k" / "key"
    PrivateFile(file).write(new_key(bytes(38)).text)

    assert file.stat().st_mode & 0o777 == 0o600


async def test_https_serves_the_same(site: Any) -> None:
    url = f"https://localhost:{site.secure.number}/api/v1/clusters/a"
    import ssl

    context = ssl.create_default_context(cafile=str(site.pki.ca_file))
    async with httpx.AsyncClient(verify=context) as client:
        reply = await client.get(url, headers={"x-api-key": site.key})

    assert reply.status_code == 200
