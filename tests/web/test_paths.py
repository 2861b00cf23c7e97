"""The main paths of the web console, in a real browser against every real service."""

from __future__ import annotations

import os
import re
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.mesh.site import Site

pytestmark = pytest.mark.web


def next_step(page: Page) -> None:
    page.get_by_role("button", name="Next", exact=True).click()


def fresh(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:6]}"


def test_a_cluster_is_made_by_the_wizard_with_a_free_host(page: Page, site: Site) -> None:
    name = fresh("made")
    page.goto("/clusters")
    page.get_by_role("link", name="Create cluster").first.click()
    page.get_by_label("Name").fill(name)
    expect(page.get_by_label("Id")).to_have_value(name)
    next_step(page)
    page.get_by_role("checkbox", name=re.compile("walked")).check()
    next_step(page)
    page.locator("label", has_text="High availability").click()
    page.get_by_label("Detection (s)").fill("5")
    expect(page.get_by_text("Must be 6 to 60 s.")).to_be_visible()
    page.get_by_label("Detection (s)").fill("12")
    next_step(page)
    next_step(page)
    expect(page.get_by_text("The site checked this")).to_be_visible()
    page.get_by_role("button", name="Create cluster").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    made = site.door.must(
        "/quantix.cluster.v1.ClusterService/GetCluster", {"name": f"clusters/{name}"}
    )
    assert made["ha"]["enabled"] is True
    assert made["ha"]["detectionSeconds"] == 12
    assert made["nodes"] == [site.node]
    page.get_by_role("tab", name="Hosts").click()
    page.get_by_role("button", name="Verbs of walked").click()
    page.get_by_role("menuitem", name="Remove from cluster").click()
    page.get_by_role("button", name="Remove host").click()
    expect(page.get_by_text("No host belongs to this cluster")).to_be_visible()


def test_an_id_that_is_taken_is_refused_with_its_reason_before_creation(
    page: Page, site: Site
) -> None:
    name = fresh("taken")
    site.door.must(
        "/quantix.cluster.v1.ClusterService/CreateCluster", {"clusterId": name, "cluster": {}}
    )
    page.goto("/clusters/create")
    page.get_by_label("Id").fill(name)
    for _ in range(4):
        next_step(page)
    expect(page.get_by_role("alert")).to_contain_text("CLUSTER_NAME_TAKEN")
    expect(page.get_by_role("button", name="Create cluster")).to_be_disabled()


def test_a_network_is_reviewed_with_the_servers_plan_and_made(page: Page, site: Site) -> None:
    name = fresh("blue")
    page.goto("/networks/create")
    page.get_by_label("Name").fill(name)
    next_step(page)
    page.get_by_label("IPv4 range").fill(f"10.{os.getpid() % 200 + 20}.7.0/24")
    next_step(page)
    next_step(page)
    plan = page.get_by_role("grid", name="What will be made")
    expect(plan.get_by_text("logical switch", exact=False).first).to_be_visible()
    page.get_by_role("button", name="Create network").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    page.goto("/networks")
    expect(page.get_by_role("row", name=re.compile(name))).to_be_visible()


def test_an_image_is_uploaded_and_becomes_ready(page: Page, tmp_path: Path) -> None:
    name = fresh("disk")
    file = tmp_path / f"{name}.img"
    file.write_bytes(bytes(8 << 20))
    page.goto("/storage/images")
    page.get_by_role("button", name="Upload image").first.click()
    page.get_by_label("Image file").set_input_files(file)
    expect(page.get_by_label("Id", exact=False).first).to_have_value(name)
    page.get_by_role("dialog").get_by_role("button", name="Upload image").click()
    row = page.get_by_role("row", name=re.compile(name))
    expect(row).to_contain_text("Ready", timeout=40_000)


def test_what_another_client_changes_shows_without_a_reload(page: Page, site: Site) -> None:
    name = fresh("live")
    page.goto("/clusters")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.evaluate("window.unchanged = true")
    site.door.must(
        "/quantix.cluster.v1.ClusterService/CreateCluster",
        {"clusterId": name, "cluster": {"displayName": name}},
    )
    card = page.get_by_role("link", name=name)
    expect(card).to_be_visible(timeout=3_000)
    site.door.must(
        "/quantix.cluster.v1.ClusterService/UpdateCluster",
        {
            "cluster": {"name": f"clusters/{name}", "displayName": f"{name} renamed"},
            "updateMask": "displayName",
        },
    )
    expect(page.get_by_role("link", name=f"{name} renamed")).to_be_visible(timeout=3_000)
    site.door.must("/quantix.cluster.v1.ClusterService/DeleteCluster", {"name": f"clusters/{name}"})
    expect(card).to_have_count(0, timeout=3_000)
    assert page.evaluate("window.unchanged") is True


def test_a_lost_connection_is_told_and_mended(page: Page) -> None:
    page.goto("/clusters")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text("Connection lost")).to_be_visible(timeout=60_000)
    page.context.set_offline(False)
    expect(page.get_by_text("Live", exact=True)).to_be_visible(timeout=30_000)


def test_the_files_are_guarded_and_kept(page: Page, site: Site) -> None:
    answer = page.request.get(f"{site.url}/clusters/any")
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    script = re.search(r'src="(/assets/[^"]+)"', answer.text())
    assert script is not None
    kept = page.request.get(site.url + script.group(1)).headers["cache-control"]
    assert "immutable" in kept
