"""Storage pools, who has them, what hosts tell of them, and what disks hold of them."""

from alembic import op
from sqlalchemy import text

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE storage_pools (
        uid text PRIMARY KEY,
        id text NOT NULL UNIQUE,
        type text NOT NULL,
        path text NOT NULL,
        display_name text,
        description text,
        labels jsonb NOT NULL,
        content jsonb NOT NULL,
        overprovision_ratio double precision NOT NULL,
        reserve_percent integer NOT NULL,
        default_provisioning text NOT NULL,
        deleting boolean NOT NULL,
        wipe boolean NOT NULL,
        generation bigint NOT NULL,
        changed_by text NOT NULL,
        create_time timestamptz NOT NULL,
        update_time timestamptz NOT NULL,
        initialised boolean NOT NULL,
        told jsonb NOT NULL,
        phase text NOT NULL,
        revision bigint NOT NULL
    )
    """,
    """
    CREATE TABLE pool_assignments (
        pool_uid text NOT NULL,
        node_uid text NOT NULL,
        generation bigint NOT NULL,
        initialise boolean NOT NULL,
        releasing boolean NOT NULL,
        wipe boolean NOT NULL,
        reconnect_count bigint NOT NULL,
        rescan_count bigint NOT NULL,
        PRIMARY KEY (pool_uid, node_uid)
    )
    """,
    "CREATE INDEX pool_assignments_of_node ON pool_assignments (node_uid)",
    "CREATE TABLE pool_lists (node_uid text PRIMARY KEY, generation bigint NOT NULL)",
    """
    CREATE TABLE pool_hosts (
        node_uid text PRIMARY KEY,
        boot_id text NOT NULL,
        boottime_ms bigint NOT NULL,
        told_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE pool_sights (
        pool_uid text NOT NULL,
        node_uid text NOT NULL,
        sight jsonb NOT NULL,
        PRIMARY KEY (pool_uid, node_uid)
    )
    """,
    "CREATE INDEX pool_sights_of_node ON pool_sights (node_uid)",
    """
    CREATE TABLE pool_scans (
        pool_uid text NOT NULL,
        node_uid text NOT NULL,
        truncated boolean NOT NULL,
        scan_time timestamptz NOT NULL,
        PRIMARY KEY (pool_uid, node_uid)
    )
    """,
    """
    CREATE TABLE pool_files (
        pool_uid text NOT NULL,
        node_uid text NOT NULL,
        path text NOT NULL,
        kind text NOT NULL,
        size_bytes bigint NOT NULL,
        allocated_bytes bigint NOT NULL,
        modify_time timestamptz,
        owner_uid text NOT NULL,
        disk_id text NOT NULL,
        PRIMARY KEY (pool_uid, node_uid, path)
    )
    """,
    """
    CREATE TABLE pool_claims (
        owner_uid text NOT NULL,
        disk_id text NOT NULL,
        owner text NOT NULL,
        pool_uid text NOT NULL,
        node_uid text NOT NULL,
        size_bytes bigint NOT NULL,
        provisioning text NOT NULL,
        generation bigint NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (owner_uid, disk_id)
    )
    """,
    "CREATE INDEX pool_claims_of_pool ON pool_claims (pool_uid, node_uid)",
    """
    CREATE TABLE pool_works (
        operation text PRIMARY KEY,
        pool_uid text NOT NULL,
        verb text NOT NULL,
        nodes jsonb NOT NULL,
        create_time timestamptz NOT NULL
    )
    """,
    "CREATE INDEX pool_works_of_pool ON pool_works (pool_uid)",
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(text(statement))
