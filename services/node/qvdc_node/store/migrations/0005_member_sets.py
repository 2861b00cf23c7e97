"""Member sets, and which one each host keeps."""

from alembic import op
from sqlalchemy import text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE member_sets (
        version bigint PRIMARY KEY,
        site_term bigint NOT NULL,
        cluster text NOT NULL,
        members jsonb NOT NULL,
        create_time timestamptz NOT NULL
    )
    """,
    "CREATE INDEX member_sets_of_cluster ON member_sets (cluster, version)",
    "ALTER TABLE nodes ADD COLUMN member_set_version bigint NOT NULL DEFAULT 0",
)


def upgrade() -> None:
    """Expand."""
    for statement in STATEMENTS:
        op.execute(text(statement))
