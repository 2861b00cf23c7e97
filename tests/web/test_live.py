"""Pages that change by themselves, tell a lost connection, and are guarded."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from tests.web.site import LabSite
from tests.web.steps import fresh, next_step

pytestmark = [pytest.mark.web, pytest.mark.lab]

CLUSTERS = "quantix.cluster.v1.ClusterService"


def test_what_another_client_changes_shows_without_a_reload(page: Page, site: LabSite) -> None:
    name = fresh("live")
    page.goto("/clusters")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.evaluate("window.unchanged = true")
    site.must(f"{CLUSTERS}/CreateCluster", {"clusterId": name, "cluster": {"displayName": name}})
    card = page.get_by_role("link", name=name)
    expect(card).to_be_visible()
    site.must(
        f"{CLUSTERS}/UpdateCluster",
        {
            "cluster": {"name": f"clusters/{name}", "displayName": f"{name} renamed"},
            "updateMask": "displayName",
        },
    )
    expect(page.get_by_role("link", name=f"{name} renamed")).to_be_visible()
    site.must(f"{CLUSTERS}/DeleteCluster", {"name": f"clusters/{name}"})
    expect(card).to_have_count(0)
    assert page.evaluate("window.unchanged") is True


def test_a_lost_connection_is_told_and_mended(page: Page) -> None:
    page.goto("/clusters")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text("Connection lost")).to_be_visible(timeout=60_000)
    page.context.set_offline(False)
    expect(page.get_by_text("Live", exact=True)).to_be_visible(timeout=60_000)


def test_an_id_that_is_taken_is_refused_with_its_reason_before_creation(
    page: Page, site: LabSite
) -> None:
    name = fresh("taken")
    site.must(f"{CLUSTERS}/CreateCluster", {"clusterId": name, "cluster": {}})
    page.goto("/clusters/create")
    page.get_by_label("Id").fill(name)
    for _ in range(4):
        next_step(page)
    refused = page.get_by_role("alert")
    expect(refused).to_contain_text("CLUSTER_NAME_TAKEN")
    expect(refused).to_contain_text("Choose another")
    expect(page.get_by_role("button", name="Create cluster")).to_be_disabled()
    site.must(f"{CLUSTERS}/DeleteCluster", {"name": f"clusters/{name}"})


def test_the_wizard_asks_before_it_throws_input_away(page: Page) -> None:
    page.goto("/clusters/create")
    page.get_by_label("Name").fill("not yet")
    page.keyboard.press("Escape")
    page.get_by_role("dialog").get_by_role("button", name="Stay").click()
    expect(page.get_by_label("Name")).to_have_value("not yet")
    page.keyboard.press("Escape")
    page.get_by_role("dialog").get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="Clusters", level=1)).to_be_visible()


def test_slash_searches_and_the_keyboard_goes_there(page: Page, site: LabSite) -> None:
    page.goto("/events")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("h2")
    found = page.get_by_role("menuitem", name=re.compile("^h2"))
    expect(found).to_be_visible()
    found.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="h2", level=1)).to_be_visible()


def test_the_files_are_guarded_and_kept(page: Page, site: LabSite) -> None:
    answer = page.request.get(f"{site.url}/clusters/any")
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    script = re.search(r'src="(/assets/[^"]+)"', answer.text())
    assert script is not None
    kept = page.request.get(site.url + script.group(1)).headers["cache-control"]
    assert "immutable" in kept
