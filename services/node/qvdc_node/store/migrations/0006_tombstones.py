"""Tombstones that let their host come back, and inventories that were asked for."""

from alembic import op
from sqlalchemy import text

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE tombstones ADD COLUMN readmitted boolean NOT NULL DEFAULT false",
    "ALTER TABLE nodes ADD COLUMN refresh_time timestamptz",
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(text(statement))
