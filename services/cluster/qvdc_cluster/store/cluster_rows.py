"""Clusters as rows."""

from typing import Any

from sqlalchemy import Row, Text, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, array

from qvdc_cluster.domain.cluster import Cluster, ClusterIntent, ClusterUid
from qvdc_cluster.domain.settings import (
    AdmissionPolicy,
    AdmissionSettings,
    DrsMode,
    DrsPolicy,
    DrsSettings,
    HaSettings,
    IsolationResponse,
    Overcommit,
    VmMonitoring,
)
from qvdc_cluster.domain.status import StatusState
from qvdc_cluster.store.tables import clusters, memberships

_NODES = (
    select(func.coalesce(func.array_agg(memberships.c.node), cast(array([]), ARRAY(Text))))
    .where(memberships.c.cluster_uid == clusters.c.uid)
    .correlate(clusters)
    .scalar_subquery()
    .label("nodes")
)

COLUMNS = (*clusters.c, _NODES)
"""What to select for `cluster_of`."""


def cluster_of(row: Row[Any]) -> Cluster:
    """Read a row of `COLUMNS`."""
    return Cluster(
        uid=ClusterUid(row.uid),
        id=row.id,
        intent=_intent_of(row),
        generation=row.generation,
        revision=row.revision,
        create_time=row.create_time,
        update_time=row.update_time,
        changed_by=row.changed_by,
        nodes=tuple(sorted(row.nodes)),
        announced=StatusState(row.announced),
    )


def columns_of(intent: ClusterIntent) -> dict[str, Any]:
    """The columns that people decide on."""
    ha, drs, admission = intent.ha, intent.drs, intent.ha.admission
    return {
        "project": intent.project,
        "display_name": intent.display_name,
        "description": intent.description,
        "labels": dict(intent.labels),
        "shared_storage_required": intent.shared_storage_required,
        "default_storage_pool": intent.default_storage_pool,
        "storage_pools": list(intent.storage_pools),
        "default_network": intent.default_network,
        "networks": list(intent.networks),
        "overcommit_cpu_ratio": intent.overcommit.cpu_ratio,
        "overcommit_memory_ratio": intent.overcommit.memory_ratio,
        "ha_enabled": ha.enabled,
        "ha_host_monitoring": ha.host_monitoring,
        "ha_vm_monitoring": ha.vm_monitoring.value,
        "ha_restart_priority": ha.restart_priority,
        "ha_isolation_response": ha.isolation_response.value,
        "ha_shutdown_grace_seconds": ha.shutdown_grace_seconds,
        "ha_detection_seconds": ha.detection_seconds,
        "ha_storm_percent": ha.storm_percent,
        "ha_max_concurrent_restarts_per_node": ha.max_concurrent_restarts_per_node,
        "admission_policy": admission.policy.value,
        "admission_failover_capacity": admission.failover_capacity,
        "admission_reserve_cpu_percent": admission.reserve_cpu_percent,
        "admission_reserve_memory_percent": admission.reserve_memory_percent,
        "admission_failover_nodes": list(admission.failover_nodes),
        "drs_enabled": drs.enabled,
        "drs_mode": drs.mode.value,
        "drs_migration_threshold": drs.migration_threshold,
        "drs_policy": drs.policy.value,
        "drs_interval_seconds": drs.interval_seconds,
        "drs_cpu_high_percent": drs.cpu_high_percent,
        "drs_memory_high_percent": drs.memory_high_percent,
        "drs_cooldown_seconds": drs.cooldown_seconds,
        "drs_max_concurrent_migrations": drs.max_concurrent_migrations,
    }


def _intent_of(row: Row[Any]) -> ClusterIntent:
    return ClusterIntent(
        project=row.project,
        display_name=row.display_name,
        description=row.description,
        labels=row.labels,
        ha=_ha_of(row),
        drs=_drs_of(row),
        overcommit=Overcommit(
            cpu_ratio=row.overcommit_cpu_ratio, memory_ratio=row.overcommit_memory_ratio
        ),
        shared_storage_required=row.shared_storage_required,
        default_storage_pool=row.default_storage_pool,
        storage_pools=tuple(row.storage_pools),
        default_network=row.default_network,
        networks=tuple(row.networks),
    )


def _ha_of(row: Row[Any]) -> HaSettings:
    return HaSettings(
        enabled=row.ha_enabled,
        host_monitoring=row.ha_host_monitoring,
        vm_monitoring=VmMonitoring(row.ha_vm_monitoring),
        admission=AdmissionSettings(
            policy=AdmissionPolicy(row.admission_policy),
            failover_capacity=row.admission_failover_capacity,
            reserve_cpu_percent=row.admission_reserve_cpu_percent,
            reserve_memory_percent=row.admission_reserve_memory_percent,
            failover_nodes=tuple(row.admission_failover_nodes),
        ),
        restart_priority=row.ha_restart_priority,
        isolation_response=IsolationResponse(row.ha_isolation_response),
        shutdown_grace_seconds=row.ha_shutdown_grace_seconds,
        detection_seconds=row.ha_detection_seconds,
        storm_percent=row.ha_storm_percent,
        max_concurrent_restarts_per_node=row.ha_max_concurrent_restarts_per_node,
    )


def _drs_of(row: Row[Any]) -> DrsSettings:
    return DrsSettings(
        enabled=row.drs_enabled,
        mode=DrsMode(row.drs_mode),
        migration_threshold=row.drs_migration_threshold,
        policy=DrsPolicy(row.drs_policy),
        interval_seconds=row.drs_interval_seconds,
        cpu_high_percent=row.drs_cpu_high_percent,
        memory_high_percent=row.drs_memory_high_percent,
        cooldown_seconds=row.drs_cooldown_seconds,
        max_concurrent_migrations=row.drs_max_concurrent_migrations,
    )
