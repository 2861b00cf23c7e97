"""Taints of hosts, which keep new machines off."""

from alembic import op
from sqlalchemy import text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.execute(text("ALTER TABLE nodes ADD COLUMN taints text[] NOT NULL DEFAULT '{}'"))
