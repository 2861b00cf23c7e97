"""Identities lost and adopted, hardware confirmed, conditions of the service, narrower tokens."""

from alembic import op
from sqlalchemy import text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE nodes ADD COLUMN marks jsonb NOT NULL DEFAULT '[]'",
    "ALTER TABLE nodes ADD COLUMN proposal text NOT NULL DEFAULT ''",
    "ALTER TABLE nodes ADD COLUMN offered_fingerprint text NOT NULL DEFAULT ''",
    "ALTER TABLE nodes ADD COLUMN confirmed_fingerprint text NOT NULL DEFAULT ''",
    "CREATE INDEX nodes_of_fingerprint ON nodes (hardware_fingerprint)",
    "ALTER TABLE tombstones ADD COLUMN reason text NOT NULL DEFAULT ''",
    "ALTER TABLE join_tokens ADD COLUMN node text NOT NULL DEFAULT ''",
    "ALTER TABLE join_tokens ADD COLUMN allowed_range text NOT NULL DEFAULT ''",
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(text(statement))
