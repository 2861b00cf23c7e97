"""Storage pools."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from tests.web.steps import fresh, type_and_confirm

pytestmark = [pytest.mark.web, pytest.mark.lab]


def test_a_pool_is_made_given_to_hosts_and_deleted(page: Page) -> None:
    name = fresh("fast")
    page.goto("/storage/pools")
    page.get_by_role("button", name="Create pool").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_role("checkbox", name=re.compile("h1")).check()
    dialog.get_by_role("button", name="Create pool").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    hosts = page.get_by_role("grid", name="Hosts of the pool")
    expect(hosts.get_by_role("row", name=re.compile("h1"))).to_contain_text(
        "Healthy", timeout=60_000
    )
    page.get_by_role("button", name="Give to hosts").click()
    dialog.get_by_role("checkbox", name=re.compile("h2")).check()
    dialog.get_by_role("button", name="Give to hosts").click()
    expect(hosts.get_by_role("row", name=re.compile("h2"))).to_contain_text(
        "Healthy", timeout=60_000
    )
    page.get_by_role("button", name="Verbs of the pool").click()
    page.get_by_role("menuitem", name="Delete").click()
    type_and_confirm(page, name, "Delete pool")
    expect(page.get_by_role("heading", name="Storage pools", level=1)).to_be_visible()
    expect(page.get_by_role("link", name=name)).to_have_count(0, timeout=60_000)
