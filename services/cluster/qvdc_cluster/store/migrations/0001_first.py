"""Create clusters, memberships, projections and claims."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from qvdc_db import generic

revision = "0001"
down_revision = None

TIME = sa.DateTime(timezone=True)


def text(name: str, **options: bool) -> sa.Column:
    return sa.Column(name, sa.Text, **{"nullable": False, **options})


def number(name: str, kind: type = sa.Integer, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, kind, nullable=nullable)


def upgrade() -> None:
    generic.create_all(op)
    create_clusters()
    create_nodes()
    create_machines()


def create_clusters() -> None:
    op.create_table(
        "clusters",
        text("uid", primary_key=True),
        text("id"),
        text("project"),
        text("display_name"),
        text("description"),
        sa.Column("labels", JSONB, nullable=False),
        number("shared_storage_required", sa.Boolean),
        text("default_storage_pool"),
        sa.Column("storage_pools", ARRAY(sa.Text), nullable=False),
        text("default_network"),
        sa.Column("networks", ARRAY(sa.Text), nullable=False),
        number("overcommit_cpu_ratio", sa.Double),
        number("overcommit_memory_ratio", sa.Double),
        *ha_columns(),
        *drs_columns(),
        number("generation", sa.BigInteger),
        number("revision", sa.BigInteger),
        number("create_time", TIME),
        number("update_time", TIME),
        text("changed_by"),
        text("announced"),
    )
    op.create_index("clusters_id", "clusters", ["id"], unique=True)
    op.create_index("clusters_display_name", "clusters", ["project", "display_name"], unique=True)
    op.create_table(
        "memberships",
        text("node_uid", primary_key=True),
        text("node"),
        text("cluster_uid"),
        number("add_time", TIME),
    )
    op.create_index("memberships_of_cluster", "memberships", ["cluster_uid", "node"])


def ha_columns() -> list[sa.Column]:
    return [
        number("ha_enabled", sa.Boolean),
        number("ha_host_monitoring", sa.Boolean, nullable=True),
        text("ha_vm_monitoring"),
        number("ha_restart_priority", sa.SmallInteger),
        text("ha_isolation_response"),
        number("ha_shutdown_grace_seconds"),
        number("ha_detection_seconds"),
        number("ha_storm_percent", sa.SmallInteger),
        number("ha_max_concurrent_restarts_per_node"),
        text("admission_policy"),
        number("admission_failover_capacity", sa.SmallInteger),
        number("admission_reserve_cpu_percent", sa.SmallInteger),
        number("admission_reserve_memory_percent", sa.SmallInteger),
        sa.Column("admission_failover_nodes", ARRAY(sa.Text), nullable=False),
    ]


def drs_columns() -> list[sa.Column]:
    return [
        number("drs_enabled", sa.Boolean),
        text("drs_mode"),
        number("drs_migration_threshold", sa.SmallInteger),
        text("drs_policy"),
        number("drs_interval_seconds"),
        number("drs_cpu_high_percent", sa.SmallInteger),
        number("drs_memory_high_percent", sa.SmallInteger),
        number("drs_cooldown_seconds"),
        number("drs_max_concurrent_migrations"),
    ]


def create_nodes() -> None:
    op.create_table(
        "nodes",
        text("uid", primary_key=True),
        text("name"),
        number("removed", sa.Boolean),
        text("hostname"),
        text("phase"),
        text("mode"),
        sa.Column("labels", JSONB, nullable=False),
        number("core_count", nullable=True),
        number("cpu_mhz", sa.BigInteger, nullable=True),
        number("cpu_percent", sa.Double, nullable=True),
        number("memory_bytes", sa.BigInteger, nullable=True),
        number("memory_used_bytes", sa.BigInteger, nullable=True),
        sa.Column("network_drivers", ARRAY(sa.Text), nullable=False),
        number("observe_time", TIME, nullable=True),
    )
    op.create_index("nodes_by_name", "nodes", ["name"])
    op.create_table(
        "node_pools",
        text("node_uid", primary_key=True),
        text("name", primary_key=True),
        number("healthy", sa.Boolean),
        number("capacity_bytes", sa.BigInteger, nullable=True),
        number("free_bytes", sa.BigInteger, nullable=True),
    )


def create_machines() -> None:
    op.create_table(
        "machines",
        text("uid", primary_key=True),
        text("name"),
        text("cluster"),
        text("node_uid", nullable=True),
        text("state"),
        number("vcpu_count"),
        number("memory_bytes", sa.BigInteger),
        number("disk_bytes", sa.BigInteger),
    )
    op.create_index("machines_of_cluster", "machines", ["cluster", "name"])
    op.create_index("machines_on_node", "machines", ["node_uid"])
    op.create_table(
        "projections",
        text("noun", primary_key=True),
        text("resume_token"),
        number("heard_time", TIME, nullable=True),
    )
    op.create_table(
        "claims",
        text("vm_uid", primary_key=True),
        text("vm"),
        text("cluster_uid"),
        text("node_uid"),
        number("vcpu_count"),
        number("memory_bytes", sa.BigInteger),
        number("disk_bytes", sa.BigInteger),
        text("pool"),
        number("create_time", TIME),
        sa.Column("claim", JSONB, nullable=False),
    )
    op.create_index("claims_on_node", "claims", ["node_uid"])
