"""Create the generic tables and a noun to try them with."""

import sqlalchemy as sa
from alembic import op

from qvdc_db import generic

revision = "0001"
down_revision = None


def upgrade() -> None:
    generic.create_all(op)
    op.create_table(
        "things",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("make_time", sa.DateTime(timezone=True), nullable=False),
    )
