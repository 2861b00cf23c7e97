"""A data centre built in the browser, on two real hosts, and taken down again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.web.site import LabSite
from tests.web.steps import (
    choose_verb,
    confirm,
    fresh,
    next_step,
    open_tab,
    type_and_confirm,
    upload,
)

pytestmark = [pytest.mark.web, pytest.mark.lab, pytest.mark.timeout(600)]

BOOTING_MS = 240_000.0
APPLYING_MS = 60_000.0


def test_a_data_centre_is_built_in_the_browser_and_taken_down(
    page: Page, cleared: LabSite, guest_image: Path
) -> None:
    site = cleared
    cluster, image, network, machine = (fresh(each) for each in ("prod", "guest", "blue", "web"))
    page.goto("/")
    page.evaluate("window.unchanged = true")

    _make_cluster(page, cluster)
    _change_settings(page, cluster)
    _cordon_and_uncordon(page)
    _upload_image(page, guest_image, image)
    _make_network(page, network)
    _make_machine(page, machine, cluster=cluster, image=image, network=network)
    _see_it_run(page)
    assert page.evaluate("window.unchanged") is True, "the page was loaded anew"

    _delete_machine(page, machine)
    _delete(page, "Networks", network, "Delete network")
    _delete(page, "Images", image, "Delete image")
    _empty_and_delete_cluster(page, cluster)
    left = site.must("quantix.vm.v1.VirtualMachineService/ListVirtualMachines", {})
    assert machine not in str(left)


def _go(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=name, exact=True).click()


def _row(page: Page, text: str) -> Locator:
    return page.get_by_role("row", name=re.compile(text))


def _make_cluster(page: Page, name: str) -> None:
    _go(page, "Clusters")
    page.get_by_role("link", name="Create cluster").first.click()
    page.get_by_label("Name").fill(name)
    expect(page.get_by_label("Id")).to_have_value(name)
    next_step(page)
    for host in ("h1", "h2"):
        page.get_by_role("checkbox", name=re.compile(host)).check()
    next_step(page)
    page.locator("label", has_text="High availability").click()
    page.get_by_label("Detection (s)").fill("5")
    expect(page.get_by_text("Must be 6 to 60 s.")).to_be_visible()
    page.get_by_label("Detection (s)").fill("12")
    next_step(page)
    next_step(page)
    expect(page.get_by_text("the cluster will be made with 2 hosts")).to_be_visible()
    page.get_by_role("button", name="Create cluster").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    expect(page.get_by_text("2 of 2 online")).to_be_visible(timeout=APPLYING_MS)


def _change_settings(page: Page, name: str) -> None:
    open_tab(page, "Settings")
    page.get_by_role("button", name="Edit settings").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Description").fill("Changed in the browser")
    dialog.get_by_label("Storm limit (%)").fill("40")
    dialog.get_by_role("button", name="Save settings").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("40 %", exact=True)).to_be_visible()
    expect(page.get_by_text("Changed in the browser")).to_be_visible()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def _cordon_and_uncordon(page: Page) -> None:
    open_tab(page, "Hosts")
    choose_verb(page, "h2", "Cordon")
    expect(_row(page, "h2")).to_contain_text("Cordoned")
    choose_verb(page, "h2", "Uncordon")
    expect(_row(page, "h2")).not_to_contain_text("Cordoned")


def _upload_image(page: Page, file: Path, name: str) -> None:
    _go(page, "Images")
    upload(page, file, name)
    expect(_row(page, name)).to_contain_text("Ready", timeout=APPLYING_MS)


def _make_network(page: Page, name: str) -> None:
    _go(page, "Networks")
    page.get_by_role("link", name="Create network").first.click()
    page.get_by_role("radio", name="Overlay").check()
    next_step(page)
    page.get_by_label("Name").fill(name)
    next_step(page)
    page.get_by_label("IPv4 range").fill("10.88.0.0/24")
    expect(page.get_by_label("Gateway")).to_have_value("10.88.0.1")
    page.get_by_label("Gateway").fill("10.99.0.1")
    expect(page.get_by_text("is no host address of 10.88.0.0/24").first).to_be_visible()
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_disabled()
    page.get_by_label("Gateway").fill("10.88.0.1")
    expect(page.get_by_label("DHCP gives")).to_have_value("10.88.0.10-10.88.0.254")
    next_step(page)
    plan = page.get_by_role("grid", name="What will be made")
    expect(plan.get_by_text("logical switch", exact=False).first).to_be_visible()
    page.get_by_role("button", name="Create network").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    expect(page.get_by_text("Ready", exact=True)).to_be_visible(timeout=APPLYING_MS)


def _make_machine(page: Page, name: str, *, cluster: str, image: str, network: str) -> None:
    _go(page, "Virtual machines")
    page.get_by_role("link", name="Create machine").first.click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Cluster").select_option(label=cluster)
    next_step(page)
    page.get_by_label("Memory").fill("256 MiB")
    page.get_by_label("Begins from image").select_option(f"images/{image}")
    next_step(page)
    page.get_by_role("checkbox", name=re.compile(network)).check()
    next_step(page)
    next_step(page)
    verdicts = page.get_by_role("grid", name="Placement")
    expect(verdicts.get_by_text("Chosen")).to_be_visible()
    expect(verdicts.get_by_role("row")).to_have_count(3)
    next_step(page)
    page.get_by_role("button", name="Create machine").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def _see_it_run(page: Page) -> None:
    """Nothing is clicked or loaded: the state arrives by the stream."""
    expect(page.get_by_text("Running", exact=True).first).to_be_visible(timeout=BOOTING_MS)
    expect(page.get_by_text("10.88.0.1", exact=False).first).to_be_visible()
    open_tab(page, "Serial output")
    log = page.locator("pre.q-serial")
    for _ in range(int(BOOTING_MS / 1000)):
        if "quantix-guest ready" in (log.text_content() or ""):
            return
        page.wait_for_timeout(1000)
        page.get_by_role("button", name="Read again").click()
    pytest.fail(f"the guest never was ready: {log.text_content()}")


def _delete_machine(page: Page, name: str) -> None:
    _go(page, "Virtual machines")
    choose_verb(page, name, "Delete")
    page.get_by_role("dialog").get_by_label("Power it off first").check()
    type_and_confirm(page, name, "Delete machine")
    expect(_row(page, name)).to_have_count(0, timeout=APPLYING_MS)


def _delete(page: Page, noun: str, name: str, verb: str) -> None:
    _go(page, noun)
    choose_verb(page, name, "Delete")
    confirm(page, verb)
    expect(_row(page, name)).to_have_count(0, timeout=APPLYING_MS)


def _empty_and_delete_cluster(page: Page, name: str) -> None:
    _go(page, "Clusters")
    page.get_by_role("link", name=name).click()
    open_tab(page, "Hosts")
    for host in ("h1", "h2"):
        choose_verb(page, host, "Remove from cluster")
        confirm(page, "Remove host")
        expect(_row(page, host)).to_have_count(0)
    expect(page.get_by_text("No host belongs to this cluster")).to_be_visible()
    page.get_by_role("button", name="Add host").click()
    page.get_by_role("dialog").get_by_role("button", name="Add h1").click()
    expect(_row(page, "h1")).to_be_visible()
    choose_verb(page, "h1", "Remove from cluster")
    confirm(page, "Remove host")
    expect(page.get_by_text("No host belongs to this cluster")).to_be_visible()
    page.get_by_role("button", name="Verbs of the cluster").click()
    page.get_by_role("menuitem", name="Delete").click()
    type_and_confirm(page, name, "Delete cluster")
    expect(page.get_by_role("heading", name="Clusters", level=1)).to_be_visible()
    expect(page.get_by_role("link", name=name)).to_have_count(0)
