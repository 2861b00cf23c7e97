"""The tables that every service has in its schema."""

from typing import Protocol

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Identity,
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

generic_metadata = MetaData()

_TIME = DateTime(timezone=True)
_THIS_TRANSACTION = text("(pg_current_xact_id()::text::bigint)")

operations = Table(
    "operations",
    generic_metadata,
    Column("id", Text, primary_key=True),
    Column("target", Text, nullable=False),
    Column("target_uid", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("cancellable", Boolean, nullable=False),
    Column("cancel_requested", Boolean, nullable=False, server_default=text("false")),
    Column("stage", Text, nullable=False, server_default=""),
    Column("message", Text, nullable=False, server_default=""),
    Column("progress_percent", SmallInteger, nullable=False, server_default="0"),
    Column("done_bytes", BigInteger),
    Column("total_bytes", BigInteger),
    Column("generation", BigInteger, nullable=False, server_default="1"),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("lease_owner", Text),
    Column("lease_expire_time", _TIME),
    Column("create_time", _TIME, nullable=False),
    Column("start_time", _TIME),
    Column("end_time", _TIME),
    Column("last_beat_time", _TIME, nullable=False),
    Column("failure_kind", Text),
    Column("failure_reason", Text),
    Column("failure_message", Text),
    Column("failure_facts", JSONB),
    Column("trace_id", Text, nullable=False, server_default=""),
    Column("parent", Text),
    Index("operations_newest", "create_time", "id"),
    Index("operations_of_target", "target", "create_time"),
    Index("operations_of_parent", "parent"),
    Index("operations_live", "verb", "create_time", postgresql_where=text("end_time IS NULL")),
)

events = Table(
    "events",
    generic_metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("xid", BigInteger, nullable=False, server_default=_THIS_TRANSACTION),
    Column("time", _TIME, nullable=False),
    Column("noun", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("subject_uid", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("change", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("cluster", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("trace_id", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("details", JSONB, nullable=False),
    Index("events_in_order", "xid", "id"),
    Index("events_of_subject", "subject", "id"),
    Index("events_by_time", "time"),
)

event_horizon = Table(
    "event_horizon",
    generic_metadata,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    Column("xid", BigInteger, nullable=False),
    Column("id", BigInteger, nullable=False),
    CheckConstraint("single", name="event_horizon_has_one_row"),
)

request_ids = Table(
    "request_ids",
    generic_metadata,
    Column("actor", Text, primary_key=True),
    Column("rpc", Text, primary_key=True),
    Column("request_id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("answer", LargeBinary),
    Column("time", _TIME, nullable=False),
    Index("request_ids_by_time", "time"),
)

fences = Table(
    "fences",
    generic_metadata,
    Column("loop", Text, primary_key=True),
    Column("site_term", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
)

site_term = Table(
    "site_term",
    generic_metadata,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    Column("term", BigInteger, nullable=False),
    Column("incarnation", Text, nullable=False),
    Column("timeline", Text, nullable=False),
    CheckConstraint("single", name="site_term_has_one_row"),
)


class MigrationOperations(Protocol):
    """What a migration is given: `alembic.op`."""

    def get_bind(self) -> Connection:
        """The connection on which the migration runs."""
        ...


def create_all(op: MigrationOperations) -> None:
    """Create the generic tables; for the first migration of a service.

    A later change of these tables comes as a function of its own, called by a new migration.
    """
    connection = op.get_bind()
    generic_metadata.create_all(connection, checkfirst=False)
    connection.execute(event_horizon.insert().values(xid=0, id=0))
    connection.execute(site_term.insert().values(term=1, incarnation="", timeline=""))
