from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.mesh.site import Site, installed_site

WEB = Path(__file__).parents[2] / "services/console/web"
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
PATIENCE_MS = 15_000.0


@pytest.fixture(scope="package")
def site(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch_package: pytest.MonkeyPatch
) -> Iterator[Site]:
    """A site that serves the web console as it is built from this checkout."""
    subprocess.run([WEB / "build"], check=True)
    monkeypatch_package.setenv("QVDC_CONSOLE_WEB_DIR", str(WEB / "dist"))
    with installed_site(tmp_path_factory.mktemp("site")) as site:
        site.start_all()
        site.wait_ready()
        site.node = site.join_host("walked")
        yield site


@pytest.fixture(scope="package")
def monkeypatch_package() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="package")
def browser(site: Site) -> Iterator[Browser]:
    """Debian's Chromium; begun after the site, whose helpers need the thread's event loop."""
    assert site.copies
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A page of a browser of its own that came with the site's first key.

    A script error, or something that the content security policy refused, fails the test.
    """
    context = browser.new_context(
        base_url=site.url,
        viewport={"width": 1280, "height": 800},
        extra_http_headers={"Authorization": f"Bearer {site.key}"},
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "console",
        lambda said: troubles.append(said.text) if "Content Security" in said.text else None,
    )
    yield page
    context.close()
    assert not troubles, troubles
