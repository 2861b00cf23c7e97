"""CL-8: the paths and statuses of clusters over REST, exactly; JSON in both spellings (IF-1)."""

from __future__ import annotations

from typing import Any

from tests.mesh.door import new_request_id
from tests.mesh.site import Site, until

CLUSTERS = "/api/v1/clusters"


def test_cl_8_the_life_of_a_cluster_over_rest(site: Site) -> None:
    rest, name = site.door.rest, f"rest-{new_request_id()[:8]}"
    body = {
        "id": name,
        "displayName": name,
        "description": "made over REST",
        "ha": {"enabled": True, "admission": {"failover_capacity": 2}},
        "drs": {"enabled": True},
    }

    made = rest("POST", CLUSTERS, json=body)
    assert made.status_code == 201, made.text
    assert made.json()["name"] == f"clusters/{name}"
    assert made.json()["ha"]["enabled"] is True

    listed = rest("GET", CLUSTERS, params={"page_size": "1000"})
    assert listed.status_code == 200
    assert name in listed.text

    changed = rest("PUT", f"{CLUSTERS}/{name}", json={"description": "changed"})
    assert changed.status_code == 200, changed.text
    assert changed.json()["description"] == "changed"
    assert changed.json()["ha"] == made.json()["ha"], "PUT changes the fields present"
    patched = rest("PATCH", f"{CLUSTERS}/{name}", json={"ha": {"stormPercent": 40}})
    assert patched.json()["ha"] == {**made.json()["ha"], "stormPercent": 40}
    read = rest("GET", f"{CLUSTERS}/{name}")
    assert (read.status_code, read.json()["etag"]) == (200, patched.json()["etag"])

    _nodes_come_and_go(site, name)
    for more in ("nodes", "vms", "usage", "events"):
        answer = rest("GET", f"{CLUSTERS}/{name}/{more}")
        assert answer.status_code == 200, (more, answer.text)

    gone = rest("DELETE", f"{CLUSTERS}/{name}")
    assert (gone.status_code, gone.content) == (204, b"")
    missing = rest("GET", f"{CLUSTERS}/{name}")
    assert (missing.status_code, missing.json()["reason"]) == (404, "NOT_FOUND")


def _nodes_come_and_go(site: Site, cluster: str) -> None:
    node = site.join_host(f"rest-{new_request_id()[:8]}").removeprefix("nodes/")
    available = "/quantix.cluster.v1.ClusterService/ListAvailableNodes"
    until(lambda: node in str(site.door.must(available, {})), 60.0)

    added = site.door.rest("POST", f"{CLUSTERS}/{cluster}/nodes/{node}")
    again = site.door.rest("POST", f"{CLUSTERS}/{cluster}/nodes/{node}")
    full = site.door.rest("DELETE", f"{CLUSTERS}/{cluster}")
    removed = site.door.rest("DELETE", f"{CLUSTERS}/{cluster}/nodes/{node}")
    absent = site.door.rest("DELETE", f"{CLUSTERS}/{cluster}/nodes/{node}")

    for answer in (added, again, removed):
        assert answer.status_code == 200, answer.text
        assert answer.json()["name"] == f"clusters/{cluster}"
    assert (full.status_code, full.json()["reason"]) == (409, "CLUSTER_NOT_EMPTY")
    assert (absent.status_code, absent.json()["reason"]) == (409, "NODE_NOT_MEMBER")


def test_if_1_both_spellings_are_read_and_one_is_written(site: Site) -> None:
    name = f"rest-{new_request_id()[:8]}"
    body: dict[str, Any] = {"id": name, "display_name": name, "ha": {"storm_percent": 20}}

    made = site.door.rest("POST", CLUSTERS, json=body)
    both = site.door.rest("POST", CLUSTERS, json={**body, "id": "x", "displayName": "y"})
    site.door.rest("DELETE", f"{CLUSTERS}/{name}")

    assert made.status_code == 201, made.text
    assert (made.json()["displayName"], made.json()["ha"]["stormPercent"]) == (name, 20)
    assert "display_name" not in made.json()
    assert both.status_code == 400
