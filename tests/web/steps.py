"""What people do on many pages."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

from playwright.sync_api import Page, expect


def fill_sign_in(page: Page, user: str, password: str) -> None:
    """Fill in and send the sign-in form."""
    page.get_by_label("User").fill(user)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def fill_new_password(page: Page, old: str, new: str) -> None:
    """Fill in and send the form that replaces a password."""
    page.get_by_label("Present password").fill(old)
    page.get_by_label(re.compile("^New password(?! again)")).fill(new)
    page.get_by_label("New password again").fill(new)
    page.get_by_role("button", name="Change password").click()


def next_step(page: Page) -> None:
    """Go on in a wizard."""
    page.get_by_role("button", name="Next", exact=True).click()


def fresh(prefix: str) -> str:
    """Return an id that nobody used."""
    return f"{prefix}-{uuid.uuid4().hex[:6]}"


def open_tab(page: Page, title: str) -> None:
    """Turn to a tab of a page."""
    page.get_by_role("tab", name=title, exact=True).click()


def choose_verb(page: Page, thing: str, verb: str) -> None:
    """Choose a verb from the menu of a row."""
    page.get_by_role("button", name=f"Verbs of {thing}", exact=True).click()
    page.get_by_role("menuitem", name=verb, exact=True).click()


def confirm(page: Page, verb: str) -> None:
    """Confirm in the dialog, and return once it was accepted."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=verb).click()
    # Behind an open dialog no row can be found, be it there or not.
    expect(dialog).to_have_count(0)


def type_and_confirm(page: Page, name: str, verb: str) -> None:
    """Type the name of what dies, and confirm."""
    page.get_by_role("dialog").get_by_label(f"Type {name} to go on").fill(name)
    confirm(page, verb)


def upload(page: Page, file: Path, image: str) -> None:
    """Send a file as a new image, by the dialog of the images page."""
    page.get_by_role("button", name="Upload image").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Image file").set_input_files(file)
    dialog.get_by_label("Name").fill(image)
    expect(dialog.get_by_label("Id")).to_have_value(image)
    dialog.get_by_role("button", name="Upload image").click()
