"""The node service's Watch of storage pools, as the cluster service needs it."""

from collections.abc import AsyncIterator

from quantix.node.v1 import storage_pool_pb2 as pb
from quantix.node.v1.storage_pool_pb2_grpc import StoragePoolServiceStub
from qvdc_cluster.adapters.following import KINDS, Owner
from qvdc_cluster.domain.cluster import NodeUid
from qvdc_cluster.domain.storage import PoolNews, StoragePool
from qvdc_core.event import WatchItem


class GrpcPoolFeed:
    """Storage pools as their owner tells them."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    async def follow(self, resume_token: str) -> AsyncIterator[WatchItem[PoolNews]]:
        """All pools, then each change; or on from a token.

        Raises:
            ResumeExpired: begin again without a token.
            OwnerAway: the stream broke; go on later with the last token.
        """
        request = pb.WatchStoragePoolsRequest(resume_token=resume_token)
        items = self._owner.follow(
            lambda channel: StoragePoolServiceStub(channel).WatchStoragePools, request
        )
        async for item in items:
            if item.kind in KINDS:
                yield item_of(item)


def item_of(item: pb.WatchStoragePoolsResponse) -> WatchItem[PoolNews]:
    """Read one item of the stream."""
    told = item.HasField("storage_pool") and item.storage_pool.uid
    carried = KINDS[item.kind].value in {"SNAPSHOT", "CHANGED"}
    return WatchItem(
        kind=KINDS[item.kind],
        token=item.resume_token,
        value=pool_of(item.storage_pool) if told and carried else None,
        name=item.storage_pool.name,
        uid=item.storage_pool.uid,
    )


def pool_of(pool: pb.StoragePool) -> PoolNews:
    """Read what placement needs of a pool: it, on each node that shall keep it."""
    shared = pool.type == pb.StoragePool.TYPE_SHARED_DIR
    deleting = pool.phase == pb.StoragePool.PHASE_DELETING
    return PoolNews(
        pool.uid,
        tuple(
            StoragePool(
                uid=pool.uid,
                name=pool.name,
                node_uid=NodeUid(each.node_uid),
                shared=shared,
                state=pb.PoolOnNode.State.Name(each.state).removeprefix("STATE_"),
                reason=each.reason,
                error=each.error,
                ratio=pool.overprovision_ratio,
                reserve_percent=pool.reserve_percent,
                capacity_bytes=each.capacity_bytes if each.HasField("capacity_bytes") else None,
                available_bytes=each.available_bytes if each.HasField("available_bytes") else None,
                claimed_bytes=pool.claimed_bytes if shared else each.claimed_bytes,
            )
            for each in pool.node_states
            if not each.releasing and not deleting
        ),
    )
