"""Two copies of each service that leads anything (GEN-19)."""

from __future__ import annotations

import pytest
from tests.mesh.site import Site, until

LEADING = ("node", "image", "network", "vm")
TAKEN_OVER_SECONDS = 10.0


@pytest.mark.timeout(400)
def test_gen_19_two_copies_elect_one_leader_and_a_killed_ones_loops_move_within_10_s(
    empty_site: Site,
) -> None:
    site = empty_site
    site.start_all()
    site.wait_ready()
    for service in LEADING:
        _wait_until_leading(site, f"{service}-1")
    led = {service: _led_by(site, f"{service}-1") for service in LEADING}
    for service in LEADING:
        site.wait_ready(site.start(service, 2))
        assert not _led_by(site, f"{service}-2")

    for service in LEADING:
        site.kill(site.copies[f"{service}-1"])

    until(
        lambda: all(led[service] <= _led_by(site, f"{service}-2") for service in LEADING),
        TAKEN_OVER_SECONDS,
        lambda: f"{site.leaders()}, and before: {led}",
    )


@pytest.mark.timeout(400)
def test_gen_19_a_leader_that_is_asked_to_stop_leaves_nothing_behind(empty_site: Site) -> None:
    site = empty_site
    site.start_all()
    site.wait_ready()

    statuses = {name: site.stop(copy) for name, copy in site.copies.items()}

    assert statuses == dict.fromkeys(site.copies, 0)
    assert site.leaders() == {}
    assert site.keys("/quantix/services/") == []


def _wait_until_leading(site: Site, instance: str) -> None:
    until(lambda: bool(_led_by(site, instance)), TAKEN_OVER_SECONDS, lambda: f"{site.leaders()}")


def _led_by(site: Site, instance: str) -> set[str]:
    return {loop for loop, leader in site.leaders().items() if leader == instance}
