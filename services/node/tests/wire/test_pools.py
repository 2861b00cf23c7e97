"""Storage pools as people and hosts meet them (ST-1, ST-2, ST-6, HB-1, HB-5)."""

import asyncio
from pathlib import Path

from quantix.event.v1.event_pb2 import WatchKind
from quantix.host.v1 import pool_sync_pb2
from quantix.node.v1 import node_pb2, node_pb2_grpc
from quantix.node.v1 import storage_pool_pb2 as pb
from qvdc_rpc.status import RemoteRefusal
from qvdc_testing.postgresql import PostgresServer
from tests.node_testing.pool_site import (
    Eventually,
    P,
    given,
    healthy,
    host,
    joined,
    pools,
    refused,
    stands,
)
from tests.node_testing.pools import PoolHost, Pools, seen
from tests.node_testing.site import Site, away

__all__ = ["host", "pools"]

MACHINE = "77777777-0000-4000-8000-000000000000"


async def test_st_1_a_pool_goes_down_in_a_beat_and_comes_up_by_a_report(
    pools: Pools, host: PoolHost, eventually: Eventually
) -> None:
    made = await pools.create(content=["CONTENT_ISO"], labels={"tier": "gold"})
    assert (made.overprovision_ratio, made.reserve_percent) == (2.0, 5)
    assert (await pools.phase()) == ("PHASE_PENDING", "NOT_REPORTED")
    wanted = await given(host, eventually)
    assert (wanted.pool_uid, wanted.path, wanted.initialise) == (made.uid, "/pools/p", True)
    assert list(wanted.content) == [pb.StoragePool.CONTENT_ISO]
    answer = await host.tell(seen(wanted, latency_microseconds=900))
    assert answer.request_full_sync, "its files were never told"
    await stands(pools, eventually, "READY")
    found = await pools.get()
    assert (found.capacity_bytes, found.available_bytes) == (100 << 30, 60 << 30)
    (on_node,) = found.node_states
    assert (on_node.node, on_node.latency_microseconds) == ("nodes/h1", 900)
    assert not on_node.stale

    async def right_is_over() -> bool:
        wanted = await host.wanted(P)
        return wanted is not None and not wanted.initialise

    await eventually(right_is_over)
    assert host.kept is not None
    unchanged = await host.beat(
        assigned_pools_generation=host.kept.generation,
        assigned_pools_site_term=host.kept.site_term,
    )
    assert not unchanged.HasField("assigned_pools")

    async def told() -> bool:
        return await pools.told() == ["PoolReady"]

    await eventually(told)


async def test_st_2_a_missing_marker_is_an_error_with_the_hosts_words_until_it_is_back(
    pools: Pools, host: PoolHost, eventually: Eventually
) -> None:
    await healthy(pools, host, eventually)
    wanted = await given(host, eventually)
    words = "/pools/p/.quantix/pool is not there"
    lost = seen(wanted, "ERROR", reason="MARKER_MISSING", error=words, change_count=2)
    await host.tell(lost)
    await stands(pools, eventually, "ERROR", "MARKER_MISSING")
    (on_node,) = (await pools.get()).node_states
    assert (on_node.reason, on_node.error) == ("MARKER_MISSING", words)
    await host.tell(seen(wanted, change_count=3))
    await stands(pools, eventually, "READY")

    async def told() -> bool:
        return await pools.told() == ["PoolReady", "PoolDegraded", "PoolLost", "PoolReady"]

    await eventually(told)


async def test_gen_13_a_silent_hosts_pool_is_unknown_and_not_as_it_was(
    site: Site, pools: Pools, host: PoolHost, eventually: Eventually
) -> None:
    await healthy(pools, host, eventually)
    await site.execute("update pool_hosts set told_at = now() - interval '31 seconds'")
    await stands(pools, eventually, "ERROR", "NODE_SILENT")
    found = await pools.get()
    (on_node,) = found.node_states
    assert on_node.stale
    assert on_node.state == pb.PoolOnNode.STATE_UNKNOWN
    assert not on_node.HasField("capacity_bytes")
    assert not found.HasField("available_bytes")


async def test_hb_3_late_news_lose_and_hashes_are_compared(
    pools: Pools, host: PoolHost, eventually: Eventually
) -> None:
    await pools.create()
    wanted = await given(host, eventually)
    now = 1_000_000
    await host.tell(seen(wanted, change_count=5), boottime_milliseconds=now)
    late = seen(wanted, "ERROR", reason="PATH_MISSING", change_count=4)
    await host.tell(late, boottime_milliseconds=now - 1)
    assert (await pools.get()).node_states[0].state == pb.PoolOnNode.STATE_HEALTHY
    files = pool_sync_pb2.PoolFiles()
    answer = await host.tell(
        seen(wanted, change_count=6, files=files), boottime_milliseconds=now + 1
    )
    same = await host.tell(state_hash=answer.state_hash, boottime_milliseconds=now + 2)
    assert not same.request_full_sync
    other = await host.tell(state_hash="0" * 64, boottime_milliseconds=now + 2)
    assert other.request_full_sync
    await host.tell(full=True, boottime_milliseconds=now + 3)
    assert (await pools.get()).node_states[0].state == pb.PoolOnNode.STATE_UNMOUNTED
    stranger = await host.tell(seen(wanted), boot_id=MACHINE)
    assert stranger.request_full_sync
    assert (await pools.get()).node_states[0].state == pb.PoolOnNode.STATE_UNMOUNTED


async def test_hb_5_unassigning_waits_for_the_host_and_is_refused_while_disks_are_there(
    pools: Pools, host: PoolHost, eventually: Eventually
) -> None:
    await healthy(pools, host, eventually)
    await pools.claim(host, MACHINE, 1 << 30)
    leaving = pb.UnassignStoragePoolRequest(name=P, nodes=["nodes/h1"])
    refusal = await refused(pools.call("UnassignStoragePool", leaving))
    assert (refusal.reason, refusal.facts["blockers"]) == ("IN_USE", "vms/a")
    deleting = pb.DeleteStoragePoolRequest(name=P)
    assert (await refused(pools.call("DeleteStoragePool", deleting))).reason == "IN_USE"
    await pools.release(MACHINE)

    async def rescan() -> bool:
        wanted = await host.wanted(P)
        return wanted is not None and wanted.rescan_count == 1

    await eventually(rescan)
    operation = await pools.call("UnassignStoragePool", leaving)

    async def release() -> bool:
        wanted = await host.wanted(P)
        return wanted is not None and wanted.release and not wanted.wipe

    await eventually(release)
    assert list((await pools.get()).assigned_nodes) == []
    assert not await pools.succeeded(operation)
    await host.tell(seen(await given(host, eventually), "UNMOUNTED"))

    async def done() -> bool:
        return await pools.succeeded(operation) and await host.wanted(P) is None

    await eventually(done)
    assert host.kept is not None
    assert not host.kept.pools
    assert await pools.phase() == ("PHASE_PENDING", "NO_NODES")


async def test_st_2_deleting_wipes_only_when_the_name_is_repeated(
    pools: Pools, host: PoolHost, eventually: Eventually
) -> None:
    await healthy(pools, host, eventually)
    wrong = pb.DeleteStoragePoolRequest(name=P, wipe="yes")
    assert (await refused(pools.call("DeleteStoragePool", wrong))).reason == "WIPE_NOT_CONFIRMED"
    request_id = "99999999-0000-4000-8000-000000000000"
    right = pb.DeleteStoragePoolRequest(name=P, wipe="p", request_id=request_id)
    operation = await pools.call("DeleteStoragePool", right)
    assert (await pools.phase())[0] == "PHASE_DELETING"
    assigning = pb.AssignStoragePoolRequest(name=P, nodes=["nodes/h1"])
    refusal = await refused(pools.call("AssignStoragePool", assigning))
    assert refusal.reason == "BEING_DELETED"

    async def wipe() -> bool:
        wanted = await host.wanted(P)
        return wanted is not None and wanted.release and wanted.wipe

    await eventually(wipe)
    await host.tell(seen(await given(host, eventually), "UNMOUNTED"))

    async def gone() -> bool:
        return await pools.succeeded(operation)

    await eventually(gone)
    assert (await refused(pools.get())).reason == "NOT_FOUND"
    assert (await pools.call("DeleteStoragePool", right)).name == operation.name


async def test_gen_10_who_watches_sees_a_pool_come_stand_and_go(
    pools: Pools, host: PoolHost, eventually: Eventually
) -> None:
    seen_: list[tuple[str, str]] = []

    async def watch() -> None:
        async for item in pools.watch():
            phase = pb.StoragePool.Phase.Name(item.storage_pool.phase).removeprefix("PHASE_")
            seen_.append((WatchKind.Name(item.kind).removeprefix("WATCH_KIND_"), phase))

    async with asyncio.timeout(60):
        watching = asyncio.create_task(watch())
        await healthy(pools, host, eventually)
        await pools.call("DeleteStoragePool", pb.DeleteStoragePoolRequest(name=P))
        wanted = await given(host, eventually)
        while not wanted.release:
            wanted = await given(host, eventually)
        await host.tell(seen(wanted, "UNMOUNTED"))

        async def gone() -> bool:
            return ("DELETED", "UNSPECIFIED") in seen_

        await eventually(gone)
        watching.cancel()
    assert seen_[0] == ("SYNCED", "UNSPECIFIED")
    assert ("CHANGED", "READY") in seen_
    assert ("CHANGED", "DELETING") in seen_
    assert seen_[-1] == ("DELETED", "UNSPECIFIED")


async def test_reconnect_and_rescan_are_done_when_the_host_says_so(
    pools: Pools, host: PoolHost, eventually: Eventually
) -> None:
    await healthy(pools, host, eventually)
    asked = [
        await pools.call("ReconnectStoragePool", pb.ReconnectStoragePoolRequest(name=P)),
        await pools.call("RescanStoragePool", pb.RescanStoragePoolRequest(name=P)),
    ]

    async def counted() -> bool:
        wanted = await host.wanted(P)
        return wanted is not None and (wanted.reconnect_count, wanted.rescan_count) == (1, 1)

    await eventually(counted)
    assert not any([await pools.succeeded(each) for each in asked])
    await host.tell(seen(await given(host, eventually)))

    async def done() -> bool:
        return all([await pools.succeeded(each) for each in asked])

    await eventually(done)
    elsewhere = pb.RescanStoragePoolRequest(name=P, nodes=["nodes/none"])
    assert (await refused(pools.call("RescanStoragePool", elsewhere))).reason == "NOT_FOUND"


async def test_a_shared_pool_that_is_not_one_directory_is_degraded_on_both(
    site: Site, tmp_path: Path, pools: Pools, host: PoolHost, eventually: Eventually
) -> None:
    other = await joined(site, tmp_path, eventually, "h2")
    await pools.create(type="TYPE_SHARED_DIR", nodes=("nodes/h1", "nodes/h2"))
    refusal = await refused(other.tell(node_uid=host.uid))
    assert (refusal.code, refusal.reason) == ("PERMISSION_DENIED", "IDENTITY_MISMATCH")
    rights = [(await given(each, eventually)).initialise for each in (host, other)]
    assert rights == [True, False]

    def probe(mine: str, seen_of: PoolHost, nonce: str) -> pool_sync_pb2.SamenessProbe:
        return pool_sync_pb2.SamenessProbe(
            nonce=mine,
            seen=[pool_sync_pb2.SeenNonce(node_uid=seen_of.uid, nonce=nonce)] if nonce else [],
        )

    for one, its, two, nonce in ((host, "nonce-one", other, ""), (other, "nonce-two", host, "")):
        await one.tell(seen(await given(one, eventually), probe=probe(its, two, nonce)))
    await stands(pools, eventually, "READY")
    assert (await pools.get()).capacity_bytes == 100 << 30, "it is counted once"
    past = "sight || jsonb_build_object('nonce_time', '2026-01-01T00:00:00Z', 'since', null)"
    await site.execute(f"update pool_sights set sight = {past}")
    await stands(pools, eventually, "DEGRADED", "NOT_THE_SAME")
    errors = {each.node: each.error for each in (await pools.get()).node_states}
    assert "nodes/h2" in errors["nodes/h1"]
    await host.tell(
        seen(await given(host, eventually), probe=probe("nonce-one", other, "nonce-two"))
    )
    await other.tell(
        seen(await given(other, eventually), probe=probe("nonce-two", host, "nonce-one"))
    )
    await stands(pools, eventually, "READY")


async def test_paths_of_a_node_stay_apart_and_the_hosts_system_is_no_pool(
    pools: Pools, host: PoolHost
) -> None:
    await pools.create()
    refusal = await refused(pools.create("q", path="/pools/p/deeper"))
    assert (refusal.reason, refusal.facts["pool"]) == ("PATH_IN_USE", P)
    rivals = [pools.create(f"r{each}", path="/pools/r") for each in range(4)]
    done = await asyncio.gather(*rivals, return_exceptions=True)
    assert sum(isinstance(each, pb.StoragePool) for each in done) == 1, "one has the path"
    assert {each.reason for each in done if isinstance(each, RemoteRefusal)} == {"PATH_IN_USE"}
    for path in ("/etc/quantix", "/", "relative", "/a/../b", "/a//b"):
        assert (await refused(pools.create("q", path=path))).reason == "INVALID_ARGUMENT"
    assert (await refused(pools.create("local"))).reason == "INVALID_ARGUMENT"
    assert (await refused(pools.create(nodes=()))).reason == "ALREADY_EXISTS"
    assert (await refused(pools.create("q", nodes=("nodes/no",)))).reason == "NOT_FOUND"
    shared = pools.create("q", type="TYPE_SHARED_DIR", path="")
    assert (await refused(shared)).reason == "INVALID_ARGUMENT"


async def test_gen_3_an_update_changes_what_is_masked_and_the_host_hears_of_it(
    pools: Pools, host: PoolHost, eventually: Eventually
) -> None:
    made = await pools.create(description="old", overprovision_ratio=3.0)
    await given(host, eventually)
    wanted = pb.StoragePool(name=P, reserve_percent=0, etag=made.etag, description="")
    changed = await pools.call(
        "UpdateStoragePool", pb.UpdateStoragePoolRequest(storage_pool=wanted)
    )
    assert (changed.overprovision_ratio, changed.reserve_percent) == (3.0, 0)
    assert changed.description == ""
    stale = pb.UpdateStoragePoolRequest(storage_pool=wanted)
    assert (await refused(pools.call("UpdateStoragePool", stale))).reason == "ETAG_MISMATCH"

    async def heard() -> bool:
        found = await host.wanted(P)
        return found is not None and found.reserve_percent == 0

    await eventually(heard)


async def test_hb_1_beats_bring_the_list_while_postgresql_is_away(
    pools: Pools, host: PoolHost, eventually: Eventually, postgresql_server: PostgresServer
) -> None:
    await pools.create()
    await given(host, eventually)
    with away(postgresql_server):
        answer = await host.beat()
    assert [each.pool for each in answer.assigned_pools.pools] == [P]


async def test_nd_8_a_node_whose_own_pool_holds_data_is_not_removed(
    site: Site, pools: Pools, host: PoolHost, eventually: Eventually
) -> None:
    await healthy(pools, host, eventually)
    found = pool_sync_pb2.PoolFile(path="a.iso", kind="KIND_ISO", size_bytes=5)
    files = pool_sync_pb2.PoolFiles(files=[found])
    await host.tell(seen(await given(host, eventually), files=files))
    nodes = site.user(node_pb2_grpc.NodeServiceStub)
    leaving = node_pb2.DecommissionNodeRequest(name="nodes/h1")
    refusal = await refused(nodes.call("DecommissionNode", leaving))
    assert (refusal.reason, refusal.facts["blockers"]) == ("IN_USE", f"{P} (0 disks, 1 files)")
    empty = pool_sync_pb2.PoolFiles()
    await host.tell(seen(await given(host, eventually), files=empty))
    await nodes.call("DecommissionNode", leaving)
    assert list((await pools.get()).assigned_nodes) == []
