"""The generic tables and the API keys."""

import sqlalchemy as sa
from alembic import op

from qvdc_db import generic

revision = "0001"
down_revision = None


def upgrade() -> None:
    generic.create_all(op)
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("secret_hash", sa.LargeBinary, nullable=False),
        sa.Column("permissions", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("local_only", sa.Boolean, nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
    )
