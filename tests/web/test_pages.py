"""Every page and its states: axe finds nothing serious, and a picture for a person to look at."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, ViewportSize, expect
from tests.mesh.site import until
from tests.web.conftest import ROOT, WEB
from tests.web.site import LabSite

pytestmark = [pytest.mark.web, pytest.mark.lab, pytest.mark.slow]

AXE = WEB / "node_modules/axe-core/axe.min.js"
SCREENS = ROOT / "build/web/screens"
WIDE: ViewportSize = {"width": 1280, "height": 800}
NARROW: ViewportSize = {"width": 390, "height": 844}
THEMES = {"light": "false", "dark": "true"}
VMS = "quantix.vm.v1.VirtualMachineService"
BOOTED_SECONDS = 240.0
PAGES = {
    "dashboard": "/",
    "clusters": "/clusters",
    "clusters-table": "/clusters?view=table",
    "cluster": "/clusters/shown",
    "cluster-hosts": "/clusters/shown?tab=hosts",
    "cluster-vms": "/clusters/shown?tab=vms",
    "cluster-settings": "/clusters/shown?tab=settings",
    "create-cluster": "/clusters/create",
    "hosts": "/hosts",
    "host": "/hosts/h1",
    "host-hardware": "/hosts/h1?tab=hardware",
    "host-settings": "/hosts/h1?tab=settings",
    "machines": "/vms",
    "machine": "/vms/shown-vm",
    "machine-serial": "/vms/shown-vm?tab=serial",
    "machine-placement": "/vms/shown-vm?tab=placement",
    "create-machine": "/vms/create",
    "pools": "/storage/pools",
    "pool": "/storage/pools/shown-pool",
    "images": "/storage/images",
    "networks": "/networks",
    "network": "/networks/shown-net",
    "network-ports": "/networks/shown-net?tab=ports",
    "create-network": "/networks/create",
    "operations": "/operations",
    "events": "/events",
    "account": "/account",
    "users": "/admin/users",
    "roles": "/admin/roles",
    "audit": "/admin/audit",
    "nowhere": "/no/such/page",
}
EMPTY = {"clusters": "/clusters", "machines": "/vms", "images": "/storage/images"}
LISTS = {"clusters": "/clusters", "hosts": "/hosts", "machines": "/vms", "users": "/admin/users"}


@pytest.fixture(scope="module")
def shown(site: LabSite, guest_image: Path) -> Iterator[None]:
    """A cluster of both hosts, with a running machine and one that nobody can run."""
    site.clear()
    site.must(
        "quantix.cluster.v1.ClusterService/CreateCluster",
        {
            "clusterId": "shown",
            "cluster": {"displayName": "Production", "ha": {"enabled": True}},
            "initialNodes": ["nodes/h1", "nodes/h2"],
        },
    )
    network = {
        "displayName": "Blue",
        "type": "TYPE_OVERLAY",
        "ipv4": {"cidr": "10.231.0.0/24"},
        "dhcp": {"enabled": True},
    }
    site.must(
        "quantix.network.v1.NetworkService/CreateNetwork",
        {"networkId": "shown-net", "network": network},
    )
    site.must(
        "quantix.node.v1.StoragePoolService/CreateStoragePool",
        {
            "storagePoolId": "shown-pool",
            "storagePool": {"displayName": "Fast disks", "type": "TYPE_LOCAL_DIR"},
            "nodes": ["nodes/h1", "nodes/h2"],
        },
    )
    site.upload(guest_image, "shown-image")
    machine = {
        "cluster": "clusters/shown",
        "memoryBytes": str(256 << 20),
        "disks": [{"image": "images/shown-image"}],
        "nics": [{"network": "networks/shown-net"}],
    }
    _create(site, "shown-vm", {**machine, "displayName": "Web 1"})
    _create(site, "shown-big", {"cluster": "clusters/shown", "memoryBytes": str(1 << 44)})
    until(lambda: _state(site, "shown-vm") == "STATE_RUNNING", BOOTED_SECONDS)
    yield
    site.clear()


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_list_teaches_the_first_step(page: Page, cleared: LabSite, name: str) -> None:
    page.goto(EMPTY[name])
    expect(page.get_by_role("heading", name=re.compile("^No .* yet$"))).to_be_visible()
    _judge(page, f"empty-{name}")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.usefixtures("shown")
def test_a_page_has_no_serious_finding_and_is_pictured(page: Page, name: str) -> None:
    page.goto(PAGES[name])
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".q-waiting")).to_have_count(0)
    _judge(page, name)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.usefixtures("shown")
def test_a_list_that_cannot_be_read_says_why_and_tries_again(page: Page, name: str) -> None:
    page.route("**/quantix.*/*", _away)
    page.goto(LISTS[name])
    expect(page.get_by_text("UNAVAILABLE", exact=True).first).to_be_visible()
    _judge(page, f"error-{name}")
    page.unroute("**/quantix.*/*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


@pytest.mark.usefixtures("shown")
def test_a_list_that_is_coming_is_shaped_like_what_comes(page: Page) -> None:
    held: list[Route] = []
    page.route("**/WatchAll", lambda route: held.append(route))
    page.goto("/vms")
    expect(page.get_by_role("status", name="Loading virtual machines")).to_be_visible()
    _judge(page, "loading-machines")
    for each in held:
        each.abort()


@pytest.mark.usefixtures("shown")
def test_a_lost_connection_dims_what_is_shown(page: Page) -> None:
    page.goto("/vms")
    expect(page.get_by_role("link", name="Web 1")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text("Connection lost")).to_be_visible(timeout=60_000)
    _judge(page, "disconnected-machines")


@pytest.mark.usefixtures("shown")
def test_the_inventory_is_the_other_face_of_the_navigation(page: Page) -> None:
    page.goto("/vms")
    page.get_by_role("button", name="Inventory").click()
    tree = page.get_by_role("navigation", name="Inventory")
    tree.get_by_role("button", name="Production").click()
    tree.get_by_role("button", name="h1").click()
    expect(tree.get_by_role("link", name="Overview").first).to_be_visible()
    _judge(page, "inventory")


def test_the_sign_in_page_has_no_serious_finding(new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in to Quantix-vDC")).to_be_visible()
    _judge(page, "sign-in")


def _judge(page: Page, name: str) -> None:
    """Picture the page in both themes and widths; let axe find nothing serious."""
    # As the console's policy forbids script tags of others, axe goes in by the debugger.
    page.evaluate(AXE.read_text())
    SCREENS.mkdir(parents=True, exist_ok=True)
    found = []
    for theme, dark in THEMES.items():
        page.evaluate(f"document.documentElement.classList.toggle('pf-v6-theme-dark', {dark})")
        _widen(page, wide=True)
        page.screenshot(path=SCREENS / f"{name}-{theme}-1280.png", animations="disabled")
        result = page.evaluate("axe.run({resultTypes: ['violations']})")
        found += [
            (theme, each["id"], each["nodes"][0]["html"][:200])
            for each in result["violations"]
            if each["impact"] in ("serious", "critical")
        ]
        _widen(page, wide=False)
        page.screenshot(path=SCREENS / f"{name}-{theme}-390.png", animations="disabled")
        sideways = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert sideways <= 0, f"{name} scrolls sideways on a phone"
    assert not found, found


def _widen(page: Page, *, wide: bool) -> None:
    """Give the page a width, and wait until the frame has taken it up."""
    page.set_viewport_size(WIDE if wide else NARROW)
    navigation = page.locator(".pf-v6-c-page__sidebar nav")
    if navigation.count() == 0:
        return
    if wide:
        expect(navigation).to_be_in_viewport()
    else:
        expect(navigation).not_to_be_in_viewport()


def _away(route: Route) -> None:
    if "GetSession" in route.request.url or "GetInfo" in route.request.url:
        route.continue_()
        return
    route.fulfill(
        status=503,
        content_type="application/json",
        body='{"code": "unavailable", "message": "The service does not answer."}',
    )


def _create(site: LabSite, name: str, machine: dict[str, object]) -> None:
    request = {"virtualMachineId": name, "virtualMachine": machine, "startOnCreate": True}
    site.must(f"{VMS}/CreateVirtualMachine", {**request, "requestId": str(uuid.uuid4())})


def _state(site: LabSite, name: str) -> str:
    return str(site.must(f"{VMS}/GetVirtualMachine", {"name": f"vms/{name}"})["state"])
