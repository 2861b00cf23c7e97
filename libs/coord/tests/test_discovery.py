"""Services find each other, also when etcd is away or begins anew."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.discovery import Discovery, Endpoints
from qvdc_coord.errors import NoEndpoints
from qvdc_coord.lease import Leases
from qvdc_testing.etcd import EtcdServer

Eventually = Callable[..., Awaitable[None]]
HERE = Endpoints(mesh="10.0.0.1:9001", http="10.0.0.1:9101")
FIXED = Endpoints(mesh="10.0.0.9:9001", http="10.0.0.9:9101")


@pytest.fixture
async def discovery(client: Etcd, leases: Leases) -> AsyncIterator[Discovery]:
    made = Discovery(client, leases, static={"image": [FIXED]})
    running = asyncio.create_task(made.run())
    yield made
    running.cancel()
    await asyncio.wait({running})


async def test_an_announced_copy_is_found_and_goes_away(
    discovery: Discovery, eventually: Eventually
) -> None:
    announcing = asyncio.create_task(discovery.announce("vm", "vm-1", HERE))
    await eventually(lambda: _knows(discovery, "vm", HERE))
    assert await discovery.resolve("vm") == (HERE,)
    announcing.cancel()
    await asyncio.wait({announcing})


async def test_the_fallback_answers_until_somebody_is_announced(
    discovery: Discovery, eventually: Eventually
) -> None:
    assert await discovery.resolve("image") == (FIXED,)
    announcing = asyncio.create_task(discovery.announce("image", "image-1", HERE))
    await eventually(lambda: _knows(discovery, "image", HERE))
    announcing.cancel()
    await asyncio.wait({announcing})
    await eventually(lambda: _knows(discovery, "image", FIXED))


async def test_nobody_known_is_a_refusal(discovery: Discovery) -> None:
    with pytest.raises(NoEndpoints):
        await discovery.resolve("network")


async def test_what_is_known_outlives_etcd(
    etcd: EtcdServer, discovery: Discovery, eventually: Eventually
) -> None:
    announcing = asyncio.create_task(discovery.announce("vm", "vm-1", HERE))
    await eventually(lambda: _knows(discovery, "vm", HERE))
    await asyncio.to_thread(etcd.stop)
    assert await discovery.resolve("vm") == (HERE,)
    await asyncio.to_thread(etcd.start)
    announcing.cancel()
    await asyncio.wait({announcing})


async def test_an_emptied_etcd_is_filled_again(
    etcd: EtcdServer, client: Etcd, discovery: Discovery, eventually: Eventually
) -> None:
    announcing = asyncio.create_task(discovery.announce("vm", "vm-1", HERE))
    await eventually(lambda: _knows(discovery, "vm", HERE))
    await asyncio.to_thread(etcd.empty)
    await asyncio.to_thread(etcd.start)

    async def announced() -> bool:
        return await client.get("/quantix/services/vm/vm-1") is not None

    await eventually(announced, within=20)
    announcing.cancel()
    await asyncio.wait({announcing})


async def test_etcd_away_at_start(etcd: EtcdServer, eventually: Eventually) -> None:
    etcd.stop()
    async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client, Leases(client) as leases:
        late = Discovery(client, leases)
        tasks = [
            asyncio.create_task(late.run()),
            asyncio.create_task(late.announce("vm", "vm-1", HERE)),
        ]
        await asyncio.wait(tasks, timeout=0.5)
        await asyncio.to_thread(etcd.start)
        await eventually(lambda: _knows(late, "vm", HERE))
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _knows(discovery: Discovery, service: str, endpoints: Endpoints) -> bool:
    return discovery.known(service) == (endpoints,)
