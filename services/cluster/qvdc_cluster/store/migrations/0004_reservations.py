"""What hosts keep for themselves, their own overcommit, and taints that ask to be avoided."""

from alembic import op
from sqlalchemy import text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE nodes ADD COLUMN avoided_for text[] NOT NULL DEFAULT '{}'",
    "ALTER TABLE nodes ADD COLUMN reserved_cores integer",
    "ALTER TABLE nodes ADD COLUMN reserved_memory_bytes bigint",
    "ALTER TABLE nodes ADD COLUMN cpu_ratio double precision",
    "ALTER TABLE nodes ADD COLUMN memory_ratio double precision",
    # What is known of nodes is asked for anew: it lacks these columns.
    "UPDATE projections SET resume_token = '' WHERE noun = 'nodes'",
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(text(statement))
