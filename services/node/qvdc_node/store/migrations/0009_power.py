"""Hosts that shall restart or turn off."""

from alembic import op
from sqlalchemy import text

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE power_actions (
        node_uid text PRIMARY KEY,
        operation text NOT NULL,
        verb text NOT NULL,
        boot_id text NOT NULL,
        machine_count integer NOT NULL,
        create_time timestamptz NOT NULL,
        told_time timestamptz
    )
    """,
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(text(statement))
