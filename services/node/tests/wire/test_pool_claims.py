"""Room in storage pools, and what lies there, as the vm service and people meet it (ST-4, ST-6)."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from quantix.host.v1 import pool_sync_pb2
from quantix.node.v1 import storage_pool_pb2 as pb
from qvdc_rpc.status import RemoteRefusal
from tests.node_testing.pool_site import (
    Eventually,
    P,
    given,
    healthy,
    host,
    pools,
    refused,
)
from tests.node_testing.pools import FENCE, GIB, PoolHost, Pools, seen
from tests.node_testing.site import Site

__all__ = ["host", "pools"]
A, B = "77777777-0000-4000-8000-00000000000a", "77777777-0000-4000-8000-00000000000b"


async def test_st_4_claims_are_idempotent_and_stay_within_the_ratio(
    pools: Pools, host: PoolHost, eventually: Eventually
) -> None:
    await healthy(pools, host, eventually)
    first = await pools.claim(host, A, 150 * GIB)
    again = await pools.claim(host, A, 150 * GIB)
    assert again == first
    assert (first.pool, first.node, first.generation) == (P, "nodes/h1", 1)
    refusal = await refused(pools.claim(host, B, 51 * GIB))
    assert (refusal.code, refusal.reason) == ("RESOURCE_EXHAUSTED", "POOL_OVERCOMMITTED")
    facts = {name: refusal.facts[name] for name in ("needed_bytes", "free_bytes", "ratio", "limit")}
    assert facts == {
        "needed_bytes": str(51 * GIB),
        "free_bytes": str(50 * GIB),
        "ratio": "2",
        "limit": "ratio",
    }
    assert (refusal.facts["claimed_bytes"], refusal.facts["node"]) == (str(150 * GIB), "nodes/h1")
    grown = await pools.claim(host, A, 160 * GIB)
    assert (grown.size_bytes, grown.generation) == (160 * GIB, 2)
    assert (await refused(pools.claim(host, A, 201 * GIB))).reason == "POOL_OVERCOMMITTED"
    assert (await pools.claims()).claims[0].size_bytes == 160 * GIB
    found = await pools.get()
    assert (found.claimed_bytes, found.claim_count) == (160 * GIB, 1)
    await pools.release(A)
    await pools.release(A)
    assert not (await pools.claims()).claims


async def test_st_4_parallel_claims_never_overfill(
    pools: Pools, host: PoolHost, eventually: Eventually
) -> None:
    await healthy(pools, host, eventually)
    wished = [pools.claim(host, str(uuid.uuid4()), 30 * GIB) for _ in range(12)]
    done = await asyncio.gather(*wished, return_exceptions=True)
    held = [each for each in done if not isinstance(each, BaseException)]
    assert len(held) == 6, "6 times 30 GiB fit into twice 100 GiB"
    assert {each.reason for each in done if isinstance(each, RemoteRefusal)} == {
        "POOL_OVERCOMMITTED"
    }


async def test_st_4_thick_disks_leave_the_reserve_and_a_pool_that_used_it_takes_none(
    pools: Pools, host: PoolHost, eventually: Eventually
) -> None:
    await healthy(pools, host, eventually)
    thick = {"provisioning": "PROVISIONING_THICK"}
    refusal = await refused(pools.claim(host, A, 56 * GIB, **thick))
    assert (refusal.facts["limit"], refusal.facts["free_bytes"]) == ("reserve", str(55 * GIB))
    await pools.claim(host, A, 55 * GIB, **thick)
    wanted = await given(host, eventually)
    await host.tell(seen(wanted, available_bytes=5 * GIB, change_count=2))
    assert (await refused(pools.claim(host, B, GIB))).facts["limit"] == "reserve"
    await host.tell(seen(wanted, available_bytes=4 * GIB, change_count=3))

    async def full() -> bool:
        return "PoolFull" in await pools.told()

    await eventually(full)


async def test_room_is_claimed_only_where_it_is_known(
    site: Site, pools: Pools, host: PoolHost, eventually: Eventually
) -> None:
    await pools.create()
    refusal = await refused(pools.claim(host, A, GIB))
    assert (refusal.code, refusal.reason) == ("UNAVAILABLE", "POOL_NOT_READY")
    assert refusal.facts["pool_reason"] == "NOT_REPORTED"
    wanted = await given(host, eventually)
    await host.tell(seen(wanted, "ERROR", reason="MARKER_MISSING"))
    assert (await refused(pools.claim(host, A, GIB))).facts["pool_reason"] == "MARKER_MISSING"
    elsewhere = {"node_uid": str(uuid.uuid4())}
    assert (await refused(pools.claim(host, A, GIB, **elsewhere))).reason == "NOT_FOUND"
    assert (await refused(pools.claim(host, A, GIB, pool="storage-pools/no"))).reason == "NOT_FOUND"
    await site.execute("delete from pool_assignments")
    assert (await refused(pools.claim(host, A, GIB))).reason == "POOL_NOT_ASSIGNED"


async def test_gen_19_an_older_leader_claims_and_releases_nothing(
    pools: Pools, host: PoolHost, eventually: Eventually
) -> None:
    await healthy(pools, host, eventually)
    newer = type(FENCE)(site_term=1, loop=FENCE.loop, revision=FENCE.revision + 1)
    await pools.claim(host, A, GIB, fence=newer)
    assert (await refused(pools.claim(host, B, GIB))).reason == "STALE_FENCE"
    assert (await refused(pools.release(A))).reason == "STALE_FENCE"
    assert [each.owner_uid for each in (await pools.claims(owner_uid=A)).claims] == [A]


async def test_st_6_files_are_listed_beside_claims_with_orphans_and_devices_of_hosts(
    site: Site, pools: Pools, host: PoolHost, eventually: Eventually
) -> None:
    await healthy(pools, host, eventually)
    for owner in (A, B):
        await pools.claim(host, owner, GIB)
    await site.execute("update pool_claims set create_time = now() - interval '1 hour'")
    nobody = str(uuid.uuid4())
    files = pool_sync_pb2.PoolFiles(
        files=[
            pool_sync_pb2.PoolFile(path="debian.iso", kind="KIND_ISO", size_bytes=7),
            disk(A, size_bytes=9, allocated_bytes=4),
            disk(nobody),
        ]
    )
    files.scan_time.FromDatetime(datetime.now(UTC) - timedelta(seconds=5))
    await host.tell(seen(await given(host, eventually), files=files))
    listed = await pools.call("ListStoragePoolFiles", pb.ListStoragePoolFilesRequest(name=P))
    told = {(each.path, each.owner, each.orphan) for each in listed.files}
    assert told == {
        ("debian.iso", "", False),
        (f"machines/{A}/root.qcow2", "vms/a", False),
        (f"machines/{nobody}/root.qcow2", "", True),
        ("", "vms/a", True),
    }
    lost = next(each for each in listed.files if not each.path)
    assert (lost.owner_uid, lost.disk_id, lost.claimed_bytes) == (B, "root", GIB)
    assert listed.HasField("observe_time")
    paged, token = [], ""
    while True:
        request = pb.ListStoragePoolFilesRequest(
            name=P, page_size=1, page_token=token, orphans_only=True
        )
        page = await pools.call("ListStoragePoolFiles", request)
        paged += list(page.files)
        if not (token := page.next_page_token):
            break
    assert [each.orphan for each in paged] == [True, True]
    other = pb.ListStoragePoolFilesRequest(name=P, node="nodes/h9")
    refusal = await refused(pools.call("ListStoragePoolFiles", other))
    assert refusal.reason == "POOL_NOT_ASSIGNED"
    disks = '[{"path": "/dev/vda", "stable_id": "virtio-1", "model": "", "size_bytes": 1024}]'
    await site.execute(f"update nodes set inventory = inventory || '{{\"disks\": {disks}}}'")
    found = await pools.call("ListStorageDevices", pb.ListStorageDevicesRequest())
    (device,) = found.devices
    assert (device.node, device.path, device.size_bytes) == ("nodes/h1", "/dev/vda", 1024)
    none = pb.ListStorageDevicesRequest(node="nodes/h2")
    assert not (await pools.call("ListStorageDevices", none)).devices


def disk(owner_uid: str, **fields: Any) -> pool_sync_pb2.PoolFile:
    return pool_sync_pb2.PoolFile(
        path=f"machines/{owner_uid}/root.qcow2",
        kind="KIND_DISK",
        owner_uid=owner_uid,
        disk_id="root",
        **fields,
    )
