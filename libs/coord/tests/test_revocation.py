"""The list of revoked hosts: stated whole by its leader, followed by everybody."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable

import pytest

from qvdc_coord.client import Etcd
from qvdc_coord.keys import leader_key, revoked_key
from qvdc_coord.revocation import Revocations, publish_revoked
from qvdc_core.errors import StaleFence
from qvdc_core.fence import Fence

LOOP = "node-revocations"


@pytest.fixture
async def led(client: Etcd) -> Fence:
    """The fence of whoever publishes."""
    await client.put(leader_key(LOOP), b"one")
    held = await client.get(leader_key(LOOP))
    assert held is not None
    return Fence(1, LOOP, held.create_revision)


@pytest.fixture
async def followed(client: Etcd) -> AsyncIterator[Revocations]:
    """What another service knows of the list."""
    made = Revocations(client)
    following = asyncio.create_task(made.run())
    yield made
    following.cancel()
    await asyncio.wait({following})


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while True:
            if true():
                return
            await asyncio.sleep(0.02)


async def test_who_is_revoked_is_known_to_all_and_let_in_again(
    client: Etcd, led: Fence, followed: Revocations
) -> None:
    hosts = {str(uuid.uuid4()): "NODE_REMOVED" for _ in range(150)}
    first, *rest = hosts
    assert await publish_revoked(client, led, hosts) == 150
    assert await publish_revoked(client, led, hosts) == 0
    await until(lambda: followed.why(first) == "NODE_REMOVED")
    assert await publish_revoked(client, led, dict.fromkeys(rest, "NODE_REMOVED")) == 1
    await until(lambda: followed.why(first) is None)
    await until(lambda: followed.why(rest[-1]) == "NODE_REMOVED")


async def test_who_leads_no_more_revokes_nobody(client: Etcd, led: Fence) -> None:
    await client.delete(leader_key(LOOP))
    uid = str(uuid.uuid4())
    with pytest.raises(StaleFence):
        await publish_revoked(client, led, {uid: "NODE_REMOVED"})
    assert await client.get(revoked_key(uid)) is None
