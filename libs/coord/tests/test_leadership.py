"""One leader at a time, fences that grow, and writes that only the leader makes."""

import asyncio
import os
import signal
import sys
import textwrap
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import timedelta

import pytest

from qvdc_coord.client import Etcd, EtcdConfig
from qvdc_coord.errors import LeadershipLost
from qvdc_coord.fenced import fenced_txn
from qvdc_coord.keys import leader_key
from qvdc_coord.leadership import Leadership
from qvdc_coord.lease import Leases
from qvdc_coord.txn import Get, Put, absent
from qvdc_core.errors import StaleFence
from qvdc_core.fence import Fence
from qvdc_testing.etcd import EtcdServer

Eventually = Callable[..., Awaitable[None]]
SOON = timedelta(milliseconds=50)
LONG = timedelta(seconds=60)
FROZEN = textwrap.dedent(
    """
    import asyncio, sys
    from contextlib import aclosing
    from datetime import timedelta
    from qvdc_coord.client import Etcd, EtcdConfig
    from qvdc_coord.leadership import Leadership
    from qvdc_coord.lease import Leases

    async def term():
        return 1

    async def main():
        async with Etcd(EtcdConfig.parse(sys.argv[1])) as etcd, Leases(etcd) as leases:
            leadership = Leadership(etcd, leases, "balance", site_term=term, instance="frozen")
            async with aclosing(leadership.turns(every=timedelta(seconds=1))) as turns:
                async for fence in turns:
                    print("revision", fence.revision, flush=True)

    asyncio.run(main())
    """
)


async def term() -> int:
    return 1


def a_leadership(etcd: Etcd, leases: Leases, instance: str = "one") -> Leadership:
    return Leadership(etcd, leases, "balance", site_term=term, instance=instance)


async def test_of_two_campaigners_one_leads_and_the_loser_leaves_no_lease(
    client: Etcd, leases: Leases, eventually: Eventually
) -> None:
    led: dict[str, list[Fence]] = {"one": [], "two": []}

    async def campaign(instance: str, leadership: Leadership) -> None:
        async for fence in leadership.turns(every=SOON):
            led[instance].append(fence)

    async with Leases(client) as others:
        one = a_leadership(client, leases, "one")
        two = a_leadership(client, others, "two")
        tasks = [
            asyncio.create_task(campaign("one", one)),
            asyncio.create_task(campaign("two", two)),
        ]
        await eventually(lambda: _truth(len(led["one"]) + len(led["two"]) > 10))
        assert not (led["one"] and led["two"])
        assert await _lease_count(client) == 1
        winner = 0 if led["one"] else 1
        tasks[winner].cancel()
        loser = led["two" if winner == 0 else "one"]
        await eventually(lambda: _truth(bool(loser)), within=3)
        assert loser[0] > (led["one"] or [loser[0]])[0] or winner == 1
        tasks[1 - winner].cancel()
        await asyncio.wait(tasks)
    assert await client.get(leader_key("balance")) is None


async def test_a_frozen_leader_is_succeeded_within_ten_seconds(
    etcd: EtcdServer, client: Etcd, leases: Leases
) -> None:
    frozen = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FROZEN, etcd.endpoint, stdout=asyncio.subprocess.PIPE
    )
    assert frozen.stdout is not None
    try:
        async with asyncio.timeout(20):
            line = await frozen.stdout.readline()
            while not line.startswith(b"revision"):
                line = await frozen.stdout.readline()
            first = int(line.split()[1])
        frozen.send_signal(signal.SIGSTOP)
        async with asyncio.timeout(10):
            async with aclosing(a_leadership(client, leases).turns(every=LONG)) as turns:
                fence = await anext(turns)
                assert fence.revision > first
                stale = Fence(1, "balance", first)
                with pytest.raises(StaleFence):
                    await fenced_txn(client, stale, [], [Put("/effect", b"late")])
                await fenced_txn(client, fence, [], [Put("/effect", b"new")])
    finally:
        frozen.kill()
        await frozen.wait()


async def test_a_held_leader_is_refused_by_etcd(client: Etcd, leases: Leases) -> None:
    held, go = asyncio.Event(), asyncio.Event()

    async def hold(_: Fence) -> None:
        held.set()
        await go.wait()

    leadership = Leadership(
        client, leases, "balance", site_term=term, instance="one", before_effect=hold
    )

    async def act() -> None:
        async with aclosing(leadership.turns(every=LONG)) as turns:
            fence = await anext(turns)
            await leadership.check(fence)
            await fenced_txn(client, fence, [], [Put("/effect", b"late")])

    acting = asyncio.create_task(act())
    await held.wait()
    await client.delete(leader_key("balance"))
    await client.put(leader_key("balance"), b"two")
    go.set()
    with pytest.raises(StaleFence):
        await acting
    assert await client.get("/effect") is None


async def test_a_failed_comparison_is_not_a_stale_fence(client: Etcd, leases: Leases) -> None:
    async with aclosing(a_leadership(client, leases).turns(every=LONG)) as turns:
        fence = await anext(turns)
        await client.put("/k", b"1")
        result = await fenced_txn(client, fence, [absent("/k")], [Put("/k", b"2")], [Get("/k")])
        assert not result.succeeded
        assert result.found[0][0].value == b"1"


async def test_check_refuses_after_etcd_fell_silent(etcd: EtcdServer) -> None:
    async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client, Leases(client) as leases:
        short = Leadership(
            client,
            leases,
            "balance",
            site_term=term,
            instance="one",
            ttl=timedelta(seconds=2),
        )
        cancelled = asyncio.Event()

        async def turn(fence: Fence) -> None:
            await short.check(fence)
            os.kill(etcd.pid, signal.SIGSTOP)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                with pytest.raises(LeadershipLost):
                    await short.check(fence)
                cancelled.set()
                raise

        running = asyncio.create_task(short.run(turn, every=SOON))
        try:
            async with asyncio.timeout(4):
                await cancelled.wait()
        finally:
            os.kill(etcd.pid, signal.SIGCONT)
            running.cancel()
            await asyncio.wait({running})


async def test_an_emptied_etcd_is_led_again(etcd: EtcdServer, client: Etcd, leases: Leases) -> None:
    async with aclosing(a_leadership(client, leases).turns(every=SOON)) as turns:
        await anext(turns)
        await asyncio.to_thread(etcd.empty)
        await asyncio.to_thread(etcd.start)
        async with asyncio.timeout(12):
            async for _ in turns:
                holder = await client.get(leader_key("balance"))
                if holder is not None:
                    break


async def test_a_leader_whose_etcd_is_away_at_start_waits(etcd: EtcdServer) -> None:
    etcd.stop()
    async with (
        Etcd(EtcdConfig.parse(etcd.endpoint)) as client,
        Leases(client) as leases,
        aclosing(a_leadership(client, leases).turns(every=SOON)) as turns,
    ):
        first = asyncio.ensure_future(anext(turns))
        await asyncio.wait({first}, timeout=0.5)
        assert not first.done()
        await asyncio.to_thread(etcd.start)
        async with asyncio.timeout(10):
            assert (await first).site_term == 1


async def test_a_stale_fence_met_in_a_turn_leads_to_a_new_campaign(
    client: Etcd, leases: Leases
) -> None:
    terms = iter([1, 2, 3])
    seen: list[Fence] = []
    done = asyncio.Event()

    async def rising() -> int:
        return next(terms)

    async def turn(fence: Fence) -> None:
        seen.append(fence)
        if len(seen) == 1:
            raise StaleFence(fence.loop, fence, 2)
        done.set()

    leadership = Leadership(client, leases, "balance", site_term=rising, instance="one")
    running = asyncio.create_task(leadership.run(turn, every=SOON))
    async with asyncio.timeout(5):
        await done.wait()
    running.cancel()
    await asyncio.wait({running})
    assert [fence.site_term for fence in seen[:2]] == [1, 2]


async def test_wake_brings_the_next_turn_now(client: Etcd, leases: Leases) -> None:
    leadership = a_leadership(client, leases)
    async with aclosing(leadership.turns(every=LONG)) as turns:
        await anext(turns)
        following = asyncio.ensure_future(anext(turns))
        await asyncio.sleep(0)
        leadership.wake()
        async with asyncio.timeout(2):
            await following


async def _truth(value: bool) -> bool:
    return value


async def _lease_count(client: Etcd) -> int:
    from aetcd.rpc import rpc_pb2

    connection, _ = await client.connection(timedelta(seconds=2))
    answer = await connection.lease.LeaseLeases(rpc_pb2.LeaseLeasesRequest(), timeout=2)
    return len(answer.leases)
