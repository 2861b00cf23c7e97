"""A watch misses nothing that matters, whatever happens to etcd."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from qvdc_coord.client import Etcd, EtcdConfig, Snapshot
from qvdc_coord.watch import Changed, Event, Removed, watch_prefix
from qvdc_testing.etcd import EtcdServer


async def _next(events: AsyncGenerator[Event, None]) -> Event:
    async with asyncio.timeout(15):
        return await anext(events)


async def test_a_snapshot_then_every_change(client: Etcd) -> None:
    await client.put("/w/a", b"1")
    async with aclosing(watch_prefix(client, "/w/")) as events:
        first = await _next(events)
        assert isinstance(first, Snapshot)
        assert [kv.key for kv in first.kvs] == ["/w/a"]
        await client.put("/w/b", b"2")
        await client.delete("/w/a")
        changed = await _next(events)
        assert isinstance(changed, Changed)
        assert changed.kv.value == b"2"
        removed = await _next(events)
        assert isinstance(removed, Removed)
        assert removed.key == "/w/a"


async def test_a_restart_ends_in_a_snapshot_and_goes_on(etcd: EtcdServer, client: Etcd) -> None:
    async with aclosing(watch_prefix(client, "/w/")) as events:
        await _next(events)
        await asyncio.to_thread(etcd.stop)
        await asyncio.to_thread(etcd.start)
        async with Etcd(_config(etcd)) as other:
            await other.put("/w/a", b"1")
        seen = await _next(events)
        while isinstance(seen, Snapshot) and not seen.kvs:
            seen = await _next(events)
        await client.put("/w/b", b"2")
        changed = await _next(events)
        assert isinstance(changed, Changed)
        assert changed.kv.key == "/w/b"


async def test_an_emptied_etcd_ends_in_an_empty_snapshot(etcd: EtcdServer, client: Etcd) -> None:
    for number in range(5):
        await client.put(f"/w/{number}", b"")
    async with aclosing(watch_prefix(client, "/w/")) as events:
        await _next(events)
        await asyncio.to_thread(etcd.empty)
        await asyncio.to_thread(etcd.start)
        emptied = await _next(events)
        assert isinstance(emptied, Snapshot)
        assert emptied.kvs == ()
        await client.put("/w/new", b"1")
        changed = await _next(events)
        assert isinstance(changed, Changed)


async def test_a_compaction_while_away_ends_in_a_snapshot(etcd: EtcdServer, client: Etcd) -> None:
    async with aclosing(watch_prefix(client, "/w/")) as events:
        await _next(events)
        await asyncio.to_thread(etcd.stop)
        await asyncio.to_thread(etcd.start)
        async with Etcd(_config(etcd)) as other:
            for number in range(5):
                last = await other.put("/w/a", str(number).encode())
            await other.compact(last)
        newest = b""
        while newest != b"4":
            event = await _next(events)
            if isinstance(event, Snapshot):
                newest = event.kvs[0].value if event.kvs else newest
            elif isinstance(event, Changed):
                newest = event.kv.value


def _config(etcd: EtcdServer) -> EtcdConfig:
    return EtcdConfig.parse(etcd.endpoint)
