from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict

from qvdc_console.api.public import owner_of, public_files, public_methods, public_services
from qvdc_console.api.rest.request import RestRequest, to_message
from qvdc_console.api.rest.routes import Routes
from qvdc_console.domain.refusals import MethodNotAllowed, RouteUnknown
from qvdc_core.errors import InvalidField, Refusal, UnknownField
from qvdc_rpc.access import PUBLIC_PACKAGES, access_of
from qvdc_rpc.unknown import Malformed

ROUTES = Routes(public_methods().values())


def read(
    verb: str, path: str, *, body: str = "", query: str = "", **headers: str
) -> tuple[str, dict[str, Any]]:
    match = ROUTES.find(verb, path)
    spelled = {key.replace("_", "-"): value for key, value in headers.items()}
    message = to_message(match, RestRequest(query, spelled, body.encode()))
    return match.route.method.name, MessageToDict(message, preserving_proto_field_name=True)


def test_every_public_rpc_has_a_rest_route_and_a_permission() -> None:
    routed = {route.method.full_name for route in ROUTES.all}
    missing = {each.full_name for each in public_methods().values()} - routed

    assert missing == set()
    assert all(access_of(method).permission for method in public_methods().values())


def test_only_public_packages_are_routed() -> None:
    assert {file.package for file in public_files()} == PUBLIC_PACKAGES
    assert not [name for name in public_services() if ".host." in name or ".agent." in name]
    owners = {owner_of(method) for method in public_methods().values()}
    assert owners == {"cluster", "node", "image", "network", "vm", "console"}


def test_a_create_takes_the_resource_with_its_id_beside_it() -> None:
    name, message = read(
        "POST",
        "/api/v1/clusters",
        body='{"id": "prod", "displayName": "Production", "validateOnly": true,'
        ' "initialNodes": ["nodes/a"]}',
    )

    assert name == "CreateCluster"
    assert message == {
        "cluster_id": "prod",
        "cluster": {"display_name": "Production"},
        "validate_only": True,
        "initial_nodes": ["nodes/a"],
    }


def test_both_spellings_are_accepted() -> None:
    camel = read("POST", "/api/v1/clusters", body='{"displayName": "x"}')
    snake = read("POST", "/api/v1/clusters", body='{"display_name": "x"}')

    assert camel == snake


def test_a_patch_is_masked_by_the_keys_present() -> None:
    name, message = read(
        "PATCH",
        "/api/v1/clusters/prod",
        body='{"displayName": null, "ha": {"enabled": true, "admission": {"policy": "POLICY_OFF"}},'
        ' "labels": {"a": "b"}, "drs": {}, "etag": "7", "uid": "x", "storagePools": []}',
    )

    assert name == "UpdateCluster"
    paths = ["displayName", "drs", "ha.admission.policy", "ha.enabled", "labels", "storagePools"]
    assert sorted(message.pop("update_mask").split(",")) == paths
    assert message["cluster"]["name"] == "clusters/prod"
    assert message["cluster"]["etag"] == "7"
    assert "display_name" not in message["cluster"]


def test_put_equals_patch() -> None:
    body = '{"description": "d"}'

    patch = read("PATCH", "/api/v1/clusters/a", body=body)

    assert patch == read("PUT", "/api/v1/clusters/a", body=body)
    assert patch[1]["update_mask"] == "description"


@pytest.mark.parametrize("spelling", ["displayName", "display_name"])
def test_a_mask_that_is_given_wins(spelling: str) -> None:
    _, message = read(
        "PATCH",
        "/api/v1/clusters/a",
        body='{"description": "d"}',
        query=f"updateMask={spelling}",
    )

    assert message["update_mask"] == "displayName"


def test_headers_become_fields() -> None:
    key = "0b6f3a52-5a5c-4c5d-9d0e-0a1b2c3d4e5f"
    _, deleting = read("DELETE", "/api/v1/clusters/a", idempotency_key=key, if_match='W/"17"')
    _, patching = read("PATCH", "/api/v1/clusters/a", body="{}", if_match='"18"')
    _, watching = read("GET", "/api/v1/clusters:watch", last_event_id="tok")

    assert deleting == {"name": "clusters/a", "request_id": key, "etag": "17"}
    assert patching["cluster"] == {"name": "clusters/a", "etag": "18"}
    assert watching["resume_token"] == "tok"


def test_queries_are_read_by_type() -> None:
    _, operations = read(
        "GET", "/api/v1/operations", query="pageSize=5&states=STATE_RUNNING&states=5"
    )
    _, waiting = read(
        "GET", "/api/v1/operations/vm-0b6f3a52-5a5c-4c5d-9d0e-0a1b2c3d4e5f:wait", query="timeout=5s"
    )

    assert operations == {"page_size": 5, "states": ["STATE_RUNNING", "STATE_FAILED"]}
    assert waiting["timeout"] == "5s"


def test_verbs_take_the_whole_body() -> None:
    name, message = read("POST", "/api/v1/vms/web:start", body='{"etag": "3"}')

    assert name == "StartVirtualMachine"
    assert message == {"name": "vms/web", "etag": "3"}


@pytest.mark.parametrize(
    ("verb", "path", "body", "query", "expected"),
    [
        ("POST", "/api/v1/clusters", '{"nope": 1}', "", UnknownField),
        ("POST", "/api/v1/clusters", '{"ha": {"nope": 1}}', "", UnknownField),
        ("GET", "/api/v1/clusters", "", "nope=1", UnknownField),
        ("GET", "/api/v1/clusters", "", "pageSize=many", Malformed),
        ("PATCH", "/api/v1/clusters/a", '{"ha": {"nope": null}}', "", UnknownField),
        ("PATCH", "/api/v1/clusters/a", '{"name": "clusters/b"}', "", InvalidField),
        ("POST", "/api/v1/clusters", "{", "", Malformed),
        ("POST", "/api/v1/clusters", "[]", "", Malformed),
        ("POST", "/api/v1/clusters", '{"a": 1, "a": 2}', "", Malformed),
        ("POST", "/api/v1/clusters", '{"displayName": 5}', "", Malformed),
        ("GET", "/api/v1/clusters/a", '{"x": 1}', "", Malformed),
        ("GET", "/api/v1/nothing", "", "", RouteUnknown),
        ("POST", "/api/v1/clusters/a", "{}", "", MethodNotAllowed),
    ],
)
def test_what_does_not_fit_is_refused(
    verb: str, path: str, body: str, query: str, expected: type[Refusal]
) -> None:
    with pytest.raises(expected):
        read(verb, path, body=body, query=query)


def test_hostile_text_stays_text() -> None:
    _, message = read(
        "POST", "/api/v1/clusters", body='{"displayName": "\\u0000<script>\\ud83d\\ude00"}'
    )

    assert message["cluster"]["display_name"] == "\0<script>😀"
