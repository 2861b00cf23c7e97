"""What can be done with hosts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from tests.web.site import LabSite
from tests.web.steps import choose_verb, open_tab

pytestmark = [pytest.mark.web, pytest.mark.lab]


@pytest.fixture
def host(page: Page) -> Page:
    page.goto("/hosts/h1")
    expect(page.get_by_role("heading", name="h1", level=1)).to_be_visible()
    return page


def test_a_host_tells_how_it_stands(host: Page) -> None:
    expect(host.get_by_text("Ready", exact=True).first).to_be_visible()
    conditions = host.get_by_role("grid", name="Conditions")
    expect(conditions.get_by_role("row", name=re.compile("Hypervisor ready"))).to_contain_text(
        "True"
    )
    expect(host.get_by_text("every beat is acknowledged in time")).to_be_visible()
    open_tab(host, "Hardware")
    cards = host.get_by_role("grid", name="Network cards")
    expect(cards.get_by_text("Up", exact=True).first).to_be_visible()
    expect(host.get_by_role("grid", name="Pools").get_by_text("Healthy")).to_be_visible()


def test_maintenance_begins_and_ends(host: Page) -> None:
    verbs = host.get_by_role("button", name="Verbs of the host")
    verbs.click()
    host.get_by_role("menuitem", name="Enter maintenance").click()
    expect(host.get_by_text("Maintenance", exact=True).first).to_be_visible()
    verbs.click()
    host.get_by_role("menuitem", name="Exit maintenance").click()
    expect(host.get_by_text("Ready", exact=True).first).to_be_visible()


def test_labels_and_taints_come_and_go(host: Page) -> None:
    open_tab(host, "Settings")
    host.get_by_label("New label").fill("rack=a1")
    host.get_by_role("button", name="Add label").click()
    expect(host.get_by_text("rack=a1")).to_be_visible()
    host.get_by_label("Key").fill("gpu")
    host.get_by_role("button", name="Add taint").click()
    expect(host.get_by_text("gpu: no new machines")).to_be_visible()
    host.get_by_role("button", name="Remove taint gpu").click()
    expect(host.get_by_text("gpu: no new machines")).to_have_count(0)
    host.get_by_role("button", name="Remove label rack").click()
    expect(host.get_by_text("rack=a1")).to_have_count(0)


def test_both_hosts_are_cordoned_by_one_click_and_uncordoned(page: Page) -> None:
    page.goto("/hosts")
    expect(page.get_by_role("row", name=re.compile("h2"))).to_be_visible()
    page.get_by_role("checkbox", name="Select all").check()
    page.get_by_role("button", name="Cordon", exact=True).click()
    expect(page.get_by_text("2 done")).to_be_visible()
    expect(page.get_by_text("Cordoned", exact=True)).to_have_count(2)
    for name in ("h1", "h2"):
        choose_verb(page, name, "Uncordon")
    expect(page.get_by_text("Cordoned", exact=True)).to_have_count(0)


def test_the_context_menu_has_the_same_verbs(page: Page) -> None:
    page.goto("/hosts")
    page.get_by_role("row", name=re.compile("h1")).click(button="right")
    for verb in ("Cordon", "Drain", "Enter maintenance", "Remove from the site"):
        expect(page.get_by_role("menuitem", name=verb)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menuitem", name="Drain")).to_have_count(0)


def test_the_whole_command_for_a_new_host_is_shown(page: Page, site: LabSite) -> None:
    page.goto("/hosts")
    page.get_by_role("button", name="Add host").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Create token").click()
    command = dialog.get_by_role("button", name=re.compile("Copy command"))
    expect(command).to_contain_text(f"--server {site.lab.names.gateway}:7200")
    expect(command).to_contain_text("--ca-hash")
    dialog.get_by_role("button", name="Revoke").last.click()
    dialog.get_by_role("button", name="Close").last.click()
