"""The cluster that a join token puts new nodes into."""

from alembic import op
from sqlalchemy import text

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE join_tokens ADD COLUMN cluster text NOT NULL DEFAULT ''",
    "ALTER TABLE nodes ADD COLUMN joining_cluster text NOT NULL DEFAULT ''",
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(text(statement))
