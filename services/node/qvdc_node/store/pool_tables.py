"""The tables of storage pools. Intent, observations and claims have separate writers."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Index,
    Integer,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from qvdc_node.store.tables import metadata

_TIME = DateTime(timezone=True)

storage_pools = Table(
    "storage_pools",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("type", Text, nullable=False),
    Column("path", Text, nullable=False),
    # Intent: written by people alone.
    Column("display_name", Text),
    Column("description", Text),
    Column("labels", JSONB, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("overprovision_ratio", Double, nullable=False),
    Column("reserve_percent", Integer, nullable=False),
    Column("default_provisioning", Text, nullable=False),
    Column("deleting", Boolean, nullable=False),
    Column("wipe", Boolean, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("create_time", _TIME, nullable=False),
    Column("update_time", _TIME, nullable=False),
    # Computed: written by the leader of the loop alone.
    Column("initialised", Boolean, nullable=False),
    Column("told", JSONB, nullable=False),
    Column("phase", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
)

pool_assignments = Table(
    "pool_assignments",
    metadata,
    Column("pool_uid", Text, primary_key=True),
    Column("node_uid", Text, primary_key=True),
    Column("generation", BigInteger, nullable=False),
    Column("initialise", Boolean, nullable=False),
    Column("releasing", Boolean, nullable=False),
    Column("wipe", Boolean, nullable=False),
    Column("reconnect_count", BigInteger, nullable=False),
    Column("rescan_count", BigInteger, nullable=False),
    Index("pool_assignments_of_node", "node_uid"),
)

# How new the list of each host is. The row outlives the last pool: the host must hear of that too.
pool_lists = Table(
    "pool_lists",
    metadata,
    Column("node_uid", Text, primary_key=True),
    Column("generation", BigInteger, nullable=False),
)

# Observed: written by reports alone.
pool_hosts = Table(
    "pool_hosts",
    metadata,
    Column("node_uid", Text, primary_key=True),
    Column("boot_id", Text, nullable=False),
    Column("boottime_ms", BigInteger, nullable=False),
    Column("told_at", _TIME, nullable=False),
)

pool_sights = Table(
    "pool_sights",
    metadata,
    Column("pool_uid", Text, primary_key=True),
    Column("node_uid", Text, primary_key=True),
    Column("sight", JSONB, nullable=False),
    Index("pool_sights_of_node", "node_uid"),
)

pool_scans = Table(
    "pool_scans",
    metadata,
    Column("pool_uid", Text, primary_key=True),
    Column("node_uid", Text, primary_key=True),
    Column("truncated", Boolean, nullable=False),
    Column("scan_time", _TIME, nullable=False),
)

pool_files = Table(
    "pool_files",
    metadata,
    Column("pool_uid", Text, primary_key=True),
    Column("node_uid", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("allocated_bytes", BigInteger, nullable=False),
    Column("modify_time", _TIME),
    Column("owner_uid", Text, nullable=False),
    Column("disk_id", Text, nullable=False),
)

pool_claims = Table(
    "pool_claims",
    metadata,
    Column("owner_uid", Text, primary_key=True),
    Column("disk_id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("pool_uid", Text, nullable=False),
    Column("node_uid", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("provisioning", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("create_time", _TIME, nullable=False),
    Index("pool_claims_of_pool", "pool_uid", "node_uid"),
)

# Operations under way, until the loop sees their effect.
pool_works = Table(
    "pool_works",
    metadata,
    Column("operation", Text, primary_key=True),
    Column("pool_uid", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("nodes", JSONB, nullable=False),
    Column("create_time", _TIME, nullable=False),
    Index("pool_works_of_pool", "pool_uid"),
)
