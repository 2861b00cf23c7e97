"""Fencing a host and granting it a session exclude each other."""

import uuid

import pytest

from qvdc_coord.client import Etcd
from qvdc_coord.fencing import fence_host
from qvdc_coord.keys import INCARNATION, fenced_key, leader_key, session_key
from qvdc_core.errors import StaleFence
from qvdc_core.fence import Fence

LIFE = "first-life"


@pytest.fixture
async def led(client: Etcd) -> Fence:
    """The fence of whoever leads the failover."""
    await client.put(INCARNATION, LIFE.encode())
    await client.put(leader_key("failover"), b"one")
    held = await client.get(leader_key("failover"))
    assert held is not None
    return Fence(1, "failover", held.create_revision)


async def test_a_host_without_a_session_is_fenced_once(client: Etcd, led: Fence) -> None:
    uid = str(uuid.uuid4())
    put = await fence_host(client, led, uid=uid, incident="incidents/a", incarnation=LIFE)
    again = await fence_host(client, led, uid=uid, incident="incidents/b", incarnation=LIFE)
    found = await client.get(fenced_key(uid))
    assert found is not None
    assert (found.value, found.mod_revision, again) == (b"incidents/a", put, None)


async def test_a_host_with_a_session_is_not_fenced(client: Etcd, led: Fence) -> None:
    uid = str(uuid.uuid4())
    await client.put(session_key(uid), b"{}")
    assert await fence_host(client, led, uid=uid, incident="i", incarnation=LIFE) is None
    assert await client.get(fenced_key(uid)) is None


async def test_another_life_of_etcd_fences_nobody(client: Etcd, led: Fence) -> None:
    uid = str(uuid.uuid4())
    assert await fence_host(client, led, uid=uid, incident="i", incarnation="second") is None


async def test_who_leads_no_more_fences_nobody(client: Etcd, led: Fence) -> None:
    uid = str(uuid.uuid4())
    await client.delete(leader_key("failover"))
    with pytest.raises(StaleFence):
        await fence_host(client, led, uid=uid, incident="i", incarnation=LIFE)
    assert await client.get(fenced_key(uid)) is None
