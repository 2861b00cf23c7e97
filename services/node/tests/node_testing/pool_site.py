"""A host with storage pools on an installed site, and what tests wait for."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from quantix.host.v1 import pool_sync_pb2
from qvdc_rpc.status import RemoteRefusal
from tests.node_testing.host import a_token
from tests.node_testing.pools import PoolHost, Pools, seen
from tests.node_testing.site import Site

Eventually = Callable[..., Awaitable[None]]
P = "storage-pools/p"


async def joined(site: Site, tmp_path: Path, eventually: Eventually, name: str) -> PoolHost:
    """Let a host join."""
    made = PoolHost(site, tmp_path, name)
    secret = (await a_token(site)).secret

    async def done() -> bool:
        return bool((await made.join(secret)).certificate_pem)

    await eventually(done)
    await made.beat()
    return made


@pytest.fixture
async def host(site: Site, tmp_path: Path, eventually: Eventually) -> PoolHost:
    """A host that has joined."""
    return await joined(site, tmp_path, eventually, "h1")


@pytest.fixture
def pools(site: Site) -> Pools:
    """Calls of pools."""
    return Pools(site)


async def refused(attempt: Awaitable[Any]) -> RemoteRefusal:
    """Return the refusal that `attempt` meets."""
    with pytest.raises(RemoteRefusal) as told:
        await attempt
    return told.value


async def given(
    host: PoolHost, eventually: Eventually, name: str = P
) -> pool_sync_pb2.AssignedPool:
    """Wait until a beat has brought the pool."""
    found: list[pool_sync_pb2.AssignedPool] = []

    async def there() -> bool:
        wanted = await host.wanted(name)
        found[:] = [wanted] if wanted is not None else []
        return bool(found)

    await eventually(there)
    return found[0]


async def stands(pools: Pools, eventually: Eventually, phase: str, reason: str = "") -> None:
    """Wait until `storage-pools/p` is in a phase."""

    async def so() -> bool:
        return await pools.phase() == (f"PHASE_{phase}", reason)

    await eventually(so)


async def healthy(pools: Pools, host: PoolHost, eventually: Eventually) -> None:
    """Make `storage-pools/p` on the host, and let it be healthy there."""
    await pools.create()
    await host.tell(seen(await given(host, eventually)))
    await stands(pools, eventually, "READY")
