"""Terms over the wire and in etcd: a published contract that failovers count by (HB-1)."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.fencing import LONGEST_LADDER, longest_ladder
from qvdc_coord.incarnation import read_incarnation
from qvdc_coord.keys import session_key, terms_key
from qvdc_testing.etcd import EtcdServer
from tests.node_testing.host import Host, a_token
from tests.node_testing.site import Site

Eventually = Callable[..., Awaitable[None]]
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def host(site: Site, tmp_path: Path, eventually: Eventually) -> Host:
    """A host of clusters/a that has joined and runs the usual terms."""
    made = Host(site, tmp_path)
    secret = (await a_token(site)).secret

    async def joined() -> bool:
        return bool((await made.join(secret)).certificate_pem)

    await eventually(joined)
    await site.execute("update nodes set cluster = 'clusters/a'")
    return made


async def _detect_within(site: Site, seconds: int) -> None:
    await site.execute(
        f"insert into cluster_terms values ('clusters/a', {seconds})"
        f" on conflict (cluster) do update set detection_seconds = {seconds}"
    )


async def _kept(etcd: EtcdServer, host: Host) -> tuple[dict[str, Any], timedelta]:
    """What the terms' key says, and how long the session's lease lives."""
    async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client:
        terms = await client.get(terms_key(host.uid))
        session = await client.get(session_key(host.uid))
        assert terms is not None
        assert session is not None
        remaining = await client.lease_remaining(session.lease)
        assert remaining is not None
        ladder = await longest_ladder(
            client, host.uid, incarnation=await read_incarnation(client) or ""
        )
    said = json.loads(terms.value)
    assert ladder == timedelta(milliseconds=said["ladder_ms"])
    return said, remaining


async def test_terms_grow_in_etcd_first_and_shrink_there_last(
    site: Site, host: Host, etcd: EtcdServer, eventually: Eventually
) -> None:
    joined = await host.register()
    version = joined.terms.version
    assert joined.terms.session_ttl.ToSeconds() == 9
    assert not (await host.beat(terms_version=version)).HasField("terms")
    await _detect_within(site, 30)
    told: Any = None

    async def longer() -> bool:
        nonlocal told
        told = await host.beat(terms_version=version)
        return bool(told.next_interval.ToSeconds() == 10)

    await eventually(longer)
    assert told.terms.session_ttl.ToSeconds() == 30
    assert told.terms.ladder_end.ToSeconds() == 34
    assert told.terms.version > version
    said, remaining = await _kept(etcd, host)
    assert (said["session_ms"], said["ladder_ms"]) == (30_000, 34_000)
    assert remaining > timedelta(seconds=20)

    await host.beat(terms_version=told.terms.version)
    version = told.terms.version
    await _detect_within(site, 6)

    async def shorter() -> bool:
        nonlocal told
        told = await host.beat(terms_version=version)
        return bool(told.next_interval.ToSeconds() == 2)

    await eventually(shorter)
    said, remaining = await _kept(etcd, host)
    assert (said["session_ms"], said["ladder_ms"]) == (30_000, 34_000)
    assert remaining > timedelta(seconds=20)

    assert not (await host.beat(terms_version=told.terms.version)).HasField("terms")
    said, remaining = await _kept(etcd, host)
    assert (said["session_ms"], said["ladder_ms"]) == (6_000, 10_000)
    assert remaining <= timedelta(seconds=6)
    assert (await host.beat(terms_version=told.terms.version)).session_epoch == 1


async def test_terms_that_etcd_lost_count_as_the_longest_until_the_host_runs_new_ones(
    site: Site, host: Host, etcd: EtcdServer, eventually: Eventually
) -> None:
    version = (await host.register()).terms.version
    await host.beat(terms_version=version)
    async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client:
        await client.delete(session_key(host.uid))
        await client.delete(terms_key(host.uid))

    answer = await host.beat(terms_version=version)
    assert answer.terms.version > version
    said, remaining = await _kept(etcd, host)
    assert said["ladder_ms"] == LONGEST_LADDER / timedelta(milliseconds=1)
    assert remaining <= timedelta(seconds=9)
    await host.beat(terms_version=answer.terms.version)
    assert (await _kept(etcd, host))[0]["ladder_ms"] == 13_000
