"""How fast each cluster wants to find its hosts silent: a projection of the cluster service's."""

from alembic import op
from sqlalchemy import text

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.execute(
        text(
            "CREATE TABLE cluster_terms"
            " (cluster text PRIMARY KEY, detection_seconds integer NOT NULL)"
        )
    )
