"""Taints, roles, reservations, drains, and what each placed machine is doing."""

from alembic import op
from sqlalchemy import text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE nodes ADD COLUMN taints jsonb NOT NULL DEFAULT '[]'",
    "ALTER TABLE nodes ADD COLUMN roles jsonb NOT NULL DEFAULT '[]'",
    "ALTER TABLE nodes ADD COLUMN reserved_cores integer",
    "ALTER TABLE nodes ADD COLUMN reserved_memory_bytes bigint",
    "ALTER TABLE nodes ADD COLUMN drain jsonb",
    "ALTER TABLE placements ADD COLUMN state text NOT NULL DEFAULT ''",
    "ALTER TABLE join_tokens ADD COLUMN node_taints jsonb NOT NULL DEFAULT '[]'",
    "ALTER TABLE join_tokens ADD COLUMN node_roles jsonb NOT NULL DEFAULT '[]'",
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(text(statement))
