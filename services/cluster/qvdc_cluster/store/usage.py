"""Usage of clusters, computed from rows in one query (CL-5)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_cluster.domain.cluster import ClusterUid
from qvdc_cluster.domain.usage import MachineCounts, NodeCounts, ResourceUsage, Usage

# A node counts once: maintenance comes first, so that it is never counted as offline. So does a
# pool that nodes share.
_QUERY = text("""
WITH member AS (
    SELECT m.cluster_uid, m.node, n.*,
        CASE
            WHEN n.mode = 'MAINTENANCE' OR n.phase = 'MAINTENANCE' THEN 'maintenance'
            WHEN n.uid IS NULL OR n.removed THEN 'offline'
            WHEN n.phase = 'READY' THEN 'online'
            WHEN n.phase = 'DRAINING' THEN 'draining'
            WHEN n.phase = 'PENDING' THEN 'pending'
            WHEN n.phase IN ('OFFLINE', 'FENCED', 'REMOVING') THEN 'offline'
            ELSE 'not_ready'
        END AS standing
    FROM memberships m LEFT JOIN nodes n ON n.uid = m.node_uid
    WHERE m.cluster_uid = ANY(:uids)
), by_node AS (
    SELECT cluster_uid,
        count(*) AS nodes_total,
        count(*) FILTER (WHERE standing = 'online') AS nodes_online,
        count(*) FILTER (WHERE standing = 'maintenance') AS nodes_maintenance,
        count(*) FILTER (WHERE standing = 'draining') AS nodes_draining,
        count(*) FILTER (WHERE standing = 'not_ready') AS nodes_not_ready,
        count(*) FILTER (WHERE standing = 'pending') AS nodes_pending,
        count(*) FILTER (WHERE standing = 'offline') AS nodes_offline,
        sum(cpu_mhz)::bigint AS cpu_capacity,
        sum(cpu_mhz * cpu_percent / 100)::bigint AS cpu_used,
        sum(memory_bytes)::bigint AS memory_capacity,
        sum(memory_used_bytes)::bigint AS memory_used,
        min(observe_time) AS observe_time,
        array_agg(node ORDER BY node)
            FILTER (WHERE cpu_mhz IS NULL OR memory_bytes IS NULL) AS without_data
    FROM member GROUP BY cluster_uid
), own_folder AS (
    SELECT member.cluster_uid, capacity_bytes, free_bytes
    FROM member JOIN node_pools ON node_pools.node_uid = member.uid
    WHERE node_pools.name NOT LIKE 'storage-pools/%'
), storage_pool AS (
    SELECT DISTINCT ON (member.cluster_uid, p.uid, CASE WHEN p.shared THEN '' ELSE p.node_uid END)
        member.cluster_uid, p.capacity_bytes, p.available_bytes AS free_bytes
    FROM member JOIN storage_pools p ON p.node_uid = member.uid
    ORDER BY member.cluster_uid, p.uid, CASE WHEN p.shared THEN '' ELSE p.node_uid END,
        p.capacity_bytes DESC NULLS LAST
), by_pool AS (
    SELECT cluster_uid,
        sum(capacity_bytes)::bigint AS storage_capacity,
        sum(capacity_bytes - free_bytes)::bigint AS storage_used
    FROM (SELECT * FROM own_folder UNION ALL SELECT * FROM storage_pool) AS every
    GROUP BY cluster_uid
), by_machine AS (
    SELECT c.uid AS cluster_uid,
        count(*) AS machines_total,
        count(*) FILTER (WHERE v.state = 'RUNNING') AS machines_running,
        count(*) FILTER (WHERE v.state = 'STOPPED') AS machines_stopped,
        sum(v.vcpu_count * n.cpu_mhz / nullif(n.core_count, 0))::bigint AS cpu_allocated,
        sum(v.memory_bytes) FILTER (WHERE n.uid IS NOT NULL)::bigint AS memory_allocated,
        sum(v.disk_bytes) FILTER (WHERE n.uid IS NOT NULL)::bigint AS storage_allocated
    FROM clusters c
    JOIN machines v ON v.cluster = 'clusters/' || c.id AND v.state <> 'TERMINATED'
    LEFT JOIN nodes n ON n.uid = v.node_uid
    WHERE c.uid = ANY(:uids)
    GROUP BY c.uid
)
SELECT c.uid AS cluster, by_node.*, by_pool.*, by_machine.*
FROM clusters c
LEFT JOIN by_node ON by_node.cluster_uid = c.uid
LEFT JOIN by_pool ON by_pool.cluster_uid = c.uid
LEFT JOIN by_machine ON by_machine.cluster_uid = c.uid
WHERE c.uid = ANY(:uids)
""")


async def read_usage(
    session: AsyncSession, uids: Sequence[ClusterUid]
) -> Mapping[ClusterUid, Usage]:
    """Compute what these clusters have and use; a cluster that is gone is left out."""
    if not uids:
        return {}
    rows = await session.execute(_QUERY, {"uids": list(uids)})
    return {ClusterUid(row.cluster): _usage_of(row) for row in rows}


def _usage_of(row: Row[Any]) -> Usage:
    running, stopped = row.machines_running or 0, row.machines_stopped or 0
    total = row.machines_total or 0
    return Usage(
        nodes=NodeCounts(
            total=row.nodes_total or 0,
            online=row.nodes_online or 0,
            maintenance=row.nodes_maintenance or 0,
            draining=row.nodes_draining or 0,
            not_ready=row.nodes_not_ready or 0,
            pending=row.nodes_pending or 0,
            offline=row.nodes_offline or 0,
        ),
        machines=MachineCounts(
            running=running, stopped=stopped, other=total - running - stopped, total=total
        ),
        cpu_mhz=ResourceUsage(
            capacity=row.cpu_capacity, used=row.cpu_used, allocated=row.cpu_allocated or 0
        ),
        memory_bytes=ResourceUsage(
            capacity=row.memory_capacity, used=row.memory_used, allocated=row.memory_allocated or 0
        ),
        storage_bytes=ResourceUsage(
            capacity=row.storage_capacity,
            used=row.storage_used,
            allocated=row.storage_allocated or 0,
        ),
        nodes_without_data=tuple(row.without_data or ()),
        observe_time=row.observe_time,
    )
