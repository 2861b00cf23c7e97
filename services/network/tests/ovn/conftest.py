"""A site with an OVN and an etcd."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_core.clock import SystemClock
from qvdc_testing.etcd import EtcdServer
from qvdc_testing.postgresql import TestDatabase
from tests.network_testing.ovn import OvnCentral
from tests.network_testing.stores import site_on
from tests.network_testing.world import World


@pytest.fixture
async def world(
    postgresql: TestDatabase, etcd: EtcdServer, central: OvnCentral
) -> AsyncIterator[World]:
    """A site without a running loop."""
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(site_on(postgresql, SystemClock()))
        client = await stack.enter_async_context(Etcd(EtcdConfig.parse(etcd.endpoint)))
        world = World(site, central, client, stack)
        yield world
        for task in world.tasks:
            task.cancel()
        await asyncio.gather(*world.tasks, return_exceptions=True)
