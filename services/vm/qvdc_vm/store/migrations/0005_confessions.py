"""Which incident a machine's host confessed last: an incident raises its run epoch once."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.add_column(
        "machines", sa.Column("confessed_incident", sa.Text, nullable=False, server_default="")
    )
