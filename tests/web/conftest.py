"""A browser and the one site that all tests here visit.

Whoever opens a page is signed in as the administrator, with a session as people have it; the first
sign-in, with the generated password, happens once and through the pages.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect, sync_playwright
from tests.web.site import ADMIN, PASSWORD, LabSite, lab_site
from tests.web.steps import fill_new_password, fill_sign_in

from qvdc_lab.guest.image import build_guest_image

ROOT = Path(__file__).parents[2]
WEB = ROOT / "services/console/web"
CHROMIUM = "/usr/bin/chromium"
# Without these it calls home, and closed networks refuse it by the hundred.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 60_000.0
SETTING_UP_SECONDS = 300
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a lab where no lab can be; in CI let it fail instead."""
    able = os.geteuid() == 0 or os.environ.get("CI")
    for item in items:
        if not item.get_closest_marker("web"):
            continue
        if not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SETTING_UP_SECONDS))
        if not able:
            item.add_marker(pytest.mark.skip(reason="the lab needs root"))


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabSite]:
    """A site that serves the web console as it is built from this checkout."""
    subprocess.run([WEB / "build"], check=True)
    with lab_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def cleared(site: LabSite) -> Iterator[LabSite]:
    """The site without anything but its hosts, and so again after the test, however it ends."""
    site.clear()
    yield site
    site.clear()


@pytest.fixture(scope="package")
def guest_image() -> Path:
    """The bootable test guest, built once per checkout."""
    return build_guest_image(ROOT / ".run/guest")


@pytest.fixture(scope="package")
def browser(site: LabSite) -> Iterator[Browser]:
    """Debian's Chromium; begun after the site, whose helpers need the thread's event loop."""
    assert site.key
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def signed_in(browser: Browser, site: LabSite) -> StorageState:
    """The cookies of the administrator, who came with the first password and chose another."""
    with browser.new_context(base_url=site.url) as context:
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto("/clusters")
        fill_sign_in(page, ADMIN, site.first_password)
        expect(page.get_by_role("heading", name="Choose your own password")).to_be_visible()
        fill_new_password(page, site.first_password, PASSWORD)
        expect(page.get_by_role("heading", name="Clusters", level=1)).to_be_visible()
        return context.storage_state()


@pytest.fixture
def new_page(browser: Browser, site: LabSite) -> Iterator[Callable[..., Page]]:
    """Open a page of a browser of its own, with the given cookies.

    A script error, or something that the content security policy refused, fails the test.
    """
    contexts, troubles = [], list[str]()

    def open_page(cookies: StorageState | None = None, **options: object) -> Page:
        settings = {"viewport": {"width": 1280, "height": 800}, **options}
        context = browser.new_context(base_url=site.url, storage_state=cookies, **settings)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "console",
            lambda said: troubles.append(said.text) if "Content Security" in said.text else None,
        )
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not troubles, troubles


@pytest.fixture
def page(new_page: Callable[..., Page], signed_in: StorageState) -> Page:
    """A page of the signed-in administrator."""
    return new_page(signed_in)
