"""Create the generic tables, and those of networks, ports, addresses and hosts' reports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, CIDR, INET, JSONB

from qvdc_db import generic

revision = "0001"
down_revision = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    generic.create_all(op)
    _networks()
    _ports()
    _addresses()
    _reports()


def _networks() -> None:
    op.create_table(
        "networks",
        sa.Column("uid", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("labels", JSONB, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("vlan_id", sa.Integer),
        sa.Column("switch", sa.Text, nullable=False),
        sa.Column("cidr", CIDR),
        sa.Column("gateway", INET),
        sa.Column("mtu_bytes", sa.Integer, nullable=False),
        sa.Column("dhcp_enabled", sa.Boolean, nullable=False),
        sa.Column("dhcp_ranges", ARRAY(sa.Text), nullable=False),
        sa.Column("dhcp_lease_seconds", sa.Integer, nullable=False),
        sa.Column("dhcp_dns_servers", ARRAY(sa.Text), nullable=False),
        sa.Column("dhcp_domain", sa.Text, nullable=False),
        sa.Column("dhcp_ntp_servers", ARRAY(sa.Text), nullable=False),
        sa.Column("reserved", ARRAY(sa.Text), nullable=False),
        sa.Column("port_security", sa.Boolean, nullable=False),
        sa.Column("admin_up", sa.Boolean, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sa.Column("updated_by", sa.Text, nullable=False),
        sa.Column("delete_time", TIME),
        sa.Column("observed_generation", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("observed_phase", sa.Text, nullable=False, server_default="PENDING"),
        sa.Column("observed_message", sa.Text, nullable=False, server_default=""),
        sa.Column("observe_time", TIME),
        sa.UniqueConstraint("id", name="networks_id"),
    )


def _ports() -> None:
    op.create_table(
        "ports",
        sa.Column("uid", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("network_uid", sa.Text, sa.ForeignKey("networks.uid"), nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("labels", JSONB, nullable=False),
        sa.Column("mac", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("owner_uid", sa.Text, nullable=False),
        sa.Column("hostname", sa.Text, nullable=False),
        sa.Column("admin_up", sa.Boolean, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sa.Column("updated_by", sa.Text, nullable=False),
        sa.Column("observed_generation", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("observed_status", sa.Text, nullable=False, server_default="PENDING"),
        sa.Column("observed_message", sa.Text, nullable=False, server_default=""),
        sa.Column("observed_bound", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("observed_node_uid", sa.Text, nullable=False, server_default=""),
        sa.Column("observe_time", TIME),
        sa.UniqueConstraint("id", name="ports_id"),
        sa.UniqueConstraint("mac", name="ports_mac"),
    )
    op.create_index("ports_of_network", "ports", ["network_uid", "id"])
    op.create_index("ports_of_owner", "ports", ["owner", "id"])


def _addresses() -> None:
    op.create_table(
        "addresses",
        sa.Column("network_uid", sa.Text, sa.ForeignKey("networks.uid"), nullable=False),
        sa.Column("address", INET, nullable=False),
        sa.Column(
            "port_uid", sa.Text, sa.ForeignKey("ports.uid", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("place", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("network_uid", "address", name="addresses_of_network"),
    )
    op.create_index("addresses_of_port", "addresses", ["port_uid", "place"])


def _reports() -> None:
    op.create_table(
        "host_reports",
        sa.Column("node_uid", sa.Text, primary_key=True),
        sa.Column("chassis", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("report_time", TIME, nullable=False),
    )
    op.create_table(
        "plugs",
        sa.Column(
            "port_uid", sa.Text, sa.ForeignKey("ports.uid", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("node_uid", sa.Text, sa.ForeignKey("host_reports.node_uid"), nullable=False),
        sa.Column("interface", sa.Text, nullable=False),
        sa.Column("link_up", sa.Boolean),
        sa.PrimaryKeyConstraint("port_uid", "node_uid"),
    )
    op.create_index("plugs_of_node", "plugs", ["node_uid"])
