"""Clients on the etcd of one test, and bounded waiting."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.errors import EtcdUnavailable
from qvdc_coord.lease import Leases
from qvdc_testing.etcd import EtcdServer


@pytest.fixture
async def client(etcd: EtcdServer) -> AsyncIterator[Etcd]:
    async with Etcd(EtcdConfig.parse(etcd.endpoint)) as opened:
        yield opened


@pytest.fixture
async def leases(client: Etcd) -> AsyncIterator[Leases]:
    async with Leases(client) as opened:
        yield opened


@pytest.fixture
def eventually() -> Callable[..., Awaitable[None]]:
    """Return a wait for a check to become true; it fails after `within` seconds."""

    async def wait(check: Callable[[], Awaitable[bool]], *, within: float = 15.0) -> None:
        async with asyncio.timeout(within):
            while True:
                try:
                    if await check():
                        return
                except EtcdUnavailable:
                    pass
                await asyncio.sleep(0.05)

    return wait
