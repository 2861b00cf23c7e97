"""A host that keeps its assigned storage pools and tells of them, as the node service meets it."""

import time
from collections.abc import AsyncIterator
from typing import Any

from quantix.access.v1 import fence_pb2
from quantix.claim.v1 import pool_claim_pb2, pool_claim_pb2_grpc
from quantix.event.v1 import event_pb2, event_pb2_grpc
from quantix.host.v1 import pool_sync_pb2, pool_sync_pb2_grpc
from quantix.node.v1 import storage_pool_pb2 as pb
from quantix.node.v1 import storage_pool_pb2_grpc
from quantix.operation.v1 import operation_pb2, operation_pb2_grpc
from tests.node_testing.host import Host
from tests.node_testing.site import Site

GIB = 1 << 30


class PoolHost(Host):
    """Keeps the list that its beats bring, and tells what the test says it sees."""

    kept: pool_sync_pb2.AssignedPools | None = None

    async def hear(self) -> pool_sync_pb2.AssignedPools | None:
        """Beat; keep the list if one came, and return the one that is kept."""
        kept = self.kept or pool_sync_pb2.AssignedPools()
        answer = await self.beat(
            assigned_pools_generation=kept.generation, assigned_pools_site_term=kept.site_term
        )
        if answer.HasField("assigned_pools"):
            self.kept = answer.assigned_pools
        return self.kept

    async def wanted(self, name: str) -> pool_sync_pb2.AssignedPool | None:
        """Beat; return what the host shall have of a pool."""
        kept = await self.hear()
        found = [each for each in kept.pools if each.pool == name] if kept is not None else []
        return found[0] if found else None

    async def tell(
        self, *pools: pool_sync_pb2.ObservedPool, at: str = "node-1", **fields: Any
    ) -> pool_sync_pb2.ReportPoolsResponse:
        """Report these pools."""
        mine = self.site.host(pool_sync_pb2_grpc.PoolSyncServiceStub, self.files, at=at)
        request = pool_sync_pb2.ReportPoolsRequest(
            **{
                "node_uid": self.uid,
                "boot_id": self.boot_id,
                "boottime_milliseconds": time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000,
                "pools": pools,
                **fields,
            }
        )
        answer: pool_sync_pb2.ReportPoolsResponse = await mine.call("ReportPools", request)
        return answer


def seen(
    wanted: pool_sync_pb2.AssignedPool, state: str = "HEALTHY", **fields: Any
) -> pool_sync_pb2.ObservedPool:
    """What a host sees of a pool that it acts on."""
    room = {"capacity_bytes": 100 * GIB, "available_bytes": 60 * GIB}
    return pool_sync_pb2.ObservedPool(
        **{
            "pool_uid": wanted.pool_uid,
            "generation": wanted.generation,
            "state": f"STATE_{state}",
            "path": wanted.path or "/var/lib/quantix/pools/p",
            "change_count": 1,
            "reconnect_count": wanted.reconnect_count,
            "rescan_count": wanted.rescan_count,
            **({} if state in ("ERROR", "UNMOUNTED") else room),
            **fields,
        }
    )


class Pools:
    """Calls the services of storage pools as a user and as the vm service."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._user = site.user(storage_pool_pb2_grpc.StoragePoolServiceStub)
        self._operations = site.user(operation_pb2_grpc.OperationServiceStub)
        self._claims = site.service(pool_claim_pb2_grpc.PoolClaimServiceStub, "vm")

    async def create(
        self, pool_id: str = "p", nodes: tuple[str, ...] = ("nodes/h1",), **fields: Any
    ) -> pb.StoragePool:
        """Make a pool."""
        wanted = pb.StoragePool(**{"type": "TYPE_LOCAL_DIR", "path": "/pools/p", **fields})
        request = pb.CreateStoragePoolRequest(
            storage_pool_id=pool_id, storage_pool=wanted, nodes=nodes
        )
        made: pb.StoragePool = await self._user.call("CreateStoragePool", request)
        return made

    async def call(self, method: str, request: object) -> Any:
        """Make any call of StoragePoolService."""
        return await self._user.call(method, request)

    def watch(self) -> AsyncIterator[pb.WatchStoragePoolsResponse]:
        """Stream pools from the beginning."""
        return self._user.stream("WatchStoragePools", pb.WatchStoragePoolsRequest())

    async def get(self, pool_id: str = "p") -> pb.StoragePool:
        """Read a pool."""
        request = pb.GetStoragePoolRequest(name=f"storage-pools/{pool_id}")
        found: pb.StoragePool = await self._user.call("GetStoragePool", request)
        return found

    async def phase(self, pool_id: str = "p") -> tuple[str, str]:
        """Read a pool's phase and why."""
        found = await self.get(pool_id)
        return pb.StoragePool.Phase.Name(found.phase), found.phase_reason

    async def succeeded(self, operation: operation_pb2.Operation) -> bool:
        """Whether an operation has succeeded."""
        request = operation_pb2.GetOperationRequest(name=operation.name)
        found = await self._operations.call("GetOperation", request)
        return bool(found.state == operation_pb2.Operation.STATE_SUCCEEDED)

    async def told(self) -> list[str]:
        """The kinds of the events about pools, oldest first."""
        events = self._site.user(event_pb2_grpc.EventServiceStub)
        page = await events.call("ListEvents", event_pb2.ListEventsRequest(page_size=100))
        found = [each for each in page.events if each.subject.startswith("storage-pools/")]
        return [each.kind for each in reversed(found) if each.kind.startswith("Pool")]

    async def claim(
        self, host: Host, owner_uid: str, size_bytes: int, *, disk_id: str = "root", **fields: Any
    ) -> pool_claim_pb2.PoolClaim:
        """Claim room as the vm service."""
        request = pool_claim_pb2.ClaimPoolRequest(
            **{
                "pool": "storage-pools/p",
                "node_uid": host.uid,
                "owner_uid": owner_uid,
                "owner": "vms/a",
                "disk_id": disk_id,
                "size_bytes": size_bytes,
                "fence": FENCE,
                **fields,
            }
        )
        claim: pool_claim_pb2.PoolClaim = await self._claims.call("ClaimPool", request)
        return claim

    async def release(self, owner_uid: str, disk_id: str = "") -> None:
        """Give room back as the vm service."""
        request = pool_claim_pb2.ReleasePoolRequest(
            owner_uid=owner_uid, disk_id=disk_id, fence=FENCE
        )
        await self._claims.call("ReleasePool", request)

    async def claims(self, **fields: Any) -> pool_claim_pb2.ListPoolClaimsResponse:
        """List claims as the vm service."""
        request = pool_claim_pb2.ListPoolClaimsRequest(**fields)
        found: pool_claim_pb2.ListPoolClaimsResponse = await self._claims.call(
            "ListPoolClaims", request
        )
        return found


FENCE = fence_pb2.Fence(site_term=1, loop="vm-machines", revision=7)
