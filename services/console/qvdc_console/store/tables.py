"""The door's tables, in schema console."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY

metadata = MetaData()


def _time(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("permissions", ARRAY(Text), nullable=False),
    Column("local_only", Boolean, nullable=False),
    _time("create_time"),
    Column("uid", Text, nullable=False),
    Column("owner_uid", Text),
    Column("owner", Text, nullable=False),
    Column("role", Text),
    Column("display_name", Text),
    Column("description", Text),
    _time("expire_time", nullable=True),
    _time("revoke_time", nullable=True),
    _time("last_use_time", nullable=True),
    Column("last_use_address", Text, nullable=False),
)

roles = Table(
    "roles",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    _time("create_time"),
    _time("update_time"),
    Column("changed_by", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("display_name", Text),
    Column("description", Text),
    Column("permissions", ARRAY(Text), nullable=False),
    Column("built_in", Boolean, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    _time("create_time"),
    _time("update_time"),
    Column("changed_by", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("display_name", Text),
    Column("description", Text),
    Column("roles", ARRAY(Text), nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("password_change_required", Boolean, nullable=False),
    _time("last_sign_in_time", nullable=True),
    Column("password_hash", Text, nullable=False),
)

marks = Table("marks", metadata, Column("name", Text, primary_key=True))

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("user_uid", Text, nullable=False),
    _time("create_time"),
    _time("last_use_time"),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("name", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    _time("last_time"),
)

audit_records = Table(
    "audit_records",
    metadata,
    Column("id", BigInteger, primary_key=True),
    _time("time"),
    Column("actor", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("lost_count", BigInteger, nullable=False),
)
