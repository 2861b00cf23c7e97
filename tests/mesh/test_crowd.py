"""Two hundred hosts and one node service that dies (HB-1, HB-2, ND at scale)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
from tests.mesh.crowd import Crowd, make_tokens
from tests.mesh.site import Site, installed_site, until

from qvdc_lab.control_plane.services import secrets_folder

HOSTS = 200
BACK_WITHIN_SECONDS = 120.0


@pytest.fixture
def node_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of which the node service alone runs."""
    with installed_site(tmp_path_factory.mktemp("crowd"), network=False) as site:
        site.start("node")
        site.wait_ready()
        yield site


def _sessions(site: Site) -> set[str]:
    """Return whose sessions etcd holds."""
    keys = site.keys("/quantix/nodes/")
    return {key.split("/")[3] for key in keys if key.endswith("/session")}


async def _until(condition: Callable[[], bool]) -> None:
    await asyncio.to_thread(until, condition, BACK_WITHIN_SECONDS)


async def _crowd_of(site: Site) -> Crowd:
    secrets = secrets_folder(site.lab)
    address = f"127.0.0.1:{site.copies['node-1'].mesh_port}"
    crowd = Crowd(site.folder / "crowd")
    tokens = await make_tokens(address, secrets, HOSTS)
    ca_pem = (secrets / "node/ca.pem").read_bytes()
    await crowd.join(f"127.0.0.1:{site.enrol_port}", ca_pem, tokens)
    crowd.live(address)
    return crowd


@pytest.mark.timeout(400)
async def test_hb_1_a_killed_node_service_finds_200_hosts_again_without_a_registration(
    node_site: Site,
) -> None:
    site, loop = node_site, asyncio.get_running_loop()
    crowd = await _crowd_of(site)
    uids = {host.uid for host in crowd.hosts}
    await _until(lambda: crowd.all_answered_since(0))
    assert await asyncio.to_thread(_sessions, site) == uids
    epochs = {host.uid: host.epoch for host in crowd.hosts}

    await asyncio.to_thread(site.kill, site.copies["node-1"])
    killed_at = loop.time()
    site.start("node")

    await _until(lambda: crowd.all_answered_since(killed_at))
    await _until(lambda: _sessions(site) == uids)
    assert {host.registrations for host in crowd.hosts} == {1}
    assert {host.uid: host.epoch for host in crowd.hosts} == epochs
    await crowd.rest()
