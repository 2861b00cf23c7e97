"""The rows of storage pools, and what a copy remembers for beats (HB-1, RG-8, ND-8)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from qvdc_core.errors import NotFound
from qvdc_core.page import PageRequest
from qvdc_db.database import Database
from qvdc_node.domain.node import Intent, NodeUid
from qvdc_node.domain.pool import Assignment, PoolNameTaken, PoolType, PoolUid, Provisioning
from qvdc_node.domain.pool_claim import PoolClaim, Taken
from qvdc_node.domain.pool_file import FileKind, FoundFile
from qvdc_node.domain.pool_sight import Sight, SightState
from qvdc_node.ports.pools import PoolFilter
from qvdc_node.store.pool_list import PoolListMemory
from qvdc_node.store.unit_of_work import SCHEMA, NodeUnitOfWork
from qvdc_testing.postgresql import TestDatabase
from tests.node_testing.builders import NOW, UID, a_registration
from tests.node_testing.pool_builders import POOL, a_pool, a_sight

Work = Callable[[], NodeUnitOfWork]
OTHER = NodeUid("22222222-2222-3333-4444-555555555555")


@pytest.fixture
async def memory(work: Work, postgresql: TestDatabase) -> AsyncIterator[PoolListMemory]:
    """What a copy remembers of all lists."""
    database = Database(postgresql.url("qvdc_node"), schema=SCHEMA)
    yield PoolListMemory(database)
    await database.close()


async def registered(open_work: Work, uid: str, name: str) -> None:
    async with open_work() as work:
        await work.nodes.register(
            a_registration(uid, hostname=name),
            intent=Intent(),
            floor_epoch=1,
            certificate=None,
            now=NOW,
        )
        await work.commit()


def held_by(uid: str, **fields: bool) -> Assignment:
    return Assignment(pool_uid=POOL, node_uid=NodeUid(uid), **fields)


async def given(open_work: Work, *uids: str) -> None:
    async with open_work() as work:
        await work.pools.assign(held_by(uid) for uid in uids)
        await work.commit()


@pytest.fixture
async def pooled(work: Work) -> Work:
    """Two nodes and a pool that neither has."""
    await registered(work, UID, "h1")
    await registered(work, OTHER, "h2")
    async with work() as making:
        await making.pools.add(a_pool())
        await making.commit()
    return work


async def test_a_copy_hears_of_every_change_whichever_commits_first(
    pooled: Work, memory: PoolListMemory
) -> None:
    await memory.refresh()
    assert memory.of(UID) is None
    async with pooled() as early, pooled() as late:
        await early.pools.assign([held_by(UID)])
        await late.pools.assign([held_by(OTHER)])
        await late.commit()
        await memory.refresh()
        assert (memory.of(UID), memory.of(OTHER) is None) == (None, False)
        await early.commit()
    await memory.refresh()
    first = memory.of(UID)
    assert first is not None
    assert [pool.id for pool, _ in first.pools] == ["p"]
    async with pooled() as leaving:
        await leaving.pools.unassign(a_pool(), [UID])
        await leaving.commit()
    await memory.refresh()
    last = memory.of(UID)
    assert last is not None
    assert (last.pools, last.generation) == ((), first.generation + 1)


async def test_a_removed_hosts_list_is_empty_and_newer_than_what_it_holds(
    pooled: Work, memory: PoolListMemory
) -> None:
    await given(pooled, UID)
    async with pooled() as work:
        await work.pools.forget_node(UID)
        await work.pools.forget_node(OTHER)
        await work.commit()
    await memory.refresh()
    left = memory.of(UID)
    assert left is not None
    assert (left.pools, left.generation) == ((), 2)
    assert memory.of(OTHER) is None


async def test_rg_8_a_host_that_takes_a_place_has_its_pools_and_none_of_its_sights(
    pooled: Work,
) -> None:
    await given(pooled, UID)
    async with pooled() as work:
        await work.pool_sights.put(UID, [a_sight()])
        await work.pool_claims.put(a_claim())
        await work.pools.move_node(UID, OTHER)
        view = await work.pools.view(a_pool())
        (holding,) = view.holdings
    assert (holding.node_uid, holding.sight) == (OTHER, None)
    assert view.claims == {OTHER: (5, 1)}


def a_claim(owner: str = "vms/a", **fields: str) -> PoolClaim:
    claim = PoolClaim(
        owner_uid=f"uid-of-{owner}", disk_id="root", owner=owner, pool_uid=POOL, node_uid=UID,
        size_bytes=5, provisioning=Provisioning.THICK, create_time=NOW,
    )  # fmt: skip
    return replace(claim, disk_id=fields.get("disk_id", claim.disk_id))


async def test_claims_count_their_changes_and_are_summed_without_ones_own(pooled: Work) -> None:
    async with pooled() as work:
        first = await work.pool_claims.put(a_claim())
        again = await work.pool_claims.put(replace(a_claim(), size_bytes=7))
        await work.pool_claims.put(a_claim("vms/b"))
        await work.pool_claims.put(a_claim("vms/b", disk_id="data"))
        assert (first.generation, again.generation, again.pool) == (1, 2, "storage-pools/p")
        mine = (first.owner_uid, "root")
        assert await work.pool_claims.taken(POOL, UID, but=mine) == Taken(10, 10)
        assert await work.pool_claims.taken(POOL, OTHER, but=mine) == Taken(0, 0)
        assert await work.pool_claims.holders(POOL, None) == (["vms/a", "vms/b"], 2)
        assert await work.pool_claims.remove("uid-of-vms/b", "") == {(POOL, UID)}
        page = await work.pool_claims.page("", PageRequest.of(0, ""))
        assert [each.owner for each in page.items] == ["vms/a"]


async def test_pools_are_listed_by_what_is_asked_and_go_whole(pooled: Work) -> None:
    await given(pooled, UID)
    async with pooled() as work:
        with pytest.raises(PoolNameTaken):
            await work.pools.add(a_pool(uid=PoolUid("q")))
    async with pooled() as work:
        await work.pools.add(a_pool(PoolType.SHARED_DIR, uid=PoolUid("q"), id="q"))
        for wanted, found in (
            (PoolFilter(), ["p", "q"]),
            (PoolFilter(node="nodes/h1"), ["p"]),
            (PoolFilter(types=(PoolType.SHARED_DIR,)), ["q"]),
            (PoolFilter(name_prefix="x"), []),
        ):
            page = await work.pools.page(wanted, PageRequest.of(0, ""))
            assert [view.pool.id for view in page.items] == found, wanted
        pool = await work.pools.get("storage-pools/p", locked=True)
        file = FoundFile(path="a", kind=FileKind.ISO)
        await work.pool_sights.put_files(UID, POOL, [file], truncated=False, scan_time=NOW)
        assert await work.pools.holding_data(UID) == ["storage-pools/p (0 disks, 1 files)"]
        await work.pools.remove(pool)
        assert await work.pools.on_node(UID) == []
        with pytest.raises(NotFound):
            await work.pools.get("storage-pools/p")


async def test_a_report_waits_for_the_pool_that_goes(pooled: Work) -> None:
    await given(pooled, UID)

    async def reports() -> frozenset[PoolUid]:
        async with pooled() as work:
            return await work.pool_sights.assigned(UID)

    async with pooled() as going:
        await going.pools.unassign(a_pool(), [UID])
        reporting = asyncio.create_task(reports())
        done, _ = await asyncio.wait([reporting], timeout=0.3)
        assert not done, "it would store what is being forgotten"
        await going.commit()
    assert await reporting == frozenset()


async def test_what_was_seen_reads_back_equal(pooled: Work) -> None:
    seen = a_sight(SightState.ERROR, reason="MARKER_MISSING", error="'; drop table nodes; --")
    async with pooled() as work:
        await work.pool_sights.put(UID, [seen])
        assert await work.pool_sights.of(UID) == [seen]
        assert isinstance(seen, Sight)
