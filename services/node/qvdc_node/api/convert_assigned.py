"""What a host shall have of storage pools, written to the wire."""

from quantix.host.v1 import pool_sync_pb2 as pb
from qvdc_node.domain.pool import AssignedPools, Assignment, StoragePool


def assigned_pools_to_wire(wanted: AssignedPools) -> pb.AssignedPools:
    """Write a host's list, whole."""
    return pb.AssignedPools(
        site_term=wanted.site_term,
        generation=wanted.generation,
        pools=[_assigned(pool, assignment) for pool, assignment in wanted.pools],
    )


def _assigned(pool: StoragePool, assignment: Assignment) -> pb.AssignedPool:
    return pb.AssignedPool(
        pool_uid=pool.uid,
        pool=pool.name,
        type=f"TYPE_{pool.type.value}",
        path=pool.path,
        generation=assignment.generation,
        initialise=assignment.initialise,
        reserve_percent=pool.intent.reserve_percent,
        content=[f"CONTENT_{each.value}" for each in pool.intent.content],
        release=assignment.releasing,
        wipe=assignment.wipe,
        reconnect_count=assignment.reconnect_count,
        rescan_count=assignment.rescan_count,
    )
