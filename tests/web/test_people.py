"""Accounts, keys, users, and what those may see who may little."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.web.site import LabSite
from tests.web.steps import (
    choose_verb,
    confirm,
    fill_new_password,
    fill_sign_in,
    fresh,
    type_and_confirm,
)

pytestmark = [pytest.mark.web, pytest.mark.lab]

GIVEN, CHOSEN = "a given secret 123", "a chosen secret 456"


def test_a_key_is_made_used_and_revoked(page: Page, site: LabSite) -> None:
    name = fresh("ci")
    page.goto("/account")
    page.get_by_role("button", name="Create key").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("May at most").select_option("roles/read-only")
    dialog.get_by_role("button", name="Create key").click()
    secret = dialog.get_by_role("button", name=re.compile("Copy secret")).text_content() or ""
    dialog.get_by_role("button", name="Close").last.click()
    expect(page.get_by_role("row", name=re.compile(name))).to_contain_text("read-only")
    assert _status(site, secret.strip()) == 200
    choose_verb(page, name, "Revoke")
    confirm(page, "Revoke key")
    expect(page.get_by_role("row", name=re.compile(name))).to_have_count(0)


def test_a_user_is_made_who_sees_only_what_they_may(
    page: Page, new_page: Callable[..., Page]
) -> None:
    name = fresh("reader")
    page.goto("/admin/users")
    page.get_by_role("button", name="Create user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("First password").fill(GIVEN)
    dialog.get_by_role("checkbox", name=re.compile("Read-only", re.IGNORECASE)).check()
    dialog.get_by_role("button", name="Create user").click()
    expect(page.get_by_role("row", name=re.compile(name))).to_contain_text("Must change password")

    reader = new_page()
    reader.goto("/clusters")
    fill_sign_in(reader, name, GIVEN)
    fill_new_password(reader, GIVEN, CHOSEN)
    expect(reader.get_by_role("heading", name="Clusters", level=1)).to_be_visible()
    expect(reader.get_by_role("link", name="Create cluster")).to_have_count(0)
    pages = reader.get_by_role("navigation", name="Pages")
    expect(pages.get_by_role("link", name="Hosts")).to_be_visible()
    expect(pages.get_by_role("link", name="Users")).to_have_count(0)
    reader.goto("/hosts")
    reader.get_by_role("button", name="Verbs of h1").click()
    expect(reader.get_by_text("Your roles allow nothing here")).to_be_visible()
    reader.goto("/admin/users")
    expect(reader.get_by_text("PERMISSION_MISSING")).to_be_visible()
    expect(reader.get_by_text("Ask an administrator")).to_be_visible()

    choose_verb(page, name, "Delete")
    type_and_confirm(page, name, "Delete user")
    expect(page.get_by_role("row", name=re.compile(name))).to_have_count(0)


def test_the_audit_tells_what_was_done(page: Page, site: LabSite) -> None:
    name = fresh("audited")
    made = {"clusterId": name, "cluster": {}}
    site.must("quantix.cluster.v1.ClusterService/CreateCluster", made)
    site.must("quantix.cluster.v1.ClusterService/DeleteCluster", {"name": f"clusters/{name}"})
    page.goto(f"/admin/audit?q={name}")
    row = page.get_by_role("row", name=re.compile("DeleteCluster"))
    for _ in range(20):
        if row.count():
            break
        page.get_by_role("button", name="Read again").click()
        page.wait_for_timeout(500)
    expect(row).to_contain_text("Done")


def _status(site: LabSite, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.get(f"{site.url}/api/v1/clusters", headers=headers, timeout=20).status_code
