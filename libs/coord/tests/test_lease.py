"""Leases are kept, judged by the own clock, and left by nobody."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from qvdc_coord.client import Etcd
from qvdc_coord.errors import EtcdUnavailable, LeaseGone
from qvdc_coord.lease import Leases, Renewals
from qvdc_obs.metrics import Metrics
from qvdc_testing.etcd import EtcdServer

Eventually = Callable[..., Awaitable[None]]
TTL = timedelta(seconds=2)


async def test_a_lease_outlives_its_ttl_and_ends_with_the_context(client: Etcd) -> None:
    async with Leases(client) as leases:
        lease = await leases.grant(TTL)
        await client.put("/k", b"", lease=lease.id)
        await asyncio.sleep(TTL.total_seconds() * 1.6)
        assert not lease.lost
        assert await client.get("/k") is not None
    assert lease.lost
    assert await client.get("/k") is None


async def test_a_lease_survives_a_restart_of_etcd(
    etcd: EtcdServer, client: Etcd, leases: Leases, eventually: Eventually
) -> None:
    lease = await leases.grant(timedelta(seconds=10))
    await client.put("/k", b"", lease=lease.id)
    await asyncio.to_thread(etcd.stop)
    await asyncio.to_thread(etcd.start)
    before = lease.remaining()
    await eventually(lambda: _truth(lease.remaining() > before), within=8)
    assert await client.get("/k") is not None


async def test_a_silent_etcd_loses_the_lease_by_the_own_clock(
    etcd: EtcdServer, leases: Leases
) -> None:
    lease = await leases.grant(TTL)
    os.kill(etcd.pid, signal.SIGSTOP)
    try:
        started = asyncio.get_running_loop().time()
        async with asyncio.timeout(5):
            await lease.wait_lost()
        assert asyncio.get_running_loop().time() - started <= TTL.total_seconds() + 0.7
    finally:
        os.kill(etcd.pid, signal.SIGCONT)


async def test_a_lease_of_an_emptied_etcd_is_gone(etcd: EtcdServer, leases: Leases) -> None:
    lease = await leases.grant(timedelta(seconds=30))
    await asyncio.to_thread(etcd.empty)
    await asyncio.to_thread(etcd.start)
    with pytest.raises(LeaseGone):
        await _renew_through(leases.renewals, lease.id)


async def test_any_process_may_renew_a_lease_it_knows(client: Etcd) -> None:
    lease = await client.grant_lease(timedelta(seconds=9))
    renewals = Renewals(client)
    answers = await asyncio.gather(
        *(renewals.renew(lease, within=timedelta(seconds=2)) for _ in range(50))
    )
    assert set(answers) == {timedelta(seconds=9)}
    await client.revoke_lease(lease)
    with pytest.raises(LeaseGone):
        await renewals.renew(lease, within=timedelta(seconds=2))
    await renewals.close()


async def test_the_number_of_leases_is_exported(client: Etcd, eventually: Eventually) -> None:
    metrics = Metrics()
    async with Leases(client, metrics=metrics) as leases:
        lease = await leases.grant(TTL)
        assert b"qvdc_etcd_leases 1.0" in metrics.render()[0]
        await leases.revoke(lease)
        await eventually(lambda: _truth(b"qvdc_etcd_leases 0.0" in metrics.render()[0]))


async def _truth(value: bool) -> bool:
    return value


async def _renew_through(renewals: Renewals, lease: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                await renewals.renew(lease, within=timedelta(seconds=1))
            except EtcdUnavailable:
                await asyncio.sleep(0.1)
