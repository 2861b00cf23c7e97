"""Machines that hosts have and that no record accounts for."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "unmanaged_machines",
        sa.Column("uid", sa.Text, nullable=False),
        sa.Column("node_uid", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("machine", sa.Text, nullable=False),
        sa.Column("domain_name", sa.Text, nullable=False),
        sa.Column("marked", sa.Boolean, nullable=False),
        sa.Column("vcpu_count", sa.Integer),
        sa.Column("memory_bytes", sa.BigInteger),
        sa.Column("seen_state", sa.Text, nullable=False),
        sa.Column("seen_generation", sa.BigInteger, nullable=False),
        sa.Column("seen_run_epoch", sa.BigInteger, nullable=False),
        sa.Column("seen_change_count", sa.BigInteger, nullable=False),
        sa.Column("seen_cause", sa.Text, nullable=False),
        sa.Column("seen_since_time", _TIME),
        sa.Column("seen_observe_time", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("uid", "node_uid"),
    )
    op.create_index("unmanaged_machines_of_node", "unmanaged_machines", ["node_uid"])
