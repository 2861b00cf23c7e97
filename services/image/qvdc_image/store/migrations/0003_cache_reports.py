"""Counts and times of hosts' reports of their caches."""

from alembic import op
from sqlalchemy import text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE copies ADD COLUMN change_count bigint NOT NULL DEFAULT 0",
    """
    CREATE TABLE host_caches (
        node_uid text PRIMARY KEY,
        change_count bigint NOT NULL,
        observe_time timestamptz NOT NULL,
        report_time timestamptz NOT NULL
    )
    """,
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(text(statement))
