"""qvdc node metrics|inventory|events|logs: what is seen of a node"""

from typing import Annotated

import typer

from quantix.event.v1 import event_pb2
from quantix.node.v1 import node_log_pb2
from quantix.node.v1 import node_pb2 as pb
from qvdc_cli import words
from qvdc_cli.commands.event import COLUMNS as EVENTS
from qvdc_cli.output import Column, Format
from qvdc_cli.run import Limit, Run, verb
from qvdc_client.client import pages

Name = Annotated[str, typer.Argument(help="Id, uid or name of the node.")]

METRICS = [
    Column("Name", lambda m: m.name),
    Column("CPU", lambda m: words.optional(m.usage, "cpu_percent", "%")),
    Column("CPUs", lambda m: words.optional(m, "cpu_count")),
    Column("Memory used", lambda m: words.size(m.usage, "memory_used_bytes")),
    Column("Memory", lambda m: words.size(m, "memory_total_bytes")),
    Column("Load 1 min", lambda m: words.optional(m.usage, "load_1")),
    Column("Load 5 min", lambda m: words.optional(m.usage, "load_5")),
    Column("Load 15 min", lambda m: words.optional(m.usage, "load_15")),
    Column("Guests", lambda m: words.optional(m.usage, "machine_count")),
    Column("Measured", lambda m: words.ago(m, "observe_time") + (", too old" if m.stale else "")),
]
DISKS = [
    Column("DISK", lambda d: d.path),
    Column("SIZE", lambda d: words.size(d, "size_bytes"), right=True),
    Column("MODEL", lambda d: d.model),
    Column("STABLE ID", lambda d: d.stable_id),
]
NICS = [
    Column("CARD", lambda n: n.name),
    Column("MAC", lambda n: n.mac),
    Column("DRIVER", lambda n: n.driver),
    Column("SPEED", lambda n: words.optional(n, "speed_mbps", "Mb/s"), right=True),
    Column("MTU", lambda n: words.optional(n, "mtu"), right=True),
    Column("CARRIER", lambda n: words.optional(n, "carrier")),
]
POOLS = [
    Column("POOL", lambda p: p.pool),
    Column("STATE", lambda p: words.enum(p, "state"), state=True),
    Column("PATH", lambda p: p.path),
    Column("FREE", lambda p: words.size(p, "free_bytes"), right=True),
    Column("SIZE", lambda p: words.size(p, "capacity_bytes"), right=True),
    Column("WHY", lambda p: p.error),
]


def add_to(group: typer.Typer) -> None:
    """Add the verbs to `qvdc node`."""
    verb(group, "metrics")(metrics)
    verb(group, "inventory")(inventory)
    verb(group, "events")(events)
    verb(group, "logs")(logs)


def metrics(run: Run, name: Name) -> None:
    """Show how busy a node is, as its last beat told; what is too old is unknown."""
    request = pb.GetNodeMetricsRequest(name=words.full_name("nodes", name))
    run.output.one(run.client.nodes.get_node_metrics(request), METRICS)


def inventory(run: Run, name: Name) -> None:
    """Show the hardware of a node and what it offers."""
    full = words.full_name("nodes", name)
    found = run.client.nodes.get_node(pb.GetNodeRequest(name=full)).inventory
    if run.output.format is not Format.TABLE:
        run.output.one(found, [])
        return
    cpu = found.cpu
    memory = words.size(found, "memory_total_bytes")
    run.output.remark(f"{cpu.model}, {words.optional(cpu, 'cpu_count')} CPUs, {memory} of memory.")
    run.output.remark(f"Networks: {words.joined(found.network_drivers)}.")
    run.output.rows(found.disks, DISKS)
    run.output.rows(found.nics, NICS)
    run.output.rows(found.pools, POOLS)


def events(run: Run, name: Name, limit: Limit = 50) -> None:
    """List what happened to a node, newest first, also what other services tell of it."""
    request = event_pb2.ListEventsRequest(
        subject=words.full_name("nodes", name), page_size=min(limit, 1000)
    )
    run.output.rows(
        pages(run.client.events.list_events, request, items="events", limit=limit), EVENTS
    )


def logs(
    run: Run,
    name: Name,
    guardian: Annotated[bool, typer.Option("--guardian", help="The guardian's.")] = False,
    lines: Annotated[int, typer.Option(min=1, max=2000, help="The newest so many.")] = 200,
    contains: Annotated[str, typer.Option(help="Only lines with this text.")] = "",
) -> None:
    """Show the end of the log of a host's agent, or of its guardian."""
    kinds = node_log_pb2.NodeLog
    log = run.client.node_logs.get_node_log(
        node_log_pb2.GetNodeLogRequest(
            name=words.full_name("nodes", name),
            process=kinds.PROCESS_GUARDIAN if guardian else kinds.PROCESS_AGENT,
            line_count=lines,
            contains=contains,
        )
    )
    if run.output.format is not Format.TABLE:
        run.output.one(log, [])
        return
    run.output.text("\n".join(log.lines))
    if log.truncated:
        run.output.remark("There may be older lines: --lines shows more.")
