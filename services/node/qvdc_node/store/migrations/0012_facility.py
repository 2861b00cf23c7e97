"""Where nodes stand, their own overcommit, board controllers, and what taints ask to leave."""

from alembic import op
from sqlalchemy import text

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE nodes ADD COLUMN overcommit jsonb NOT NULL DEFAULT '{}'",
    "ALTER TABLE nodes ADD COLUMN failure_domain jsonb NOT NULL DEFAULT '{}'",
    "ALTER TABLE nodes ADD COLUMN bmc jsonb",
    "ALTER TABLE nodes ADD COLUMN eviction jsonb",
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(text(statement))
