"""Create images, uploads, stored bytes, claims, hosts' copies and the ticket key."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from qvdc_db import generic

revision = "0001"
down_revision = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    generic.create_all(op)
    _images()
    _uploads()
    op.create_table(
        "blobs",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("unreferenced_since", TIME),
    )
    op.create_table(
        "claims",
        sa.Column(
            "image_uid",
            sa.Text,
            sa.ForeignKey("images.uid", ondelete="RESTRICT"),
            primary_key=True,
        ),
        sa.Column("vm_uid", sa.Text, primary_key=True),
        sa.Column("vm_name", sa.Text, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
    )
    op.create_table(
        "copies",
        sa.Column("node_uid", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("done_bytes", sa.BigInteger, nullable=False),
        sa.Column("pin_count", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("observe_time", TIME, nullable=False),
    )
    op.create_index("copies_by_digest", "copies", ["digest"])
    op.create_table(
        "ticket_keys",
        sa.Column("id", sa.SmallInteger, primary_key=True),
        sa.Column("key", sa.LargeBinary, nullable=False),
    )


def _images() -> None:
    op.create_table(
        "images",
        sa.Column("uid", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("labels", JSONB, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("min_disk_bytes", sa.BigInteger),
        sa.Column("min_memory_bytes", sa.BigInteger),
        sa.Column("architecture", sa.Text, nullable=False),
        sa.Column("asked_kind", sa.Text),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("operation_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text),
        sa.Column("format", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("failure_kind", sa.Text),
        sa.Column("failure_reason", sa.Text),
        sa.Column("failure_message", sa.Text),
        sa.Column("failure_facts", JSONB),
        sa.Column("size_bytes", sa.BigInteger),
        sa.Column("virtual_size_bytes", sa.BigInteger),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("done_bytes", sa.BigInteger, nullable=False),
        sa.Column("total_bytes", sa.BigInteger, nullable=False),
        sa.Column("percent", sa.SmallInteger, nullable=False),
        sa.Column("rate_bytes", sa.BigInteger),
        sa.Column("last_progress_time", TIME, nullable=False),
        sa.UniqueConstraint("id", name="images_id_key"),
    )
    op.create_index(
        "images_by_digest", "images", ["digest"], postgresql_where=sa.text("digest <> ''")
    )


def _uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("uid", sa.Text, primary_key=True),
        sa.Column(
            "image_uid",
            sa.Text,
            sa.ForeignKey("images.uid", ondelete="CASCADE"),
            nullable=False,
            unique=True,
        ),
        sa.Column("image_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("offset_bytes", sa.BigInteger, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("streamed_digest", sa.Text, nullable=False),
        sa.Column("expected", sa.Text),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("head_digest", sa.Text, nullable=False),
        sa.Column("metadata", sa.Text, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("expire_time", TIME, nullable=False),
        sa.Column("operation_id", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
    )
    op.create_index("uploads_live", "uploads", ["create_time", "uid"])
    op.create_index("uploads_by_end", "uploads", ["expire_time"])
