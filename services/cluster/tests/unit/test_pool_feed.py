"""What is read of a storage pool on the wire."""

from quantix.event.v1 import event_pb2
from quantix.node.v1 import storage_pool_pb2 as pb
from qvdc_cluster.adapters.pool_feed import item_of, pool_of


def a_pool(kind: pb.StoragePool.Type) -> pb.StoragePool:
    here = pb.PoolOnNode(
        node="nodes/h1",
        node_uid="u1",
        state="STATE_ERROR",
        reason="MARKER_MISSING",
        error="no",
        capacity_bytes=100,
        claimed_bytes=10,
    )
    going = pb.PoolOnNode(node="nodes/h2", node_uid="u2", state="STATE_HEALTHY", releasing=True)
    return pb.StoragePool(
        name="storage-pools/fast",
        uid="p1",
        type=kind,
        overprovision_ratio=2.0,
        reserve_percent=5,
        claimed_bytes=70,
        node_states=[here, going],
    )


def test_a_pool_is_read_on_each_node_that_keeps_it() -> None:
    (local,) = pool_of(a_pool(pb.StoragePool.TYPE_LOCAL_DIR)).on_nodes
    (shared,) = pool_of(a_pool(pb.StoragePool.TYPE_SHARED_DIR)).on_nodes

    assert (local.node_uid, local.standing) == ("u1", "ERROR (MARKER_MISSING: no)")
    assert (local.capacity_bytes, local.available_bytes) == (100, None)
    assert (local.claimed_bytes, shared.claimed_bytes) == (10, 70)
    assert (local.shared, shared.shared, shared.ratio) == (False, True, 2.0)


def test_a_pool_that_is_being_deleted_is_nowhere() -> None:
    pool = a_pool(pb.StoragePool.TYPE_LOCAL_DIR)
    pool.phase = pb.StoragePool.PHASE_DELETING

    assert pool_of(pool).on_nodes == ()


def test_a_deleted_pool_is_told_by_name_and_uid() -> None:
    gone = pb.StoragePool(name="storage-pools/fast", uid="p1")
    item = item_of(
        pb.WatchStoragePoolsResponse(
            kind=event_pb2.WATCH_KIND_DELETED, storage_pool=gone, resume_token="t"
        )
    )

    assert (item.value, item.uid, item.token) == (None, "p1", "t")
