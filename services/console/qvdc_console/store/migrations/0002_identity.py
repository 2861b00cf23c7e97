"""Users, roles, sessions, keys that belong to users, and the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _users()
    _keys()
    _sessions()
    _audit()


def _described() -> list[sa.Column]:
    return [
        sa.Column("uid", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("display_name", sa.Text),
        sa.Column("description", sa.Text),
    ]


def _users() -> None:
    op.create_table(
        "roles",
        *_described(),
        sa.Column("permissions", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("built_in", sa.Boolean, nullable=False),
    )
    op.create_table(
        "users",
        *_described(),
        sa.Column("roles", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("password_change_required", sa.Boolean, nullable=False),
        sa.Column("last_sign_in_time", sa.DateTime(timezone=True)),
        sa.Column("password_hash", sa.Text, nullable=False),
    )
    op.create_table("marks", sa.Column("name", sa.Text, primary_key=True))


def _keys() -> None:
    owner = sa.ForeignKey("users.uid", ondelete="CASCADE")
    op.add_column("api_keys", sa.Column("uid", sa.Text, nullable=False, server_default=""))
    op.add_column("api_keys", sa.Column("owner_uid", sa.Text, owner))
    op.add_column("api_keys", sa.Column("owner", sa.Text, nullable=False, server_default=""))
    op.add_column("api_keys", sa.Column("role", sa.Text))
    op.add_column("api_keys", sa.Column("display_name", sa.Text))
    op.add_column("api_keys", sa.Column("description", sa.Text))
    op.add_column("api_keys", sa.Column("expire_time", sa.DateTime(timezone=True)))
    op.add_column("api_keys", sa.Column("revoke_time", sa.DateTime(timezone=True)))
    op.add_column("api_keys", sa.Column("last_use_time", sa.DateTime(timezone=True)))
    column = sa.Column("last_use_address", sa.Text, nullable=False, server_default="")
    op.add_column("api_keys", column)
    op.create_index("api_keys_owner", "api_keys", ["owner_uid"])


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("secret_hash", sa.LargeBinary, nullable=False),
        sa.Column(
            "user_uid", sa.Text, sa.ForeignKey("users.uid", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_use_time", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("sessions_user", "sessions", ["user_uid"])
    op.create_table(
        "sign_in_failures",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("last_time", sa.DateTime(timezone=True), nullable=False),
    )


def _audit() -> None:
    op.create_table(
        "audit_records",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("lost_count", sa.BigInteger, nullable=False),
    )
    op.create_index("audit_records_actor", "audit_records", ["actor", "id"])
    op.create_index("audit_records_object", "audit_records", ["object", "id"])
    op.execute(
        "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit records are only ever added'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_records "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
    )
