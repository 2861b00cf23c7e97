"""Projected nodes and machines as rows."""

from typing import Any

from sqlalchemy import Row, Text, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from qvdc_cluster.domain.cluster import NodeUid
from qvdc_cluster.domain.projection import Machine, Node, Pool
from qvdc_cluster.store.tables import node_pools, nodes

_POOLS = (
    select(
        func.coalesce(
            func.jsonb_agg(
                func.jsonb_build_array(
                    node_pools.c.name,
                    node_pools.c.healthy,
                    node_pools.c.capacity_bytes,
                    node_pools.c.free_bytes,
                )
            ),
            cast(cast("[]", Text), JSONB),
        )
    )
    .where(node_pools.c.node_uid == nodes.c.uid)
    .correlate(nodes)
    .scalar_subquery()
    .label("pools")
)

COLUMNS = (*nodes.c, _POOLS)
"""What to select for `node_of`."""


def node_of(row: Row[Any]) -> Node:
    """Read a row of `COLUMNS`."""
    pools = (
        Pool(name=name, healthy=healthy, capacity_bytes=capacity, free_bytes=free)
        for name, healthy, capacity, free in row.pools
    )
    return Node(
        uid=NodeUid(row.uid),
        name=row.name,
        hostname=row.hostname,
        phase="REMOVED" if row.removed else row.phase,
        mode=row.mode,
        labels=row.labels,
        core_count=row.core_count,
        cpu_mhz=row.cpu_mhz,
        cpu_percent=row.cpu_percent,
        memory_bytes=row.memory_bytes,
        memory_used_bytes=row.memory_used_bytes,
        network_drivers=tuple(row.network_drivers),
        taints=tuple(row.taints),
        avoided_for=tuple(row.avoided_for),
        reserved_cores=row.reserved_cores,
        reserved_memory_bytes=row.reserved_memory_bytes,
        cpu_ratio=row.cpu_ratio,
        memory_ratio=row.memory_ratio,
        pools=tuple(sorted(pools, key=lambda pool: pool.name)),
        observe_time=row.observe_time,
    )


def node_columns(node: Node) -> dict[str, Any]:
    """A node that exists, without its pools."""
    return {
        "uid": node.uid,
        "name": node.name,
        "removed": False,
        "hostname": node.hostname,
        "phase": node.phase,
        "mode": node.mode,
        "labels": dict(node.labels),
        "core_count": node.core_count,
        "cpu_mhz": node.cpu_mhz,
        "cpu_percent": node.cpu_percent,
        "memory_bytes": node.memory_bytes,
        "memory_used_bytes": node.memory_used_bytes,
        "network_drivers": list(node.network_drivers),
        "taints": list(node.taints),
        "avoided_for": list(node.avoided_for),
        "reserved_cores": node.reserved_cores,
        "reserved_memory_bytes": node.reserved_memory_bytes,
        "cpu_ratio": node.cpu_ratio,
        "memory_ratio": node.memory_ratio,
        "observe_time": node.observe_time,
    }


def machine_of(row: Row[Any]) -> Machine:
    """Read a row of the machines table."""
    return Machine(
        uid=row.uid,
        name=row.name,
        cluster=row.cluster,
        node_uid=None if row.node_uid is None else NodeUid(row.node_uid),
        state=row.state,
        vcpu_count=row.vcpu_count,
        memory_bytes=row.memory_bytes,
        disk_bytes=row.disk_bytes,
    )


def machine_columns(machine: Machine) -> dict[str, Any]:
    """A machine."""
    return {
        "uid": machine.uid,
        "name": machine.name,
        "cluster": machine.cluster,
        "node_uid": machine.node_uid,
        "state": machine.state,
        "vcpu_count": machine.vcpu_count,
        "memory_bytes": machine.memory_bytes,
        "disk_bytes": machine.disk_bytes,
    }
