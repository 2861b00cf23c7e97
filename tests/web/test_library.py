"""Images in folders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.web.steps import choose_verb, confirm, fresh, upload

pytestmark = [pytest.mark.web, pytest.mark.lab]


def test_images_are_sorted_into_folders(page: Page, tmp_path: Path) -> None:
    image, systems, old = fresh("disk"), fresh("Systems"), fresh("Old")
    file = tmp_path / "disk.img"
    file.write_bytes(bytes(4 << 20))
    page.goto("/storage/images")
    folders = page.get_by_role("navigation", name="Folders")
    _create_folder(page, systems)
    folders.get_by_role("button", name=re.compile(f"^{systems}")).click()
    _create_folder(page, old)
    folders.get_by_role("button", name=re.compile(f"^{systems}")).click()
    upload(page, file, image)
    row = page.get_by_role("row", name=re.compile(image))
    expect(row).to_contain_text("Ready", timeout=60_000)
    choose_verb(page, image, "Move to folder")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Folder").select_option(label=f"/{systems}/{old}")
    dialog.get_by_role("button", name="Move image").click()
    expect(row).to_have_count(0)
    folders.get_by_role("button", name=re.compile(f"^{old} 1")).click()
    expect(row).to_be_visible()
    choose_verb(page, f"folder {systems}", "Delete")
    confirm(page, "Delete folder")
    expect(folders.get_by_text(systems)).to_have_count(0)
    expect(folders.get_by_role("button", name=re.compile(f"^{old} 1"))).to_be_visible()
    choose_verb(page, image, "Delete")
    confirm(page, "Delete image")
    expect(row).to_have_count(0)
    choose_verb(page, f"folder {old}", "Delete")
    confirm(page, "Delete folder")
    expect(folders.get_by_text(old)).to_have_count(0)


def _create_folder(page: Page, name: str) -> None:
    page.get_by_role("button", name="Create folder").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_role("button", name="Create folder").click()
    expect(dialog).to_have_count(0)
