"""What HA may do with machines: the wish, what hosts shall hold of it, the clusters' policies."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns with the defaults of the contract, and the projection."""
    for column in (
        sa.Column("auto_restart", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("restart_policy", sa.Text, nullable=False, server_default="ALWAYS"),
        sa.Column("protected", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("isolation_response", sa.Text, nullable=False, server_default="POWER_OFF"),
        sa.Column("shutdown_grace_seconds", sa.Integer, nullable=False, server_default="60"),
        sa.Column("protection_generation", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("seen_guarded", sa.Boolean),
    ):
        op.add_column("machines", column)
    op.create_table(
        "ha_policies",
        sa.Column("cluster", sa.Text, primary_key=True),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("isolation_response", sa.Text, nullable=False),
        sa.Column("shutdown_grace_seconds", sa.Integer, nullable=False),
        sa.Column("detection_seconds", sa.Integer, nullable=False),
    )
