"""GEN-21: hostile names and texts against every create: refused with a reason, or kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.mesh.door import Answer, new_request_id, pretty
from tests.mesh.site import Site
from tests.mesh.test_walk import EXAMPLES, PUBLIC

CREATES = sorted(
    rpc.path for rpc in PUBLIC if rpc.method.name.startswith("Create") and rpc.path in EXAMPLES
)
TEXTS = (
    "'; DROP TABLE images; --",
    '"><script>alert(1)</script>',
    "]]></name><devices><disk type='file'/></devices><name>",
    "$(reboot) `reboot` ${HOME} && reboot; | reboot",
    "../../../../etc/passwd",
    '" || ip4 || outport == "x',
    "%s%n%x {0.__class__} {{7*7}} ${jndi:ldap://x}",
    "a\r\nSet-Cookie: x=y\r\n\r\nb",
    "\u202egnp.exe \ufeff \u0000\u0001\u001b[2J",
    "𝕌𝕟𝕚𝕔𝕠𝕕𝕖 ß İ ﷽ 👩‍👩‍👧‍👦 e\u0301",
    "x" * 129,
    " ",
)
IDS = ("../x", "a/b", "a b", "A", "-a", "a-", "uploads", "a\0b", "a%2fb", "x" * 64, "a\n", "ä")
WRONG = {"invalid_argument", "already_exists", "resource_exhausted"}


def _fields(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Where a create takes free text: (resource, field)."""
    resource = next((key for key, value in body.items() if isinstance(value, dict)), "")
    return [(resource, field) for field in ("displayName", "description")] if resource else []


def _id_field(body: Mapping[str, Any]) -> str:
    return next((key for key in body if key.endswith("Id")), "")


def _fresh(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with an id of its own, so that nothing collides."""
    return {**body, _id_field(body): f"hostile-{new_request_id()[:8]}"}


def _ok_or_refused(answer: Answer, what: str) -> None:
    assert answer.code == "ok" or answer.code in WRONG, (what, pretty(answer))
    assert answer.code == "ok" or answer.reason, (what, pretty(answer))


@pytest.mark.parametrize("path", CREATES)
def test_gen_21_free_text_is_kept_as_it_is_or_refused(site: Site, path: str) -> None:
    make: Callable[[Site], Mapping[str, Any]] = EXAMPLES[path]
    body = make(site)
    for resource, field in _fields(body):
        for text in TEXTS:
            asked = {**_fresh(body), resource: {**body[resource], field: text}}
            if field != "description" and "displayName" in body[resource]:
                asked[resource]["displayName"] = text
            answer = site.door.connect(path, {**asked, "validateOnly": True})
            if answer.reason == "UNKNOWN_FIELD":
                answer = site.door.connect(path, asked)
            _ok_or_refused(answer, f"{field}={text!r}")
            told = answer.body.get(field)
            assert answer.code != "ok" or told in (None, text), (field, text, told)


@pytest.mark.parametrize("path", CREATES)
def test_gen_21_hostile_ids_are_refused(site: Site, path: str) -> None:
    body = EXAMPLES[path](site)
    field = _id_field(body)
    if not field:
        pytest.skip("it takes no id")
    for hostile in IDS:
        answer = site.door.connect(path, {**body, field: hostile})
        assert answer.code == "invalid_argument", (hostile, pretty(answer))


@pytest.mark.parametrize("path", CREATES)
def test_gen_21_hostile_labels_are_kept_or_refused(site: Site, path: str) -> None:
    body = EXAMPLES[path](site)
    resource = next((key for key, value in body.items() if isinstance(value, dict)), "")
    for text in TEXTS:
        labels = {text[:60]: text[:200]}
        asked = {**_fresh(body), resource: {**body[resource], "labels": labels}}
        answer = site.door.connect(path, {**asked, "validateOnly": True})
        if answer.reason == "UNKNOWN_FIELD":
            return
        _ok_or_refused(answer, repr(text))


def test_gen_21_what_was_kept_reads_back_everywhere_as_data(site: Site) -> None:
    name, text = f"hostile-{new_request_id()[:8]}", TEXTS[1]
    body = {"id": name, "displayName": f"{text} {name}", "description": TEXTS[3]}
    made = site.door.rest("POST", "/api/v1/clusters", json=body)
    assert made.status_code == 201, made.text
    listed = site.door.rest("GET", "/api/v1/clusters", params={"query": text})
    events = site.door.rest("GET", f"/api/v1/clusters/{name}/events")
    site.door.rest("DELETE", f"/api/v1/clusters/{name}")

    assert made.json()["description"] == TEXTS[3]
    assert [each["name"] for each in listed.json().get("clusters", [])] == [f"clusters/{name}"]
    for answer in (made, listed, events):
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers.get("x-content-type-options") == "nosniff"
