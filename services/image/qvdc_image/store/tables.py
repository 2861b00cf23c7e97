"""The tables of the image service beside the generic ones."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

_TIME = DateTime(timezone=True)

folders = Table(
    "folders",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("parent", Text, ForeignKey("folders.id", ondelete="RESTRICT")),
    Column("generation", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("create_time", _TIME, nullable=False),
    Column("update_time", _TIME, nullable=False),
    Column("changed_by", Text, nullable=False),
    Index("folders_name_key", text("coalesce(parent, '')"), "display_name", unique=True),
)

images = Table(
    "images",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("labels", JSONB, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("create_time", _TIME, nullable=False),
    Column("update_time", _TIME, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("min_disk_bytes", BigInteger),
    Column("min_memory_bytes", BigInteger),
    Column("architecture", Text, nullable=False),
    Column("folder", Text, ForeignKey("folders.id", ondelete="RESTRICT")),
    Column("os_family", Text, nullable=False),
    Column("os_distribution", Text, nullable=False),
    Column("os_version", Text, nullable=False),
    Column("asked_kind", Text),
    Column("source", Text, nullable=False),
    Column("operation_id", Text, nullable=False),
    # observed from here on
    Column("kind", Text),
    Column("format", Text),
    Column("state", Text, nullable=False),
    Column("failure_kind", Text),
    Column("failure_reason", Text),
    Column("failure_message", Text),
    Column("failure_facts", JSONB),
    Column("size_bytes", BigInteger),
    Column("virtual_size_bytes", BigInteger),
    Column("digest", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("done_bytes", BigInteger, nullable=False),
    Column("total_bytes", BigInteger, nullable=False),
    Column("percent", SmallInteger, nullable=False),
    Column("rate_bytes", BigInteger),
    Column("last_progress_time", _TIME, nullable=False),
    Index("images_by_folder", "folder"),
    Index("images_by_digest", "digest", postgresql_where=text("digest <> ''")),
)

uploads = Table(
    "uploads",
    metadata,
    Column("uid", Text, primary_key=True),
    Column(
        "image_uid",
        Text,
        ForeignKey("images.uid", ondelete="CASCADE"),
        nullable=False,
        unique=True,
    ),
    Column("image_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sized", Boolean, nullable=False),
    Column("offset_bytes", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("streamed_digest", Text, nullable=False),
    Column("expected", Text),
    Column("file_name", Text, nullable=False),
    Column("head_digest", Text, nullable=False),
    Column("metadata", Text, nullable=False),
    Column("create_time", _TIME, nullable=False),
    Column("expire_time", _TIME, nullable=False),
    Column("operation_id", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Index("uploads_live", "create_time", "uid"),
    Index("uploads_by_end", "expire_time"),
)

blobs = Table(
    "blobs",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("unreferenced_since", _TIME),
)

claims = Table(
    "claims",
    metadata,
    Column("image_uid", Text, ForeignKey("images.uid", ondelete="RESTRICT"), primary_key=True),
    Column("vm_uid", Text, primary_key=True),
    Column("vm_name", Text, nullable=False),
    Column("create_time", _TIME, nullable=False),
)

copies = Table(
    "copies",
    metadata,
    Column("node_uid", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("done_bytes", BigInteger, nullable=False),
    Column("pin_count", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("observe_time", _TIME, nullable=False),
    Column("change_count", BigInteger, nullable=False, server_default="0"),
    Index("copies_by_digest", "digest"),
)

host_caches = Table(
    "host_caches",
    metadata,
    Column("node_uid", Text, primary_key=True),
    Column("change_count", BigInteger, nullable=False),
    Column("observe_time", _TIME, nullable=False),
    Column("report_time", _TIME, nullable=False),
)

ticket_keys = Table(
    "ticket_keys",
    metadata,
    Column("id", SmallInteger, primary_key=True),
    Column("key", LargeBinary, nullable=False),
)
