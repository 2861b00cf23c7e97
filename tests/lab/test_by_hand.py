"""Story S-K: what happens to machines on their host, without anybody asking the control plane."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.lab.by_hand import ByHand
from tests.lab.site import Site

from qvdc_lab.demo import objects

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

SHOWN = timedelta(seconds=15)
"""How long a change on a host may take to be shown while this machine does other things; 2 s when
it is quiet, as the figures tell that are printed."""


@pytest.fixture
def hand(site: Site) -> Iterator[ByHand]:
    """A person on the demo machine's host; at the end the machine runs again."""
    machine = objects.machine_now(site.door)
    yield ByHand(site.lab.host(machine["node"].removeprefix("nodes/")), site.door)
    if objects.machine_now(site.door)["state"] != "STATE_RUNNING":
        request = {"name": machine["name"]}
        operation = site.door.call(f"{objects.MACHINES}/StartVirtualMachine", request)
        objects.follow(site.door, operation["name"], lambda line: None)


def test_s_k_hb_6_what_happens_on_a_host_is_shown_at_once_with_its_cause(
    site: Site, hand: ByHand, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = objects.machine_now(site.door)
    name, uid = machine["name"], machine["uid"]
    took: dict[str, float] = {}

    at = hand.guest_powers_off(uid)
    took["guest powers off"], off = hand.seen(
        name, "STATE_STOPPED", why="it stopped by itself: shutdown", since=at, within=SHOWN
    )
    at = hand.start(uid)
    took["started by hand"], on = hand.seen(
        name, "STATE_RUNNING", why="started on the host", since=at, within=SHOWN
    )
    at = hand.kill(uid)
    took["killed"], dead = hand.seen(name, "STATE_CRASHED", why="crashed", since=at, within=SHOWN)

    assert off["runEpoch"] == on["runEpoch"] == dead["runEpoch"]
    _tell(capsys, took)


def test_vm_9_a_foreign_machine_is_shown_as_unmanaged_and_never_touched(
    site: Site, hand: ByHand, capsys: pytest.CaptureFixture[str]
) -> None:
    node = objects.machine_now(site.door)["node"]
    took: dict[str, float] = {}

    uid, at = hand.make_foreign("by-hand")
    took["foreign machine"], (found,) = hand.unmanaged(uid, since=at, within=SHOWN)
    at = hand.destroy(uid)
    took["foreign machine gone"], _ = hand.unmanaged(uid, gone=True, since=at, within=SHOWN)

    assert (found["domainName"], found["origin"], found["node"], found["cause"]) == (
        "by-hand",
        "ORIGIN_FOREIGN",
        node,
        "started on the host",
    )
    _tell(capsys, took)


def _tell(capsys: pytest.CaptureFixture[str], took: dict[str, float]) -> None:
    figures = ", ".join(f"{what} {seconds:.2f}" for what, seconds in took.items())
    with capsys.disabled():
        sys.stdout.write(f"\nS-K, seconds until shown (at most 2 when quiet): {figures}\n")
