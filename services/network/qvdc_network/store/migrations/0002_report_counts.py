"""Counts and times of hosts' reports, and plugs of ports that nobody knows."""

from alembic import op
from sqlalchemy import text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE host_reports ADD COLUMN change_count bigint NOT NULL DEFAULT 0",
    "ALTER TABLE host_reports ADD COLUMN observe_time timestamptz",
    "ALTER TABLE plugs ADD COLUMN change_count bigint NOT NULL DEFAULT 0",
    "ALTER TABLE plugs DROP CONSTRAINT plugs_port_uid_fkey",
)


def upgrade() -> None:
    """Expand; what a host has plugged is told as it is, also of ports that are gone here."""
    for statement in STATEMENTS:
        op.execute(text(statement))
