"""Room that disks hold in storage pools."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column."""
    op.add_column("machine_disks", sa.Column("pool_uid", sa.Text))
