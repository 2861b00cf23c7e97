"""The tables of the node service. Intent and observed columns have separate writers."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    Interval,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()
_TIME = DateTime(timezone=True)

fence_intents = Table(
    "fence_intents",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("incident", Text, nullable=False),
    Column("create_time", _TIME, nullable=False),
)

cluster_terms = Table(
    "cluster_terms",
    metadata,
    Column("cluster", Text, primary_key=True),
    Column("detection_seconds", Integer, nullable=False),
)

nodes = Table(
    "nodes",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    # Intent: written by people alone.
    Column("display_name", Text),
    Column("description", Text),
    Column("labels", JSONB, nullable=False),
    Column("mode", Text, nullable=False),
    Column("taints", JSONB, nullable=False, server_default="[]"),
    Column("roles", JSONB, nullable=False, server_default="[]"),
    Column("reserved_cores", Integer),
    Column("reserved_memory_bytes", BigInteger),
    Column("overcommit", JSONB, nullable=False, server_default="{}"),
    Column("failure_domain", JSONB, nullable=False, server_default="{}"),
    Column("bmc", JSONB),
    Column("generation", BigInteger, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("create_time", _TIME, nullable=False),
    Column("update_time", _TIME, nullable=False),
    # Observed: written by registration and beats alone.
    Column("hostname", Text, nullable=False),
    Column("addresses", JSONB, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("instance", BigInteger, nullable=False),
    Column("session_epoch", BigInteger, nullable=False),
    Column("beat_sequence", BigInteger, nullable=False),
    Column("member_set_version", BigInteger, nullable=False, server_default="0"),
    Column("system", JSONB, nullable=False),
    Column("inventory", JSONB, nullable=False),
    Column("conditions", JSONB, nullable=False),
    Column("usage", JSONB),
    Column("hardware_fingerprint", Text, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("key_fingerprint", Text, nullable=False),
    Column("certificate_expire_time", _TIME),
    Column("register_time", _TIME, nullable=False),
    Column("last_heartbeat_time", _TIME),
    Column("observe_time", _TIME, nullable=False),
    # Computed.
    Column("phase", Text, nullable=False),
    Column("phase_reason", Text, nullable=False),
    Column("cluster", Text, nullable=False),
    # What the service itself says: conditions, and what registration waits for.
    Column("marks", JSONB, nullable=False, server_default="[]"),
    Column("proposal", Text, nullable=False, server_default=""),
    Column("offered_fingerprint", Text, nullable=False, server_default=""),
    Column("confirmed_fingerprint", Text, nullable=False, server_default=""),
    Column("drain", JSONB),
    Column("eviction", JSONB),
    Column("refresh_time", _TIME),
    # The cluster that the node's token put it into, until it is a member.
    Column("joining_cluster", Text, nullable=False, server_default=""),
    Column("revision", BigInteger, nullable=False),
    Index("nodes_of_cluster", "cluster"),
    Index("nodes_of_fingerprint", "hardware_fingerprint"),
)

# Who votes in each cluster; `version` grows over all of them. Older sets stay: hosts may hold them.
member_sets = Table(
    "member_sets",
    metadata,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("site_term", BigInteger, nullable=False),
    Column("cluster", Text, nullable=False),
    Column("members", JSONB, nullable=False),
    Column("create_time", _TIME, nullable=False),
    Index("member_sets_of_cluster", "cluster", "version"),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("key_fingerprint", Text, nullable=False),
    Column("removed_by", Text, nullable=False),
    Column("remove_time", _TIME, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("readmitted", Boolean, nullable=False, server_default="false"),
)

join_tokens = Table(
    "join_tokens",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("secret_hash", Text, nullable=False, unique=True),
    Column("display_name", Text),
    Column("description", Text),
    Column("labels", JSONB, nullable=False),
    Column("node_labels", JSONB, nullable=False),
    Column("ttl", Interval, nullable=False),
    Column("expire_time", _TIME, nullable=False),
    Column("max_uses", Integer, nullable=False),
    Column("use_count", Integer, nullable=False),
    Column("create_time", _TIME, nullable=False),
    Column("update_time", _TIME, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("node", Text, nullable=False, server_default=""),
    Column("allowed_range", Text, nullable=False, server_default=""),
    Column("node_taints", JSONB, nullable=False, server_default="[]"),
    Column("node_roles", JSONB, nullable=False, server_default="[]"),
    Column("cluster", Text, nullable=False, server_default=""),
)

join_token_uses = Table(
    "join_token_uses",
    metadata,
    Column("token_uid", Text, primary_key=True),
    Column("node_uid", Text, primary_key=True),
    Column("time", _TIME, nullable=False),
)

# Hosts that shall restart or turn off; the operation says how far it is.
power_actions = Table(
    "power_actions",
    metadata,
    Column("node_uid", Text, primary_key=True),
    Column("operation", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("machine_count", Integer, nullable=False),
    Column("create_time", _TIME, nullable=False),
    Column("told_time", _TIME),
)

# Hosts that were given their configuration and have not registered yet.
pairings = Table(
    "pairings",
    metadata,
    Column("node_uid", Text, primary_key=True),
    Column("node", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("create_time", _TIME, nullable=False),
)

authorities = Table(
    "authorities",
    metadata,
    Column("name", Text, primary_key=True),
    Column("certificate_pem", Text, nullable=False),
    Column("sealed_key", LargeBinary, nullable=False),
)

# A projection, fed by the vm service's Watch.
placements = Table(
    "placements",
    metadata,
    Column("machine", Text, primary_key=True),
    Column("node", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=""),
    Index("placements_of_node", "node"),
)
