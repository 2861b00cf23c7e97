"""Machines, their disks, cards and secrets, placement plans, the projection of nodes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION, JSONB

from qvdc_db import generic

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create everything."""
    generic.create_all(op)
    _machines()
    _parts()
    _projection()


def _machines() -> None:
    op.create_table(
        "machines",
        sa.Column("uid", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("labels", JSONB, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("delete_protection", sa.Boolean, nullable=False),
        sa.Column("power_wish", sa.Text, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("create_time", _TIME, nullable=False),
        sa.Column("update_time", _TIME, nullable=False),
        sa.Column("updated_by", sa.Text, nullable=False),
        sa.Column("cluster", sa.Text, nullable=False),
        sa.Column("vcpu_count", sa.Integer, nullable=False),
        sa.Column("memory_bytes", sa.BigInteger, nullable=False),
        sa.Column("firmware", sa.Text, nullable=False),
        sa.Column("hostname", sa.Text, nullable=False),
        sa.Column("ssh_authorized_keys", ARRAY(sa.Text), nullable=False),
        sa.Column("user_data_set", sa.Boolean, nullable=False),
        sa.Column("required_nodes", ARRAY(sa.Text), nullable=False),
        sa.Column("excluded_nodes", ARRAY(sa.Text), nullable=False),
        sa.Column("node_labels", JSONB, nullable=False),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("node_uid", sa.Text),
        sa.Column("host_generation", sa.BigInteger, nullable=False),
        sa.Column("run_epoch", sa.BigInteger, nullable=False),
        sa.Column("removing", sa.Boolean, nullable=False),
        sa.Column("released", ARRAY(sa.Text), nullable=False),
        sa.Column("error_kind", sa.Text),
        sa.Column("error_reason", sa.Text),
        sa.Column("error_message", sa.Text),
        sa.Column("error_facts", JSONB),
        sa.Column("work_verb", sa.Text),
        sa.Column("work_operation", sa.Text),
        sa.Column("work_start_time", _TIME),
        sa.Column("work_deadline", _TIME),
        sa.Column("work_grace_deadline", _TIME),
        sa.Column("work_power_off_after_grace", sa.Boolean),
        sa.Column("work_cut", sa.Boolean),
        sa.Column("failing_kind", sa.Text),
        sa.Column("failing_reason", sa.Text),
        sa.Column("failing_message", sa.Text),
        sa.Column("failing_facts", JSONB),
        sa.Column("provisioned", sa.Boolean, nullable=False),
        sa.Column("doubtful", sa.Boolean, nullable=False),
        sa.Column("seen_state", sa.Text),
        sa.Column("seen_generation", sa.BigInteger),
        sa.Column("seen_run_epoch", sa.BigInteger),
        sa.Column("seen_observe_time", _TIME),
        sa.Column("seen_settled", sa.Boolean),
        sa.Column("seen_change_count", sa.BigInteger),
        sa.Column("seen_cause", sa.Text),
        sa.Column("seen_since_time", _TIME),
        sa.Column("seen_stage", sa.Text),
        sa.Column("seen_done_bytes", sa.BigInteger),
        sa.Column("seen_total_bytes", sa.BigInteger),
        sa.Column("seen_problem_reason", sa.Text),
        sa.Column("seen_problem_message", sa.Text),
        sa.Column("seen_problem_final", sa.Boolean),
        sa.Column("seen_cpu_percent", DOUBLE_PRECISION),
        sa.Column("seen_memory_used_bytes", sa.BigInteger),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("state_message", sa.Text, nullable=False),
        sa.Column("state_time", _TIME, nullable=False),
        sa.Column("terminate_time", _TIME),
        sa.Column("swept", sa.Boolean, nullable=False),
    )
    op.create_index(
        "machines_id_unless_terminated",
        "machines",
        ["id"],
        unique=True,
        postgresql_where=sa.text("terminate_time IS NULL"),
    )
    op.create_index("machines_of_node", "machines", ["node_uid"])
    op.create_index(
        "machines_at_work",
        "machines",
        ["work_start_time"],
        postgresql_where=sa.text("work_verb IS NOT NULL"),
    )


def _owner() -> sa.Column[str]:
    return sa.Column(
        "machine_uid",
        sa.Text,
        sa.ForeignKey("machines.uid", ondelete="CASCADE"),
        primary_key=True,
    )


def _parts() -> None:
    op.create_table(
        "machine_disks",
        _owner(),
        sa.Column("position", sa.SmallInteger, primary_key=True),
        sa.Column("disk_id", sa.Text, nullable=False),
        sa.Column("image", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("pool", sa.Text, nullable=False),
        sa.Column("base_digest", sa.Text),
        sa.Column("base_format", sa.Text),
        sa.Column("base_size_bytes", sa.BigInteger),
        sa.Column("base_virtual_size_bytes", sa.BigInteger),
    )
    op.create_table(
        "machine_nics",
        _owner(),
        sa.Column("position", sa.SmallInteger, primary_key=True),
        sa.Column("network", sa.Text, nullable=False),
        sa.Column("mac", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("port", sa.Text),
        sa.Column("port_uid", sa.Text),
        sa.Column("port_mac", sa.Text),
        sa.Column("port_mtu", sa.Integer),
        sa.Column("port_addresses", ARRAY(sa.Text)),
    )
    op.create_table("machine_secrets", _owner(), sa.Column("user_data", sa.Text, nullable=False))
    op.create_table(
        "placement_plans",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column(
            "machine_uid",
            sa.Text,
            sa.ForeignKey("machines.uid", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("time", _TIME, nullable=False),
        sa.Column("plan", JSONB, nullable=False),
    )
    op.create_index("placement_plans_of_machine", "placement_plans", ["machine_uid", "id"])


def _projection() -> None:
    op.create_table(
        "nodes",
        sa.Column("uid", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("alive", sa.Boolean, nullable=False),
        sa.Column("removed", sa.Boolean, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("agent_addresses", ARRAY(sa.Text), nullable=False),
        sa.Column("boot_id", sa.Text, nullable=False),
        sa.Column("report_time", _TIME),
    )
    op.create_table(
        "projections",
        sa.Column("noun", sa.Text, primary_key=True),
        sa.Column("token", sa.Text, nullable=False),
    )
