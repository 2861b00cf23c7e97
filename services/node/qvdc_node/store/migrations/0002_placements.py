"""Which machine is placed on which node, as the vm service tells."""

from alembic import op
from sqlalchemy import text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the projection."""
    op.execute(text("CREATE TABLE placements (machine text PRIMARY KEY, node text NOT NULL)"))
    op.execute(text("CREATE INDEX placements_of_node ON placements (node)"))
