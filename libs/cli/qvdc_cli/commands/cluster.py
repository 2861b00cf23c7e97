"""qvdc cluster"""

from typing import Annotated, Any

import typer
from google.protobuf.field_mask_pb2 import FieldMask

from quantix.cluster.v1 import cluster_pb2 as pb
from qvdc_cli import words
from qvdc_cli.fields import assign
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
from qvdc_core.units import format_bytes

group = typer.Typer(no_args_is_help=True, help="Groups of hosts under one policy.")

Name = Annotated[str, typer.Argument(help="Id, uid or name of the cluster.")]
Node = Annotated[str, typer.Argument(help="Id or uid of the node.")]
Set = Annotated[
    list[str],
    typer.Option("--set", help="Any field as PATH=VALUE, such as ha.failover_capacity=2."),
]

COLUMNS = [
    Column("NAME", lambda c: words.short(c.name)),
    Column("DISPLAY NAME", lambda c: c.display_name),
    Column("STATUS", lambda c: words.enum(c.status, "state"), state=True),
    Column("NODES", lambda c: str(len(c.nodes)), right=True),
    Column("HA", lambda c: "yes" if c.ha.enabled else "no", state=True),
    Column("DRS", lambda c: "yes" if c.drs.enabled else "no", state=True),
    Column("AGE", lambda c: words.ago(c, "create_time")),
]
DETAILS = [
    Column("Name", lambda c: c.name),
    Column("Display name", lambda c: c.display_name),
    Column("Description", lambda c: c.description),
    Column("Labels", words.labels),
    Column("Status", lambda c: words.enum(c.status, "state"), state=True),
    Column("Reasons", lambda c: "\n".join(f"{r.reason}: {r.message}" for r in c.status.reasons)),
    Column("Nodes", lambda c: words.joined(words.short(node) for node in c.nodes)),
    Column("HA", lambda c: _high_availability(c.ha)),
    Column("DRS", lambda c: _balancing(c.drs)),
    Column(
        "Overcommit",
        lambda c: f"CPU {c.overcommit.cpu_ratio:g}, memory {c.overcommit.memory_ratio:g}",
    ),
    Column("Project", lambda c: c.project),
    Column("Created", lambda c: words.ago(c, "create_time")),
    Column("Changed", lambda c: words.ago(c, "update_time")),
    Column("Uid", lambda c: c.uid),
    Column("Etag", lambda c: c.etag),
]
USAGE = [
    Column("Cluster", lambda u: words.short(u.cluster)),
    Column(
        "Nodes",
        lambda u: (
            f"{u.nodes.total_count}: {u.nodes.online_count} online,"
            f" {u.nodes.maintenance_count} in maintenance, {u.nodes.draining_count} draining,"
            f" {u.nodes.not_ready_count} not ready, {u.nodes.pending_count} pending,"
            f" {u.nodes.offline_count} offline"
        ),
    ),
    Column(
        "Machines",
        lambda u: (
            f"{u.machines.total_count}: {u.machines.running_count} running,"
            f" {u.machines.stopped_count} stopped, {u.machines.other_count} other"
        ),
    ),
    Column("CPU", lambda u: _amount(u.cpu_mhz, lambda mhz: f"{mhz / 1000:.1f} GHz")),
    Column("Memory", lambda u: _amount(u.memory_bytes, format_bytes)),
    Column("Storage", lambda u: _amount(u.storage_bytes, format_bytes)),
    Column("Without data", lambda u: words.joined(u.nodes_without_data)),
    Column("Seen", lambda u: words.ago(u, "observe_time") + (", stale" if u.stale else "")),
]


@verb(group, "create")
def create(
    run: Run,
    name: Annotated[str, typer.Argument(help="Id of the new cluster.")],
    display_name: Annotated[str, typer.Option(help="Free, for people.")] = "",
    description: str = "",
    label: Label = [],
    node: Annotated[list[str], typer.Option(help="A first member; may be repeated.")] = [],
    ha: Annotated[bool | None, typer.Option("--ha/--no-ha", help="High availability.")] = None,
    drs: Annotated[bool | None, typer.Option("--drs/--no-drs", help="Balancing.")] = None,
    set_: Set = [],
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Make a cluster; with --node, all of them join or nothing is made."""
    cluster = pb.Cluster(display_name=display_name or name, labels=pairs(label))
    if description:
        cluster.description = description
    _switches(cluster, ha, drs)
    assign(cluster, set_)
    made = run.client.clusters.create_cluster(
        pb.CreateClusterRequest(
            cluster_id=name,
            cluster=cluster,
            initial_nodes=[words.full_name("nodes", each) for each in node],
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    run.output.done("The request is valid." if dry_run else f"{made.name} is made.", made)


@verb(group, "list")
def list_(
    run: Run,
    query: Query = "",
    label: Label = [],
    limit: Limit = 1000,
    watch: Watch = False,
) -> None:
    """List clusters."""
    if watch:
        _watch(run)
        return
    request = pb.ListClustersRequest(query=query, labels=pairs(label))
    found = pages(run.client.clusters.list_clusters, request, items="clusters", limit=limit)
    run.output.rows(found, COLUMNS)


@verb(group, "show")
def show(run: Run, name: Name) -> None:
    """Show one cluster whole."""
    run.output.one(_get(run, name), DETAILS)


@verb(group, "edit")
def edit(
    run: Run,
    name: Name,
    display_name: str | None = None,
    description: str | None = None,
    label: Annotated[
        list[str] | None, typer.Option("--label", "-l", help="Replaces all labels.")
    ] = None,
    ha: Annotated[bool | None, typer.Option("--ha/--no-ha")] = None,
    drs: Annotated[bool | None, typer.Option("--drs/--no-drs")] = None,
    set_: Set = [],
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Change what is given; the rest stays."""
    cluster = pb.Cluster(name=words.full_name("clusters", name), etag=etag)
    paths = assign(cluster, set_)
    for field, value in (("display_name", display_name), ("description", description)):
        if value is not None:
            setattr(cluster, field, value)
            paths.append(field)
    if label:
        cluster.labels.update(pairs(label))
        paths.append("labels")
    paths += _switches(cluster, ha, drs)
    if not paths:
        raise typer.BadParameter("nothing to change was given")
    changed = run.client.clusters.update_cluster(
        pb.UpdateClusterRequest(
            cluster=cluster,
            update_mask=FieldMask(paths=paths),
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    done = f"{changed.name}: {', '.join(paths)} changed."
    run.output.done("The request is valid." if dry_run else done, changed)


@verb(group, "delete")
def delete(
    run: Run,
    name: Name,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete an empty cluster."""
    full = words.full_name("clusters", name)
    if not dry_run:
        confirm(run, f"Delete {full}?", yes=yes)
    run.client.clusters.delete_cluster(
        pb.DeleteClusterRequest(name=full, etag=etag, request_id=request_id, validate_only=dry_run)
    )
    run.output.done("The request is valid." if dry_run else f"{full} is deleted.")


@verb(group, "add-node")
def add_node(
    run: Run,
    name: Name,
    node: Node,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Make a node a member."""
    cluster = run.client.clusters.add_cluster_node(
        pb.AddClusterNodeRequest(
            name=words.full_name("clusters", name),
            node=words.short(node),
            etag=etag,
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    done = f"{words.short(node)} belongs to {cluster.name}."
    run.output.done("The request is valid." if dry_run else done, cluster)


@verb(group, "remove-node")
def remove_node(
    run: Run,
    name: Name,
    node: Node,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """End a membership."""
    cluster = run.client.clusters.remove_cluster_node(
        pb.RemoveClusterNodeRequest(
            name=words.full_name("clusters", name),
            node=words.short(node),
            etag=etag,
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    done = f"{words.short(node)} belongs to {cluster.name} no more."
    run.output.done("The request is valid." if dry_run else done, cluster)


@verb(group, "usage")
def usage(run: Run, name: Name) -> None:
    """Show what a cluster has and uses, now."""
    full = words.full_name("clusters", name)
    found = run.client.clusters.get_cluster_usage(pb.GetClusterUsageRequest(name=full))
    run.output.one(found, USAGE)


@verb(group, "watch")
def watch_(run: Run) -> None:
    """Show all clusters, then each change."""
    _watch(run)


def _watch(run: Run) -> None:
    def stream(token: str) -> Any:
        return run.client.clusters.watch_clusters(
            pb.WatchClustersRequest(resume_token=token), timeout_ms=STREAM_TIMEOUT_MS
        )

    show_streamed(run, watching(stream), "cluster", COLUMNS)


def _get(run: Run, name: str) -> pb.Cluster:
    full = words.full_name("clusters", name)
    return run.client.clusters.get_cluster(pb.GetClusterRequest(name=full))


def _switches(cluster: pb.Cluster, ha: bool | None, drs: bool | None) -> list[str]:
    paths: list[str] = []
    if ha is not None:
        cluster.ha.enabled = ha
        paths.append("ha.enabled")
    if drs is not None:
        cluster.drs.enabled = drs
        paths.append("drs.enabled")
    return paths


def _high_availability(ha: pb.HaSettings) -> str:
    if not ha.enabled:
        return "off"
    return (
        f"on: {ha.admission.failover_capacity} host failures,"
        f" {words.enum(ha, 'isolation_response')} when isolated,"
        f" detected after {ha.detection_seconds} s"
    )


def _balancing(drs: pb.DrsSettings) -> str:
    if not drs.enabled:
        return "off"
    return f"on: {words.enum(drs, 'mode')}, threshold {drs.migration_threshold}"


def _amount(usage: pb.ResourceUsage, write: Any) -> str:
    capacity = write(usage.capacity) if usage.HasField("capacity") else "unknown"
    used = write(usage.used) if usage.HasField("used") else "unknown"
    allocated = write(usage.allocated) if usage.HasField("allocated") else "unknown"
    return f"{used} used, {allocated} allocated, of {capacity}"
