"""qvdc node"""

from typing import Annotated, Any

import typer
from google.protobuf.field_mask_pb2 import FieldMask

from quantix.node.v1 import node_pb2 as pb
from qvdc_cli import words
from qvdc_cli.commands import (
    node_identity,
    node_maintenance,
    node_pairing,
    node_power,
    node_sight,
    token,
    tombstone,
)
from qvdc_cli.commands.taint import taint_words
from qvdc_cli.output import Column
from qvdc_cli.run import (
    DryRun,
    Etag,
    Label,
    Limit,
    Query,
    RequestId,
    Run,
    Watch,
    confirm,
    pairs,
    show_streamed,
    verb,
)
from qvdc_client.client import STREAM_TIMEOUT_MS, pages
from qvdc_client.watch import watch as watching

group = typer.Typer(no_args_is_help=True, help="Hypervisor hosts.")
group.add_typer(token.group, name="token")
group.add_typer(tombstone.group, name="tombstone")
node_identity.add_to(group)
node_maintenance.add_to(group)
node_power.add_to(group)
node_pairing.add_to(group)
node_sight.add_to(group)

Name = Annotated[str, typer.Argument(help="Id, uid or name of the node.")]

COLUMNS = [
    Column("NAME", lambda n: words.short(n.name)),
    Column("HOSTNAME", lambda n: n.hostname),
    Column("PHASE", lambda n: words.enum(n, "phase"), state=True),
    Column("MODE", lambda n: words.enum(n, "mode")),
    Column("CLUSTER", lambda n: words.short(n.cluster)),
    Column("CPUS", lambda n: words.optional(n.inventory.cpu, "cpu_count"), right=True),
    Column("MEMORY", lambda n: words.size(n.inventory, "memory_total_bytes"), right=True),
    Column("VMS", lambda n: words.optional(n.usage, "machine_count"), right=True),
    Column("HEARTBEAT", lambda n: words.ago(n, "last_heartbeat_time")),
]
DETAILS = [
    Column("Name", lambda n: n.name),
    Column("Display name", lambda n: n.display_name),
    Column("Labels", words.labels),
    Column("Phase", lambda n: words.enum(n, "phase"), state=True),
    Column("Why", lambda n: n.phase_reason),
    Column("May be", lambda n: words.short(n.adoption_proposal)),
    Column("Mode", lambda n: words.enum(n, "mode")),
    Column("Taints", lambda n: words.joined(taint_words(each) for each in n.taints)),
    Column(
        "Kept for itself",
        lambda n: f"{n.reserved_cores} CPUs, {words.size(n, 'reserved_memory_bytes')}",
    ),
    Column("Overcommit", lambda n: _overcommit(n.overcommit)),
    Column("Failure domain", lambda n: _domain(n.failure_domain)),
    Column("Board controller", lambda n: _bmc(n.bmc) if n.HasField("bmc") else ""),
    Column(
        "Shall leave",
        lambda n: (
            f"{words.joined(n.eviction.virtual_machines)} ({words.joined(n.eviction.taints)})"
            if n.eviction.virtual_machine_count
            else ""
        ),
    ),
    Column(
        "Drain",
        lambda n: "\n".join(
            f"{each.virtual_machine} {each.reason}: {each.message}" for each in n.drain.blockers
        ),
    ),
    Column("Cluster", lambda n: words.short(n.cluster)),
    Column("Hostname", lambda n: n.hostname),
    Column(
        "Addresses",
        lambda n: "\n".join(f"{a.ip}:{a.port} {words.enum(a, 'purpose')}" for a in n.addresses),
    ),
    Column("System", lambda n: f"{n.system.os} {n.system.kernel} {n.system.architecture}".strip()),
    Column(
        "Hypervisor",
        lambda n: (
            f"{n.system.hypervisor} {n.system.hypervisor_version} {n.system.virt_type}".strip()
            + (" (simulated)" if n.simulated else "")
        ),
    ),
    Column("Agent", lambda n: n.system.agent_version),
    Column("CPU", lambda n: _processors(n.inventory.cpu)),
    Column("Memory", lambda n: words.size(n.inventory, "memory_total_bytes")),
    Column(
        "Pools",
        lambda n: "\n".join(
            f"{p.pool} {words.enum(p, 'state')}, {words.size(p, 'free_bytes')} free of"
            f" {words.size(p, 'capacity_bytes')}"
            for p in n.inventory.pools
        ),
    ),
    Column(
        "Conditions",
        lambda n: "\n".join(
            f"{c.type} {words.enum(c, 'status')} {c.reason} {c.message}".rstrip()
            for c in n.conditions
        ),
    ),
    Column("Load", lambda n: words.optional(n.usage, "cpu_percent", "% CPU")),
    Column("Machines", lambda n: words.optional(n.usage, "machine_count")),
    Column(
        "Heartbeat",
        lambda n: words.ago(n, "last_heartbeat_time") + (", stale" if n.stale else ""),
    ),
    Column("Certificate", lambda n: f"ends {words.ago(n, 'certificate_expire_time')}"),
    Column("Session", lambda n: f"epoch {n.session_epoch}, instance {n.instance}"),
    Column("Created", lambda n: words.ago(n, "create_time")),
    Column("Uid", lambda n: n.uid),
    Column("Etag", lambda n: n.etag),
]


@verb(group, "list")
def list_(
    run: Run,
    query: Query = "",
    label: Label = [],
    cluster: Annotated[str, typer.Option(help="Only nodes of this cluster.")] = "",
    limit: Limit = 1000,
    watch: Watch = False,
) -> None:
    """List nodes."""
    if watch:
        _watch(run)
        return
    request = pb.ListNodesRequest(query=query, labels=pairs(label))
    if cluster:
        request.cluster = words.full_name("clusters", cluster)
    run.output.rows(
        pages(run.client.nodes.list_nodes, request, items="nodes", limit=limit), COLUMNS
    )


@verb(group, "show")
def show(run: Run, name: Name) -> None:
    """Show one node whole."""
    full = words.full_name("nodes", name)
    run.output.one(run.client.nodes.get_node(pb.GetNodeRequest(name=full)), DETAILS)


@verb(group, "label")
def label_(
    run: Run,
    name: Name,
    labels: Annotated[
        list[str], typer.Argument(help="KEY=VALUE sets, KEY- removes; none: shows them.")
    ] = [],
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Set and remove labels of a node; the others stay."""
    full = words.full_name("nodes", name)
    node = run.client.nodes.get_node(pb.GetNodeRequest(name=full))
    wanted = dict(node.labels)
    for gone in (each[:-1] for each in labels if each.endswith("-") and "=" not in each):
        wanted.pop(gone, None)
    wanted |= pairs([e for e in labels if not e.endswith("-") or "=" in e], "LABELS")
    if labels:
        node = run.client.nodes.update_node(
            pb.UpdateNodeRequest(
                node=pb.Node(name=full, labels=wanted, etag=node.etag),
                update_mask=FieldMask(paths=["labels"]),
                request_id=request_id,
                validate_only=dry_run,
            )
        )
    run.output.done(f"{node.name}: {words.labels(node)}", node)


@verb(group, "cordon")
def cordon(
    run: Run, name: Name, etag: Etag = "", request_id: RequestId = "", dry_run: DryRun = False
) -> None:
    """Let no new machines come to a node."""
    node = run.client.nodes.cordon_node(
        pb.CordonNodeRequest(
            name=words.full_name("nodes", name),
            etag=etag,
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    run.output.done(f"{node.name} takes no new machines.", node)


@verb(group, "uncordon")
def uncordon(
    run: Run, name: Name, etag: Etag = "", request_id: RequestId = "", dry_run: DryRun = False
) -> None:
    """Let machines come to a node again."""
    node = run.client.nodes.uncordon_node(
        pb.UncordonNodeRequest(
            name=words.full_name("nodes", name),
            etag=etag,
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    run.output.done(f"{node.name} takes machines.", node)


@verb(group, "delete")
def delete(
    run: Run,
    name: Name,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a node from the site; it may come back with a new join token only."""
    full = words.full_name("nodes", name)
    if not dry_run:
        confirm(run, f"Remove {full} from the site?", yes=yes)
    run.client.nodes.delete_node(
        pb.DeleteNodeRequest(name=full, etag=etag, request_id=request_id, validate_only=dry_run)
    )
    run.output.done("The request is valid." if dry_run else f"{full} is removed.")


@verb(group, "watch")
def watch_(run: Run) -> None:
    """Show all nodes, then each change."""
    _watch(run)


def _watch(run: Run) -> None:
    def stream(token: str) -> Any:
        return run.client.nodes.watch_nodes(
            pb.WatchNodesRequest(resume_token=token), timeout_ms=STREAM_TIMEOUT_MS
        )

    show_streamed(run, watching(stream), "node", COLUMNS)


def _overcommit(own: pb.NodeOvercommit) -> str:
    ratios = (("cpu_ratio", "CPU"), ("memory_ratio", "memory"))
    return words.joined(
        f"{what} {getattr(own, name):g}" for name, what in ratios if own.HasField(name)
    )


def _domain(domain: pb.FailureDomain) -> str:
    named = (("room", domain.room), ("rack", domain.rack), ("feed", domain.feed))
    return words.joined(f"{what} {value}" for what, value in named if value)


def _bmc(bmc: pb.BoardController) -> str:
    secret = "with a secret" if bmc.secret_set else "without a secret"
    return f"{words.enum(bmc, 'kind')} {bmc.address} as {bmc.user or 'nobody'}, {secret}"


def _processors(cpu: pb.CpuInventory) -> str:
    shape = (
        f"{words.optional(cpu, 'socket_count')} sockets,"
        f" {words.optional(cpu, 'core_count')} cores, {words.optional(cpu, 'thread_count')} threads"
    )
    return f"{cpu.model} ({shape}, {words.optional(cpu, 'frequency_mhz', 'MHz')})".strip()
