"""What is known of storage pools on nodes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the projection."""
    op.create_table(
        "storage_pools",
        sa.Column("uid", sa.Text, primary_key=True),
        sa.Column("node_uid", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("shared", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("ratio", sa.Double, nullable=False),
        sa.Column("reserve_percent", sa.Integer, nullable=False),
        sa.Column("capacity_bytes", sa.BigInteger),
        sa.Column("available_bytes", sa.BigInteger),
        sa.Column("claimed_bytes", sa.BigInteger, nullable=False),
    )
    op.create_index("storage_pools_on_node", "storage_pools", ["node_uid"])
