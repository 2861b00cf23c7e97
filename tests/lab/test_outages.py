"""A control plane that is ill stops no machine; a host that is cut off stops its own.

Three hosts with real guests vote for each other while etcd and all services are stopped, frozen or
behind a network that loses everything, and while they come back to one host after the other.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from tests.lab.site import Site, machine_processes

from qvdc_agent.domain.session import SessionState
from qvdc_lab.errors import LabError
from qvdc_lab.guest.protected import Guest, machine_uuid, start_guest
from qvdc_lab.hosts.host import Host
from qvdc_lab.shell import wait_for

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

SHORT_SECONDS, WHOLE_SECONDS = 45.0, 180.0
LONGER_THAN_A_LADDER_SECONDS = 16.0
AFTERWARDS_SECONDS = 8.0
BETWEEN_RETURNS_SECONDS = 4.0
"""A host may be the last one that cannot renew for less than it takes to its first pause."""
DEAD_BY_SECONDS = 11.5
LOOK_EVERY_SECONDS = 0.2
RECOVERY = timedelta(seconds=90)
STARTING_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Watched:
    """The machines of all hosts, as they were before an outage."""

    site: Site
    guests: list[Guest]
    processes: dict[str, set[int]]

    def holds(self) -> None:
        """Fail if a machine was paused or killed."""
        states = [guest.state for guest in self.guests]
        assert all(guest.runs for guest in self.guests), f"the machines are {states}"

    def holds_for(self, seconds: float) -> None:
        """Fail if a machine is paused or killed within that time."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.holds()
            time.sleep(LOOK_EVERY_SECONDS)

    def holds_while(self, work: Callable[[], None]) -> None:
        """Fail if a machine is paused or killed while `work` is done."""
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(work)
            while not done.done():
                self.holds()
                time.sleep(LOOK_EVERY_SECONDS)
            done.result()

    def is_untouched(self) -> None:
        """Fail unless every host runs the very processes that it ran before."""
        assert {host.name: machine_processes(host) for host in self.site.lab.hosts} == (
            self.processes
        )


@pytest.fixture(scope="module")
def guests(site: Site) -> Iterator[dict[str, Guest]]:
    """A protected machine on each host; tests replace what they end."""
    wait_for(
        lambda: all(_votes(host) == len(site.lab.hosts) for host in site.lab.hosts),
        within=RECOVERY,
        otherwise=lambda: LabError(f"{[_votes(host) for host in site.lab.hosts]} members held"),
    )
    guests = {host.name: _started(site, host) for host in site.lab.hosts}
    try:
        yield guests
    finally:
        for guest in guests.values():
            guest.end()


@pytest.fixture
def watched(site: Site, guests: dict[str, Guest]) -> Watched:
    """All machines, before an outage."""
    processes = {host.name: machine_processes(host) for host in site.lab.hosts}
    return Watched(site, list(guests.values()), processes)


@pytest.mark.parametrize("kind", ["stopped", "frozen", "black-holed"])
@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(SHORT_SECONDS, id="short"),
        pytest.param(WHOLE_SECONDS, id="whole", marks=pytest.mark.slow),
    ],
)
def test_an_outage_of_etcd_and_all_services_stops_no_machine(
    site: Site, watched: Watched, kind: str, seconds: float
) -> None:
    before, registered = _told(site), _registrations(site)
    begin, end = {
        "stopped": (site.stop_control_plane, site.start_control_plane),
        "frozen": (site.freeze_control_plane, site.thaw_control_plane),
        "black-holed": (lambda: _lose(site), lambda: None),
    }[kind]

    begun = time.monotonic()
    watched.holds_while(begin)
    watched.holds_for(seconds - (time.monotonic() - begun))
    assert all(_state(host).voted_at is not None for host in site.lab.hosts)
    watched.holds_while(lambda: _lose(site))
    watched.holds_while(end)
    for host in site.lab.hosts:
        host.control_plane_back()
        watched.holds_for(BETWEEN_RETURNS_SECONDS)

    watched.holds_while(lambda: _recovered(site))
    watched.holds_for(AFTERWARDS_SECONDS)
    watched.is_untouched()
    assert _told(site) == before
    assert _registrations(site) == registered


def test_one_host_of_three_that_loses_the_control_plane_stops_its_machines_alone(
    site: Site, watched: Watched, guests: dict[str, Guest]
) -> None:
    """The others can renew and say so, although they hear it: a majority is against it."""
    alone = site.lab.hosts[0]
    alone.control_plane_loss()

    died_at = guests[alone.name].died_at(DEAD_BY_SECONDS + 5)

    acknowledged_at = _state(alone).acknowledged_at
    alone.control_plane_back()
    assert acknowledged_at is not None
    assert died_at - acknowledged_at <= DEAD_BY_SECONDS
    assert alone.running
    for host in site.lab.hosts[1:]:
        assert guests[host.name].runs
        assert machine_processes(host) == watched.processes[host.name]
    _recovered(site)
    guests[alone.name] = _started(site, alone)


def test_two_of_three_that_lose_the_control_plane_stop_nothing(
    site: Site, watched: Watched
) -> None:
    """They are more than half, and cannot tell a cut of their own from an outage."""
    cut = site.lab.hosts[:2]
    for host in cut:
        host.control_plane_loss()

    watched.holds_for(LONGER_THAN_A_LADDER_SECONDS)

    assert all(_state(host).voted_at is not None for host in cut)
    for host in cut:
        host.control_plane_back()
        watched.holds_for(BETWEEN_RETURNS_SECONDS)
    watched.holds_while(lambda: _recovered(site))
    watched.is_untouched()


def _lose(site: Site) -> None:
    for host in site.lab.hosts:
        host.control_plane_loss()


def _recovered(site: Site) -> None:
    """Return once every node is READY and every session stands."""
    wanted = {f"/quantix/nodes/{machine_uuid(host)}/session" for host in site.lab.hosts}
    wait_for(
        lambda: (
            {node["phase"] for node in site.nodes().values()} == {"PHASE_READY"}
            and site.sessions() == wanted
        ),
        within=RECOVERY,
        otherwise=lambda: LabError(f"the nodes are {site.nodes()}, sessions {site.sessions()}"),
    )


def _told(site: Site) -> dict[str, dict[str, Any]]:
    """What the nodes are and must stay."""
    kept = ("name", "uid", "createTime", "cluster", "bootId", "instance", "sessionEpoch")
    return {name: {key: node.get(key) for key in kept} for name, node in site.nodes().items()}


def _registrations(site: Site) -> dict[str, int]:
    """How often each host was registered."""
    return {
        host.name: host.log("guardian").read_text().count('"host.registered"')
        for host in site.lab.hosts
    }


def _votes(host: Host) -> int:
    """How many members the host holds."""
    kept = host.folders.disk / "lib/quantix/member-set.json"
    return kept.read_text().count('"uid"') if kept.exists() else 0


def _state(host: Host) -> SessionState:
    return SessionState.from_text((host.folders.volatile / "quantix/session.json").read_text())


def _started(site: Site, host: Host) -> Guest:
    return asyncio.run(start_guest(host, site.vm_service, within=STARTING_SECONDS))
