"""Coming in and going out, as a person does it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, StorageState, expect
from tests.web.site import LabSite
from tests.web.steps import fill_new_password, fill_sign_in, fresh

pytestmark = [pytest.mark.web, pytest.mark.lab]

GIVEN, CHOSEN = "a given secret 123", "a chosen secret 456"
USERS = "quantix.console.v1.UserService"


@pytest.fixture
def user(site: LabSite) -> str:
    """Somebody who may read everything, with a password that must be changed."""
    name = fresh("anna")
    site.must(
        f"{USERS}/CreateUser",
        {"userId": name, "user": {"roles": ["roles/read-only"]}, "password": GIVEN},
    )
    return name


def test_the_first_administrator_came_in_and_the_first_key_is_dead(
    site: LabSite, signed_in: StorageState, page: Page
) -> None:
    names = {cookie["name"]: cookie for cookie in signed_in["cookies"]}
    assert names["qvdc_session"]["httpOnly"] is True
    assert names["qvdc_session"]["sameSite"] == "Strict"
    page.goto("/")
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    assert page.evaluate("document.cookie") == ""


def test_a_person_signs_in_changes_the_given_password_and_signs_out(
    new_page: Callable[..., Page], user: str
) -> None:
    page = new_page()
    page.goto("/events")
    fill_sign_in(page, user, GIVEN)
    fill_new_password(page, GIVEN, CHOSEN)
    expect(page.get_by_role("heading", name="Events", level=1)).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Events", level=1)).to_be_visible()
    page.get_by_role("button", name=re.compile(f"Account {user}")).click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Quantix-vDC")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in to Quantix-vDC")).to_be_visible()
    fill_sign_in(page, user, CHOSEN)
    expect(page.get_by_role("heading", name="Events", level=1)).to_be_visible()


def test_a_weak_password_is_refused_with_what_it_needs(
    new_page: Callable[..., Page], user: str
) -> None:
    page = new_page()
    page.goto("/")
    fill_sign_in(page, user, GIVEN)
    fill_new_password(page, GIVEN, "short")
    refused = page.get_by_role("alert")
    expect(refused).to_contain_text("PASSWORD_WEAK")
    expect(refused).to_contain_text("at least 12 characters")
    fill_new_password(page, "not the given one", CHOSEN)
    expect(refused).to_contain_text("SIGN_IN_REFUSED")


def test_wrong_passwords_are_refused_and_the_sixth_try_is_locked_out(
    new_page: Callable[..., Page], user: str
) -> None:
    page = new_page()
    page.goto("/")
    for _ in range(5):
        with page.expect_response("**/api/v1/auth/login"):
            fill_sign_in(page, user, "not the password")
        expect(page.get_by_role("alert")).to_contain_text("SIGN_IN_REFUSED")
    fill_sign_in(page, user, GIVEN)
    expect(page.get_by_role("alert")).to_contain_text("SIGN_IN_LOCKED")
    expect(page.get_by_role("alert")).to_contain_text(re.compile("Try again in 1[45] min"))


def test_a_session_that_ends_elsewhere_leads_to_the_sign_in_page(
    new_page: Callable[..., Page], site: LabSite, user: str
) -> None:
    page = new_page()
    page.goto("/clusters")
    fill_sign_in(page, user, GIVEN)
    fill_new_password(page, GIVEN, CHOSEN)
    expect(page.get_by_role("heading", name="Clusters", level=1)).to_be_visible()
    site.must(f"{USERS}/DeleteUser", {"name": f"users/{user}"})
    page.get_by_role("link", name="Hosts").click()
    expect(page.get_by_role("heading", name="Sign in to Quantix-vDC")).to_be_visible(timeout=40_000)
