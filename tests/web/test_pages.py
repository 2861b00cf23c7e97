"""Every page: axe finds nothing serious, and a picture of it for a person to look at."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.mesh.site import Site

pytestmark = pytest.mark.web

ROOT = Path(__file__).parents[2]
AXE = ROOT / "services/console/web/node_modules/axe-core/axe.min.js"
SCREENS = ROOT / "build/screens"
PAGES = {
    "dashboard": "/",
    "clusters": "/clusters",
    "cluster": "/clusters/shown",
    "cluster-settings": "/clusters/shown?tab=settings",
    "create-cluster": "/clusters/create",
    "hosts": "/hosts",
    "host": "/hosts/walked",
    "machines": "/vms",
    "machine": "/vms/shown-vm",
    "create-machine": "/vms/create",
    "images": "/storage/images",
    "networks": "/networks",
    "network": "/networks/shown-net",
    "create-network": "/networks/create",
    "operations": "/operations",
    "events": "/events",
}


@pytest.fixture(scope="module", autouse=True)
def something_to_show(site: Site) -> None:
    make = site.door.must
    make(
        "/quantix.cluster.v1.ClusterService/CreateCluster",
        {"clusterId": "shown", "cluster": {"displayName": "Production", "ha": {"enabled": True}}},
    )
    make(
        "/quantix.network.v1.NetworkService/CreateNetwork",
        {
            "networkId": "shown-net",
            "network": {"type": "TYPE_OVERLAY", "ipv4": {"cidr": "10.231.0.0/24"}},
        },
    )
    make(
        "/quantix.vm.v1.VirtualMachineService/CreateVirtualMachine",
        {
            "virtualMachineId": "shown-vm",
            "virtualMachine": {"cluster": "clusters/shown", "memoryBytes": str(1 << 30)},
        },
    )


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_serious_finding_and_is_pictured(page: Page, name: str) -> None:
    page.goto(PAGES[name])
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".q-waiting")).to_have_count(0)
    # As the console's policy forbids script tags of others, axe goes in by the debugger.
    page.evaluate(AXE.read_text())
    SCREENS.mkdir(parents=True, exist_ok=True)
    found = []
    for theme, dark in (("light", "false"), ("dark", "true")):
        page.evaluate(f"document.documentElement.classList.toggle('pf-v6-theme-dark', {dark})")
        page.set_viewport_size({"width": 1280, "height": 800})
        page.screenshot(path=SCREENS / f"{name}-{theme}-1280.png")
        result = page.evaluate("axe.run({resultTypes: ['violations']})")
        found += [
            (theme, each["id"], each["nodes"][0]["html"][:200])
            for each in result["violations"]
            if each["impact"] in ("serious", "critical")
        ]
        page.set_viewport_size({"width": 390, "height": 844})
        expect(page.get_by_role("navigation", name="Pages")).not_to_be_in_viewport()
        page.screenshot(path=SCREENS / f"{name}-{theme}-390.png")
        sideways = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert sideways <= 0, f"{name} scrolls sideways on a phone"
    assert not found, found
