"""Begin: the generic tables and those of the node service."""

from alembic import op
from sqlalchemy import text

from qvdc_db.generic import create_all

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE nodes (
        uid text PRIMARY KEY,
        id text NOT NULL UNIQUE,
        display_name text,
        description text,
        labels jsonb NOT NULL,
        mode text NOT NULL,
        generation bigint NOT NULL,
        changed_by text NOT NULL,
        create_time timestamptz NOT NULL,
        update_time timestamptz NOT NULL,
        hostname text NOT NULL,
        addresses jsonb NOT NULL,
        boot_id text NOT NULL,
        instance bigint NOT NULL,
        session_epoch bigint NOT NULL,
        beat_sequence bigint NOT NULL,
        system jsonb NOT NULL,
        inventory jsonb NOT NULL,
        conditions jsonb NOT NULL,
        usage jsonb,
        hardware_fingerprint text NOT NULL,
        simulated boolean NOT NULL,
        key_fingerprint text NOT NULL,
        certificate_expire_time timestamptz,
        register_time timestamptz NOT NULL,
        last_heartbeat_time timestamptz,
        observe_time timestamptz NOT NULL,
        phase text NOT NULL,
        phase_reason text NOT NULL,
        cluster text NOT NULL,
        revision bigint NOT NULL
    )
    """,
    "CREATE INDEX nodes_of_cluster ON nodes (cluster)",
    """
    CREATE TABLE tombstones (
        uid text PRIMARY KEY,
        id text NOT NULL,
        key_fingerprint text NOT NULL,
        removed_by text NOT NULL,
        remove_time timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE join_tokens (
        uid text PRIMARY KEY,
        id text NOT NULL UNIQUE,
        secret_hash text NOT NULL UNIQUE,
        display_name text,
        description text,
        labels jsonb NOT NULL,
        node_labels jsonb NOT NULL,
        ttl interval NOT NULL,
        expire_time timestamptz NOT NULL,
        max_uses integer NOT NULL,
        use_count integer NOT NULL,
        create_time timestamptz NOT NULL,
        update_time timestamptz NOT NULL,
        changed_by text NOT NULL,
        generation bigint NOT NULL
    )
    """,
    """
    CREATE TABLE join_token_uses (
        token_uid text NOT NULL,
        node_uid text NOT NULL,
        time timestamptz NOT NULL,
        PRIMARY KEY (token_uid, node_uid)
    )
    """,
    """
    CREATE TABLE authorities (
        name text PRIMARY KEY,
        certificate_pem text NOT NULL,
        sealed_key bytea NOT NULL
    )
    """,
)


def upgrade() -> None:
    """Create everything."""
    create_all(op)
    for statement in STATEMENTS:
        op.execute(text(statement))
