"""Fences that were decided: what a new life of etcd opens with."""

from alembic import op
from sqlalchemy import text

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.execute(
        text(
            "CREATE TABLE fence_intents"
            " (uid text PRIMARY KEY, incident text NOT NULL, create_time timestamptz NOT NULL)"
        )
    )
