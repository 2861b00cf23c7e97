"""The tables of schema `cluster`, beside the generic ones."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()
_TIME = DateTime(timezone=True)

clusters = Table(
    "clusters",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("labels", JSONB, nullable=False),
    Column("shared_storage_required", Boolean, nullable=False),
    Column("default_storage_pool", Text, nullable=False),
    Column("storage_pools", ARRAY(Text), nullable=False),
    Column("default_network", Text, nullable=False),
    Column("networks", ARRAY(Text), nullable=False),
    Column("overcommit_cpu_ratio", Double, nullable=False),
    Column("overcommit_memory_ratio", Double, nullable=False),
    Column("ha_enabled", Boolean, nullable=False),
    Column("ha_host_monitoring", Boolean),
    Column("ha_vm_monitoring", Text, nullable=False),
    Column("ha_restart_priority", SmallInteger, nullable=False),
    Column("ha_isolation_response", Text, nullable=False),
    Column("ha_shutdown_grace_seconds", Integer, nullable=False),
    Column("ha_detection_seconds", Integer, nullable=False),
    Column("ha_storm_percent", SmallInteger, nullable=False),
    Column("ha_max_concurrent_restarts_per_node", Integer, nullable=False),
    Column("admission_policy", Text, nullable=False),
    Column("admission_failover_capacity", SmallInteger, nullable=False),
    Column("admission_reserve_cpu_percent", SmallInteger, nullable=False),
    Column("admission_reserve_memory_percent", SmallInteger, nullable=False),
    Column("admission_failover_nodes", ARRAY(Text), nullable=False),
    Column("drs_enabled", Boolean, nullable=False),
    Column("drs_mode", Text, nullable=False),
    Column("drs_migration_threshold", SmallInteger, nullable=False),
    Column("drs_policy", Text, nullable=False),
    Column("drs_interval_seconds", Integer, nullable=False),
    Column("drs_cpu_high_percent", SmallInteger, nullable=False),
    Column("drs_memory_high_percent", SmallInteger, nullable=False),
    Column("drs_cooldown_seconds", Integer, nullable=False),
    Column("drs_max_concurrent_migrations", Integer, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("create_time", _TIME, nullable=False),
    Column("update_time", _TIME, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("announced", Text, nullable=False),
    Index("clusters_id", "id", unique=True),
    Index("clusters_display_name", "project", "display_name", unique=True),
)

memberships = Table(
    "memberships",
    metadata,
    # The primary key is the rule: a node belongs to one cluster at most.
    Column("node_uid", Text, primary_key=True),
    Column("node", Text, nullable=False),
    Column("cluster_uid", Text, nullable=False),
    Column("add_time", _TIME, nullable=False),
    Index("memberships_of_cluster", "cluster_uid", "node"),
)

nodes = Table(
    "nodes",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("hostname", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("labels", JSONB, nullable=False),
    Column("core_count", Integer),
    Column("cpu_mhz", BigInteger),
    Column("cpu_percent", Double),
    Column("memory_bytes", BigInteger),
    Column("memory_used_bytes", BigInteger),
    Column("network_drivers", ARRAY(Text), nullable=False),
    Column("taints", ARRAY(Text), nullable=False, server_default="{}"),
    Column("avoided_for", ARRAY(Text), nullable=False, server_default="{}"),
    Column("reserved_cores", Integer),
    Column("reserved_memory_bytes", BigInteger),
    Column("cpu_ratio", Double),
    Column("memory_ratio", Double),
    Column("observe_time", _TIME),
    Index("nodes_by_name", "name"),
)

node_pools = Table(
    "node_pools",
    metadata,
    Column("node_uid", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("healthy", Boolean, nullable=False),
    Column("capacity_bytes", BigInteger),
    Column("free_bytes", BigInteger),
)

storage_pools = Table(
    "storage_pools",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("node_uid", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("ratio", Double, nullable=False),
    Column("reserve_percent", Integer, nullable=False),
    Column("capacity_bytes", BigInteger),
    Column("available_bytes", BigInteger),
    Column("claimed_bytes", BigInteger, nullable=False),
    Index("storage_pools_on_node", "node_uid"),
)

machines = Table(
    "machines",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("cluster", Text, nullable=False),
    Column("node_uid", Text),
    Column("state", Text, nullable=False),
    Column("vcpu_count", Integer, nullable=False),
    Column("memory_bytes", BigInteger, nullable=False),
    Column("disk_bytes", BigInteger, nullable=False),
    Index("machines_of_cluster", "cluster", "name"),
    Index("machines_on_node", "node_uid"),
)

projections = Table(
    "projections",
    metadata,
    Column("noun", Text, primary_key=True),
    Column("resume_token", Text, nullable=False),
    Column("heard_time", _TIME),
)

claims = Table(
    "claims",
    metadata,
    Column("vm_uid", Text, primary_key=True),
    Column("vm", Text, nullable=False),
    Column("cluster_uid", Text, nullable=False),
    Column("node_uid", Text, nullable=False),
    Column("vcpu_count", Integer, nullable=False),
    Column("memory_bytes", BigInteger, nullable=False),
    Column("disk_bytes", BigInteger, nullable=False),
    Column("pool", Text, nullable=False),
    Column("create_time", _TIME, nullable=False),
    # The claim as it was answered, for repeats and for "why is it here".
    Column("claim", JSONB, nullable=False),
    Index("claims_on_node", "node_uid"),
)
