"""The page that browses REST, under the door's content security policy."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

pytestmark = [pytest.mark.web, pytest.mark.lab]


def test_the_api_is_browsed_and_tried_out(page: Page) -> None:
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    page.on("console", hear)
    page.goto("/api.html")
    expect(page.get_by_role("heading", name=re.compile("Quantix-vDC"))).to_be_visible()
    operation = page.locator("#operations-ClusterService-ClusterService_ListClusters")
    page.locator("#operations-tag-ClusterService").click()
    operation.get_by_role("button").first.click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table tbody .response-col_status")).to_contain_text(
        "200"
    )

    assert not [each for each in complaints if "Content Security Policy" in each]
