"""How storage pools read."""

from typing import Any

from qvdc_cli import words
from qvdc_cli.output import Column


def _room(message: Any) -> str:
    free, all_ = words.size(message, "available_bytes"), words.size(message, "capacity_bytes")
    return f"{free} of {all_}" if all_ != words.NOTHING else words.NOTHING


def _on_node(each: Any) -> str:
    state = words.enum(each, "state") + (", being let go" if each.releasing else "")
    why = " ".join(part for part in (each.reason, each.error) if part)
    return f"{words.short(each.node)}: {state}" + (f" ({why})" if why else f", {_room(each)} free")


def _disks(count: int) -> str:
    return "1 disk" if count == 1 else f"{count} disks"


COLUMNS = [
    Column("NAME", lambda p: words.short(p.name)),
    Column("TYPE", lambda p: words.enum(p, "type")),
    Column("PHASE", lambda p: words.enum(p, "phase"), state=True),
    Column("WHY", lambda p: p.phase_reason or words.NOTHING),
    Column("NODES", lambda p: str(len(p.assigned_nodes)), right=True),
    Column("FREE", _room, right=True),
    Column("CLAIMED", lambda p: words.size(p, "claimed_bytes"), right=True),
    Column("DISKS", lambda p: str(p.claim_count), right=True),
    Column("PATH", lambda p: p.path or words.NOTHING),
]
DETAILS = [
    Column("Name", lambda p: p.name),
    Column("Display name", lambda p: p.display_name),
    Column("Description", lambda p: p.description),
    Column("Labels", words.labels),
    Column("Type", lambda p: words.enum(p, "type")),
    Column("Path", lambda p: p.path or "each host's own folder of pools"),
    Column("Phase", lambda p: words.enum(p, "phase"), state=True),
    Column("Why", lambda p: p.phase_reason),
    Column("Nodes", lambda p: "\n".join(_on_node(each) for each in p.node_states)),
    Column("Free", _room),
    Column(
        "Claimed",
        lambda p: (
            f"{words.size(p, 'claimed_bytes')} by {_disks(p.claim_count)},"
            f" thin up to {p.overprovision_ratio:g} times the capacity"
        ),
    ),
    Column("Kept free", lambda p: f"{p.reserve_percent} %"),
    Column("Provisioning", lambda p: words.enum(p, "default_provisioning")),
    Column("Created", lambda p: words.ago(p, "create_time")),
    Column("Uid", lambda p: p.uid),
    Column("Etag", lambda p: p.etag),
]
ON_NODE = [
    Column("NODE", lambda n: words.short(n.node)),
    Column("STATE", lambda n: words.enum(n, "state"), state=True),
    Column("WHY", lambda n: n.reason or words.NOTHING),
    Column("FREE", _room, right=True),
    Column("CLAIMED", lambda n: words.size(n, "claimed_bytes"), right=True),
    Column("LATENCY", lambda n: words.optional(n, "latency_microseconds", "us"), right=True),
    Column("SEEN", lambda n: words.ago(n, "observe_time") + (", stale" if n.stale else "")),
    Column("PATH", lambda n: n.path or words.NOTHING),
    Column("ERROR", lambda n: n.error or words.NOTHING),
]
FILES = [
    Column("NODE", lambda f: words.short(f.node)),
    Column("PATH", lambda f: f.path or "(no file)"),
    Column("KIND", lambda f: words.enum(f, "kind")),
    Column("SIZE", lambda f: words.size(f, "size_bytes"), right=True),
    Column("TAKES", lambda f: words.size(f, "allocated_bytes"), right=True),
    Column("OWNER", lambda f: f.owner or words.NOTHING),
    Column("DISK", lambda f: f.disk_id or words.NOTHING),
    Column("ORPHAN", lambda f: "yes" if f.orphan else words.NOTHING),
    Column("CHANGED", lambda f: words.ago(f, "modify_time")),
]
DEVICES = [
    Column("NODE", lambda d: words.short(d.node)),
    Column("PATH", lambda d: d.path),
    Column("SIZE", lambda d: words.size(d, "size_bytes"), right=True),
    Column("MODEL", lambda d: d.model or words.NOTHING),
    Column("ID", lambda d: d.stable_id or words.NOTHING),
    Column("SEEN", lambda d: words.ago(d, "observe_time") + (", stale" if d.stale else "")),
]
