"""An installed site, a running copy of the service on it, and its callers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import make_url

from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.incarnation import read_incarnation
from qvdc_node.install import SERVICE_NAMES, Plan, install
from qvdc_rpc.status import RemoteRefusal
from qvdc_testing.etcd import EtcdServer
from qvdc_testing.postgresql import TestDatabase
from tests.node_testing.site import Site


@pytest.fixture
async def site(
    postgresql: TestDatabase,
    etcd: EtcdServer,
    tmp_path: Path,
    eventually: Callable[..., Awaitable[None]],
) -> AsyncIterator[Site]:
    """A site as qvdc-install leaves it, with one running copy of the node service, ready."""
    plan = Plan(
        admin_url=postgresql.admin_url,
        database=make_url(postgresql.admin_url).database or "",
        out=tmp_path / "site",
        services=SERVICE_NAMES,
        names=("127.0.0.1",),
    )
    await install(plan)
    made = Site(plan.out, etcd.endpoint)
    async with made.copy("node-1"):
        async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client:

            async def opened() -> bool:
                return bool(await read_incarnation(client))

            await eventually(opened)
        yield made
    await made.close()


@pytest.fixture
def eventually() -> Callable[..., Awaitable[None]]:
    """Return a wait for an async check to become true; it fails after `within` seconds."""

    async def wait(check: Callable[[], Awaitable[bool]], *, within: float = 15.0) -> None:
        async with asyncio.timeout(within):
            while True:
                try:
                    if await check():
                        return
                except RemoteRefusal as refusal:
                    if not refusal.transient:
                        raise
                await asyncio.sleep(0.1)

    return wait
