"""The tables of the network service; the generic ones come from qvdc_db."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, CIDR, INET, JSONB

metadata = MetaData()

_TIME = DateTime(timezone=True)
NETWORK_ID = "networks_id"
PORT_ID = "ports_id"
PORT_MAC = "ports_mac"
ADDRESS = "addresses_of_network"

networks = Table(
    "networks",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("labels", JSONB, nullable=False),
    Column("type", Text, nullable=False),
    Column("vlan_id", Integer),
    Column("switch", Text, nullable=False),
    Column("cidr", CIDR),
    Column("gateway", INET),
    Column("mtu_bytes", Integer, nullable=False),
    Column("dhcp_enabled", Boolean, nullable=False),
    Column("dhcp_ranges", ARRAY(Text), nullable=False),
    Column("dhcp_lease_seconds", Integer, nullable=False),
    Column("dhcp_dns_servers", ARRAY(Text), nullable=False),
    Column("dhcp_domain", Text, nullable=False),
    Column("dhcp_ntp_servers", ARRAY(Text), nullable=False),
    Column("reserved", ARRAY(Text), nullable=False),
    Column("port_security", Boolean, nullable=False),
    Column("admin_up", Boolean, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("create_time", _TIME, nullable=False),
    Column("update_time", _TIME, nullable=False),
    Column("updated_by", Text, nullable=False),
    Column("delete_time", _TIME),
    Column("observed_generation", BigInteger, nullable=False, server_default="0"),
    Column("observed_phase", Text, nullable=False, server_default="PENDING"),
    Column("observed_message", Text, nullable=False, server_default=""),
    Column("observe_time", _TIME),
    UniqueConstraint("id", name=NETWORK_ID),
)

ports = Table(
    "ports",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("network_uid", Text, ForeignKey("networks.uid"), nullable=False),
    Column("display_name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("labels", JSONB, nullable=False),
    Column("mac", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("owner_uid", Text, nullable=False),
    Column("hostname", Text, nullable=False),
    Column("admin_up", Boolean, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("create_time", _TIME, nullable=False),
    Column("update_time", _TIME, nullable=False),
    Column("updated_by", Text, nullable=False),
    Column("observed_generation", BigInteger, nullable=False, server_default="0"),
    Column("observed_status", Text, nullable=False, server_default="PENDING"),
    Column("observed_message", Text, nullable=False, server_default=""),
    Column("observed_bound", Boolean, nullable=False, server_default="false"),
    Column("observed_node_uid", Text, nullable=False, server_default=""),
    Column("observe_time", _TIME),
    UniqueConstraint("id", name=PORT_ID),
    UniqueConstraint("mac", name=PORT_MAC),
    Index("ports_of_network", "network_uid", "id"),
    Index("ports_of_owner", "owner", "id"),
)

addresses = Table(
    "addresses",
    metadata,
    Column("network_uid", Text, ForeignKey("networks.uid"), nullable=False),
    Column("address", INET, nullable=False),
    Column("port_uid", Text, ForeignKey("ports.uid", ondelete="CASCADE"), nullable=False),
    Column("place", Integer, nullable=False),
    PrimaryKeyConstraint("network_uid", "address", name=ADDRESS),
    Index("addresses_of_port", "port_uid", "place"),
)

host_reports = Table(
    "host_reports",
    metadata,
    Column("node_uid", Text, primary_key=True),
    Column("chassis", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("report_time", _TIME, nullable=False),
    Column("change_count", BigInteger, nullable=False, server_default="0"),
    Column("observe_time", _TIME),
)

plugs = Table(
    "plugs",
    metadata,
    Column("port_uid", Text, nullable=False),
    Column("node_uid", Text, ForeignKey("host_reports.node_uid"), nullable=False),
    Column("interface", Text, nullable=False),
    Column("link_up", Boolean),
    Column("change_count", BigInteger, nullable=False, server_default="0"),
    PrimaryKeyConstraint("port_uid", "node_uid"),
    Index("plugs_of_node", "node_uid"),
)
