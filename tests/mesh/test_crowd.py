"""Crowds of hosts, and stores and node services that die under them (HB-1, HB-2, RG-10)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest
from tests.mesh.crowd import Crowd, make_tokens
from tests.mesh.site import Copy, Site, installed_site, until
from tests.mesh.told import tell
from tests.mesh.trio import Trio, running_trio

from qvdc_lab.control_plane.services import secrets_folder

BACK_WITHIN_SECONDS = 120.0
JOINED_WITHIN_SECONDS = 600.0
whole = [pytest.mark.slow, pytest.mark.timeout(1800)]


@dataclass(slots=True)
class Living:
    """A crowd that beats, and what must stay as it was when it had joined.

    Args:
        lost_before: what was told of hosts that waited longer for the others to join than a
            session lives.
    """

    site: Site
    crowd: Crowd
    epochs: dict[str, int]
    lost_before: int = 0

    async def all_back(self) -> float:
        """Return after how many seconds every host was acknowledged again, and has its session."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        await _until(lambda: self.crowd.all_answered_since(began))
        await _until(lambda: self.site.sessions() == set(self.epochs))
        return loop.time() - began

    def nobody_registered_again(self) -> None:
        """Fail if a host registered again, or changed its session."""
        assert {host.registrations for host in self.crowd.hosts} == {1}
        assert {host.uid: host.epoch for host in self.crowd.hosts} == self.epochs

    def nobody_was_lost(self) -> None:
        """Fail if a host was marked lost since all had joined."""
        assert lost(self.site)[self.lost_before :] == []


def lost(site: Site) -> list[str]:
    """Return what was told of nodes that went OFFLINE."""
    url = site.lab.postgres.url("quantix").replace("+psycopg", "")
    found = (
        "select text from node.events"
        " where kind = 'PhaseChanged' and text like '% to OFFLINE%' order by id"
    )
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(found)]


async def _until(condition: Callable[[], bool], within: float = BACK_WITHIN_SECONDS) -> None:
    await asyncio.to_thread(until, condition, within)


async def living(site: Site, hosts: int, copies: list[Copy]) -> Living:
    """Let `hosts` join and beat at `copies`; return once all were acknowledged."""
    secrets = secrets_folder(site.lab)
    addresses = [f"127.0.0.1:{copy.mesh_port}" for copy in copies]
    crowd = Crowd(site.folder / "crowd")
    tokens = await make_tokens(addresses[0], secrets, hosts)
    ca_pem = (secrets / "node/ca.pem").read_bytes()
    await crowd.join(f"127.0.0.1:{site.enrol_port}", ca_pem, tokens)
    crowd.live(*addresses)
    made = Living(site, crowd, {host.uid: host.epoch for host in crowd.hosts})
    await _until(lambda: crowd.all_answered_since(0), JOINED_WITHIN_SECONDS)
    await _until(lambda: site.sessions() == set(made.epochs))
    made.lost_before = len(lost(site))
    return made


@pytest.fixture
def node_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of which the node service alone runs."""
    with installed_site(tmp_path_factory.mktemp("crowd"), network=False) as site:
        site.start("node")
        site.wait_ready()
        yield site


@pytest.mark.parametrize(
    "hosts",
    [
        pytest.param(200, id="200", marks=pytest.mark.timeout(600)),
        pytest.param(1000, id="1000", marks=whole),
    ],
)
async def test_hb_1_a_crowd_is_back_without_a_registration_after_service_etcd_and_both(
    node_site: Site, hosts: int
) -> None:
    site = node_site
    live = await living(site, hosts, [site.copies["node-1"]])
    took = []

    for service, etcd in (("node", False), ("", True), ("node", True)):
        await asyncio.to_thread(site.cut_power, service, etcd=etcd)
        took.append(await live.all_back())

    tell(f"crowd-{hosts}", {"seconds until all were back": took})
    assert max(took) < BACK_WITHIN_SECONDS
    live.nobody_registered_again()
    await live.crowd.rest()


@pytest.mark.parametrize(
    ("hosts", "seconds"),
    [
        pytest.param(60, 12.0, id="short", marks=pytest.mark.timeout(600)),
        pytest.param(300, 60.0, id="whole", marks=whole),
    ],
)
async def test_stores_that_go_away_leaders_that_change_and_copies_that_restart_lose_no_host(
    tmp_path_factory: pytest.TempPathFactory, hosts: int, seconds: float
) -> None:
    folder = tmp_path_factory.mktemp("stores")
    with running_trio(folder / "etcd") as trio, installed_site(folder, network=False) as site:
        site.etcd_endpoints = trio.endpoints
        copies = [site.start("node"), site.start("node", 2)]
        await asyncio.to_thread(site.wait_ready)
        live = await living(site, hosts, copies)

        await _stores_away(live, seconds)
        await _leader_changes(live, trio)
        for copy in copies:
            await asyncio.to_thread(site.stop, copy)
            site.start("node", copy.number)
            await live.all_back()
            await asyncio.to_thread(site.wait_ready, copy)

        live.nobody_registered_again()
        live.nobody_was_lost()
        await live.crowd.rest()


async def _stores_away(live: Living, seconds: float) -> None:
    """PostgreSQL and Redis are away; every beat is acknowledged all the same."""
    postgres, redis = live.site.lab.postgres, live.site.lab.redis
    silent = sum(host.silent for host in live.crowd.hosts)
    await asyncio.to_thread(postgres.down)
    await asyncio.to_thread(redis.down)
    away_since = asyncio.get_running_loop().time()
    while asyncio.get_running_loop().time() < away_since + seconds:
        await live.all_back()
    assert sum(host.silent for host in live.crowd.hosts) - silent <= len(live.crowd.hosts)
    await asyncio.to_thread(postgres.up)
    await asyncio.to_thread(redis.up)
    await live.all_back()


async def _leader_changes(live: Living, trio: Trio) -> None:
    """etcd's leader steps down, then dies and comes back."""
    await asyncio.to_thread(trio.move_leader)
    await live.all_back()
    dead = await asyncio.to_thread(trio.kill_leader)
    await live.all_back()
    dead.child.start(lambda: dead.healthy)
    await live.all_back()
