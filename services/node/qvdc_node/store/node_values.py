"""Between the nodes' rows and values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, case, null, or_, select, true

from qvdc_node.domain.facility import Bmc, Eviction, FailureDomain, Overcommit
from qvdc_node.domain.inventory import Address, Condition, Inventory, System, Usage
from qvdc_node.domain.node import (
    Drain,
    Intent,
    Mode,
    Node,
    NodeFilter,
    NodeUid,
    Observed,
    Phase,
    Role,
    Standing,
    Tombstone,
)
from qvdc_node.domain.registration import Registration
from qvdc_node.domain.taint import Taint
from qvdc_node.store.codec import from_json, to_json
from qvdc_node.store.tables import nodes


def node_of(row: Row[Any]) -> Node:
    """Read a row of the nodes table."""
    return node_from(row._asdict())


def standing_of(row: Row[Any]) -> Standing:
    """Read the columns of STANDING."""
    return Standing(
        uid=NodeUid(row.uid),
        mode=Mode(row.mode),
        conditions=from_json(row.conditions, tuple[Condition, ...]),
        phase=Phase(row.phase),
        phase_reason=row.phase_reason,
        register_time=row.register_time,
        last_heartbeat_time=row.last_heartbeat_time,
        hostname=row.hostname,
        marks=from_json(row.marks, tuple[Condition, ...]),
        proposal=row.proposal,
        draining=row.drain is not None,
        inventoried=row.inventoried,
    )


# Whether the inventory is known is looked up only where it may not be: it is a large column.
_INVENTORIED = case(
    (nodes.c.phase == Phase.READY.value, true()),
    else_=(
        nodes.c.inventory[("cpu", "cpu_count")].astext.is_not(None)
        & nodes.c.inventory["memory_total_bytes"].astext.is_not(None)
    ),
).label("inventoried")

STANDING = (
    nodes.c.uid,
    nodes.c.mode,
    nodes.c.conditions,
    nodes.c.phase,
    nodes.c.phase_reason,
    nodes.c.register_time,
    nodes.c.last_heartbeat_time,
    nodes.c.hostname,
    nodes.c.marks,
    nodes.c.proposal,
    nodes.c.drain,
    _INVENTORIED,
)
"""What to select for `standing_of`."""


def tombstone_of(row: Row[Any]) -> Tombstone:
    """Read a row of the tombstones table."""
    return Tombstone(
        uid=NodeUid(row.uid),
        id=row.id,
        key_fingerprint=row.key_fingerprint,
        removed_by=row.removed_by,
        remove_time=row.remove_time,
        reason=row.reason,
        readmitted=row.readmitted,
    )


def node_from(row: Mapping[Any, Any]) -> Node:
    """Read the columns of the nodes table by name."""
    return Node(
        uid=NodeUid(row["uid"]),
        id=row["id"],
        intent=Intent(
            display_name=row["display_name"],
            description=row["description"],
            labels=row["labels"],
            mode=Mode(row["mode"]),
            taints=from_json(row["taints"], tuple[Taint, ...]),
            roles=tuple(Role(each) for each in row["roles"]),
            reserved_cores=row["reserved_cores"],
            reserved_memory_bytes=row["reserved_memory_bytes"],
            overcommit=from_json(row["overcommit"], Overcommit),
            failure_domain=from_json(row["failure_domain"], FailureDomain),
            bmc=None if row["bmc"] is None else from_json(row["bmc"], Bmc),
        ),
        observed=_observed(row),
        generation=row["generation"],
        revision=row["revision"],
        create_time=row["create_time"],
        update_time=row["update_time"],
        changed_by=row["changed_by"],
        register_time=row["register_time"],
        session_epoch=row["session_epoch"],
        beat_sequence=row["beat_sequence"],
        member_set_version=row["member_set_version"],
        phase=Phase(row["phase"]),
        phase_reason=row["phase_reason"],
        cluster=row["cluster"],
        key_fingerprint=row["key_fingerprint"],
        certificate_expire_time=row["certificate_expire_time"],
        last_heartbeat_time=row["last_heartbeat_time"],
        observe_time=row["observe_time"],
        marks=from_json(row["marks"], tuple[Condition, ...]),
        proposal=row["proposal"],
        offered_fingerprint=row["offered_fingerprint"],
        confirmed_fingerprint=row["confirmed_fingerprint"],
        drain=None if row["drain"] is None else from_json(row["drain"], Drain),
        eviction=None if row["eviction"] is None else from_json(row["eviction"], Eviction),
        joining_cluster=row["joining_cluster"],
    )


def _observed(row: Mapping[Any, Any]) -> Observed:
    return Observed(
        hostname=row["hostname"],
        addresses=from_json(row["addresses"], tuple[Address, ...]),
        boot_id=row["boot_id"],
        instance=row["instance"],
        system=from_json(row["system"], System),
        inventory=from_json(row["inventory"], Inventory),
        conditions=from_json(row["conditions"], tuple[Condition, ...]),
        usage=None if row["usage"] is None else from_json(row["usage"], Usage),
        hardware_fingerprint=row["hardware_fingerprint"],
        simulated=row["simulated"],
    )


def intent_columns(intent: Intent) -> dict[str, Any]:
    """Return the columns that people write."""
    return {
        "display_name": intent.display_name,
        "description": intent.description,
        "labels": dict(intent.labels),
        "mode": intent.mode.value,
        "taints": to_json(intent.taints, tuple[Taint, ...]),
        "roles": [role.value for role in intent.roles],
        "reserved_cores": intent.reserved_cores,
        "reserved_memory_bytes": intent.reserved_memory_bytes,
        "overcommit": to_json(intent.overcommit, Overcommit),
        "failure_domain": to_json(intent.failure_domain, FailureDomain),
        "bmc": null() if intent.bmc is None else to_json(intent.bmc, Bmc),
    }


def eviction_column(eviction: Eviction | None) -> Any:
    """Return the column of an eviction; none is SQL's NULL."""
    return null() if eviction is None else to_json(eviction, Eviction)


def drain_column(drain: Drain | None) -> Any:
    """Return the column of a drain; none is SQL's NULL."""
    return null() if drain is None else to_json(drain, Drain)


def registered_columns(registration: Registration, now: datetime) -> dict[str, Any]:
    """Return the columns that a registration writes; observed ones alone."""
    seen = registration.observed
    return {
        "hostname": seen.hostname,
        "addresses": to_json(seen.addresses, tuple[Address, ...]),
        "boot_id": seen.boot_id,
        "instance": seen.instance,
        "system": to_json(seen.system, System),
        "inventory": to_json(seen.inventory, Inventory),
        "conditions": to_json(seen.conditions, tuple[Condition, ...]),
        "usage": to_json(seen.usage, Usage),
        "hardware_fingerprint": seen.hardware_fingerprint,
        "simulated": seen.simulated,
        "register_time": now,
        "observe_time": now,
    }


def filtered(wanted: NodeFilter) -> Select[Any]:
    """Return the query for the nodes that are wanted."""
    query = select(nodes)
    if wanted.name_prefix:
        query = query.where(nodes.c.id.startswith(wanted.name_prefix, autoescape=True))
    if wanted.labels:
        query = query.where(nodes.c.labels.contains(dict(wanted.labels)))
    if wanted.query:
        columns = (nodes.c.id, nodes.c.display_name, nodes.c.description, nodes.c.hostname)
        query = query.where(
            or_(*(column.icontains(wanted.query, autoescape=True) for column in columns))
        )
    if wanted.phases:
        query = query.where(nodes.c.phase.in_([phase.value for phase in wanted.phases]))
    if wanted.modes:
        query = query.where(nodes.c.mode.in_([mode.value for mode in wanted.modes]))
    if wanted.cluster:
        query = query.where(nodes.c.cluster == wanted.cluster)
    return query
