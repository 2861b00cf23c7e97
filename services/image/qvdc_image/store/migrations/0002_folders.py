"""Add folders of images, what an image runs, and uploads whose size shows at their end."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "folders",
        sa.Column("uid", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("parent", sa.Text, sa.ForeignKey("folders.id", ondelete="RESTRICT")),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.UniqueConstraint("id", name="folders_id_key"),
    )
    op.create_index(
        "folders_name_key",
        "folders",
        [sa.text("coalesce(parent, '')"), "display_name"],
        unique=True,
    )
    folder = sa.ForeignKey("folders.id", ondelete="RESTRICT")
    op.add_column("images", sa.Column("folder", sa.Text, folder))
    op.create_index("images_by_folder", "images", ["folder"])
    for name in ("os_family", "os_distribution", "os_version"):
        op.add_column("images", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.add_column(
        "uploads", sa.Column("sized", sa.Boolean, nullable=False, server_default=sa.true())
    )
