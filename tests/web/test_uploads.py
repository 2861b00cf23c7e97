"""Sending large files: over a reload, a crash of the service, and a change of mind."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Request, expect
from tests.mesh.site import until
from tests.web.site import LabSite
from tests.web.steps import fresh, upload

pytestmark = [pytest.mark.web, pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(600)]

MIB = 1 << 20
WHOLE_BYTES = 300 * 1000 * 1000
LINE_BYTES_A_SECOND = 40 * MIB
SENDING_MS = 120_000.0


@pytest.fixture(scope="module")
def iso(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ISO image of at least 300 MB that does not compress."""
    folder = tmp_path_factory.mktemp("iso")
    content = folder / "content"
    content.mkdir()
    with (content / "noise").open("wb") as noise:
        for _ in range(WHOLE_BYTES // MIB + 1):
            noise.write(os.urandom(MIB))
    made = folder / "install.iso"
    subprocess.run(["genisoimage", "-quiet", "-o", made, content], check=True)
    return made


@pytest.fixture
def slow_line(page: Page) -> Page:
    """The page behind a line that is slow enough to do something meanwhile."""
    devtools = page.context.new_cdp_session(page)
    devtools.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 0,
            "downloadThroughput": -1,
            "uploadThroughput": LINE_BYTES_A_SECOND,
        },
    )
    return page


def test_an_iso_of_300_mb_survives_a_reload_a_pause_and_a_killed_service(
    slow_line: Page, site: LabSite, iso: Path, tmp_path: Path
) -> None:
    page, name = slow_line, fresh("iso")
    page.goto("/storage/images")
    upload(page, iso, name)
    _wait_for_share(page, name, 50)

    page.reload()
    row = _row(page, name)
    expect(row).to_contain_text("Choose the file again")
    _wait_for_share(page, name, 40)
    kept = _share(page, name)
    other = tmp_path / "other.iso"
    other.write_bytes(bytes(1000))
    row.get_by_label(f"File of {name}").set_input_files(other)
    expect(row).to_contain_text("That is another file")
    with page.expect_request(lambda request: request.method == "PATCH") as first:
        row.get_by_label(f"File of {name}").set_input_files(iso)
    assert _offset(first.value) >= iso.stat().st_size * kept // 100 - MIB

    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("% kept")
    row.get_by_role("button", name="Resume").click()
    _wait_for_share(page, name, 70)
    site.kill("image")
    expect(row).to_contain_text("Waiting for connection", timeout=SENDING_MS)
    expect(row).to_have_count(0, timeout=SENDING_MS)

    ready = page.get_by_role("row", name=re.compile(name))
    expect(ready).to_contain_text("Ready", timeout=SENDING_MS)
    image = site.must("quantix.image.v1.ImageService/GetImage", {"name": f"images/{name}"})
    assert image["digest"] == hashlib.sha256(iso.read_bytes()).hexdigest()
    assert image["kind"] == "KIND_ISO"


def test_a_cancelled_upload_leaves_nothing(slow_line: Page, site: LabSite, iso: Path) -> None:
    page, name = slow_line, fresh("unwanted")
    page.goto("/storage/images")
    upload(page, iso, name)
    _wait_for_share(page, name, 10)
    page.get_by_role("link", name="Events").click()
    page.get_by_role("button", name=re.compile("1 upload")).click()
    tray = page.get_by_role("region", name="Running operations")
    tray.get_by_role("listitem").filter(has_text=name).get_by_role("button", name="Cancel").click()
    expect(tray).not_to_contain_text(name)
    state = {"name": f"images/{name}"}
    path = "/quantix.image.v1.ImageService/GetImage"
    until(lambda: site.door.connect(path, state).body.get("state") in (None, "STATE_CANCELLED"), 30)


def _row(page: Page, name: str) -> Locator:
    uploads = page.get_by_role("region", name="Uploads of this browser")
    return uploads.locator(".q-tray-row").filter(has_text=name)


def _share(page: Page, name: str) -> int:
    """How many hundredths the page says were sent."""
    bar = _row(page, name).get_by_role("progressbar")
    return int(bar.get_attribute("aria-valuenow") or 0)


def _wait_for_share(page: Page, name: str, least: int) -> None:
    bar = _row(page, name).get_by_role("progressbar")
    expect(bar).to_be_visible()
    page.wait_for_function(
        "([name, least]) => Number(document.querySelector("
        "`[role=progressbar][aria-label='Upload of ${name}']`)?.ariaValueNow) >= least",
        arg=[name, least],
        timeout=SENDING_MS,
    )


def _offset(request: Request) -> int:
    return int(request.headers["upload-offset"])
