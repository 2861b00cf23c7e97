"""Hosts that were invited from the console."""

from alembic import op
from sqlalchemy import text

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE pairings (
        node_uid text PRIMARY KEY,
        node text NOT NULL,
        operation text NOT NULL,
        token text NOT NULL,
        create_time timestamptz NOT NULL
    )
    """,
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(text(statement))
