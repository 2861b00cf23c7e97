"""The development server, before the same door."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.mesh.site import until
from tests.web.site import ADMIN, PASSWORD, LabSite
from tests.web.steps import fill_sign_in

pytestmark = [pytest.mark.web, pytest.mark.lab]

WEB = Path(__file__).parents[2] / "services/console/web"
URL = "http://127.0.0.1:5173"
BEGUN_SECONDS = 60.0


@pytest.fixture
def served(site: LabSite) -> Iterator[str]:
    """The address of a development server that passes calls on to the site."""
    server = subprocess.Popen(
        ["npm", "run", "--silent", "dev", "--", "--host", "127.0.0.1"],
        cwd=WEB,
        env={**os.environ, "DOOR": site.url},
        start_new_session=True,
    )
    try:
        until(_answers, BEGUN_SECONDS)
        yield URL
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


@pytest.mark.usefixtures("signed_in")
def test_the_development_server_shows_the_site(served: str, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto(f"{served}/hosts")
    fill_sign_in(page, ADMIN, PASSWORD)
    expect(page.get_by_role("link", name="h1", exact=True)).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()


def _answers() -> bool:
    try:
        return httpx.get(URL, timeout=5).status_code == 200
    except httpx.TransportError:
        return False
