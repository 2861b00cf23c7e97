"""qvdc pool"""

from typing import Annotated, Any

import typer
from google.protobuf.field_mask_pb2 import FieldMask

from quantix.node.v1 import storage_pool_pb2 as pb
from qvdc_cli import words
from qvdc_cli.commands import pool_hosts
from qvdc_cli.commands.pool_views import COLUMNS, DETAILS, ON_NODE
from qvdc_cli.run import (
    DryRun,
    Etag,
    Label,
    Limit,
    Query,
    RequestId,
    Run,
    Wait,
    Watch,
    confirm,
    pairs,
    show_streamed,
    verb,
)
from qvdc_client.client import STREAM_TIMEOUT_MS, pages
from qvdc_client.watch import watch as watching

group = typer.Typer(no_args_is_help=True, help="Places for disks and images on hosts.")
pool_hosts.add_to(group)

NOUN = "storage-pools"
Name = Annotated[str, typer.Argument(help="Id, uid or name of the pool.")]
Nodes = Annotated[list[str], typer.Option("--node", help="Node that has it; may be repeated.")]
Type = Annotated[str, typer.Option("--type", help="local-dir, or shared-dir: mounted by hosts.")]
Content = Annotated[
    list[str], typer.Option(help="disks, images, iso or backup; may be repeated. Default disks.")
]
Ratio = Annotated[
    float | None, typer.Option(min=1, max=10, help="How much thin disks may claim: 2 is twice.")
]
Reserve = Annotated[
    int | None, typer.Option("--reserve-percent", min=0, max=50, help="Kept free of new disks.")
]
Provisioning = Annotated[str, typer.Option(help="thin or thick, for disks that do not say.")]


@verb(group, "create")
def create(
    run: Run,
    name: Annotated[str, typer.Argument(help="Id of the new pool; made up if left out.")] = "",
    type_: Type = "local-dir",
    path: Annotated[str, typer.Option(help="Absolute, the same on every node.")] = "",
    node: Nodes = [],
    content: Content = [],
    ratio: Ratio = None,
    reserve: Reserve = None,
    provisioning: Provisioning = "",
    display_name: str = "",
    description: str = "",
    label: Label = [],
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Make a pool, and give it to nodes; a local one needs no path."""
    pool = pb.StoragePool(type=_value(pb.StoragePool.Type, type_, "TYPE"), path=path)
    pool.labels.update(pairs(label))
    _fill(pool, content, ratio, reserve, provisioning)
    if display_name:
        pool.display_name = display_name
    if description:
        pool.description = description
    made = run.client.storage_pools.create_storage_pool(
        pb.CreateStoragePoolRequest(
            storage_pool_id=name,
            storage_pool=pool,
            nodes=[words.full_name("nodes", each) for each in node],
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
    node: Annotated[str, typer.Option(help="Only pools of this node.")] = "",
    limit: Limit = 1000,
    watch: Watch = False,
) -> None:
    """List pools."""
    if watch:
        _watch(run)
        return
    request = pb.ListStoragePoolsRequest(query=query, labels=pairs(label))
    if node:
        request.node = words.full_name("nodes", node)
    found = pages(
        run.client.storage_pools.list_storage_pools, request, items="storage_pools", limit=limit
    )
    run.output.rows(found, COLUMNS)


@verb(group, "show")
def show(run: Run, name: Name) -> None:
    """Show one pool whole, with what each node says of it."""
    full = words.full_name(NOUN, name)
    pool = run.client.storage_pools.get_storage_pool(pb.GetStoragePoolRequest(name=full))
    run.output.one(pool, DETAILS)


@verb(group, "nodes")
def nodes(run: Run, name: Name) -> None:
    """List how a pool stands on each of its nodes."""
    full = words.full_name(NOUN, name)
    pool = run.client.storage_pools.get_storage_pool(pb.GetStoragePoolRequest(name=full))
    run.output.rows(pool.node_states, ON_NODE)


@verb(group, "edit")
def edit(
    run: Run,
    name: Name,
    content: Content = [],
    ratio: Ratio = None,
    reserve: Reserve = None,
    provisioning: Provisioning = "",
    display_name: Annotated[str | None, typer.Option(help="Free, for people.")] = None,
    description: Annotated[str | None, typer.Option(help="Free; empty clears it.")] = None,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Change what is wanted of a pool; what disks hold already stays held."""
    pool = pb.StoragePool(name=words.full_name(NOUN, name), etag=etag)
    mask = FieldMask(paths=_fill(pool, content, ratio, reserve, provisioning))
    if display_name is not None:
        pool.display_name = display_name
        mask.paths.append("display_name")
    if description is not None:
        pool.description = description
        mask.paths.append("description")
    if not mask.paths:
        raise typer.BadParameter("say what to change")
    changed = run.client.storage_pools.update_storage_pool(
        pb.UpdateStoragePoolRequest(
            storage_pool=pool, update_mask=mask, request_id=request_id, validate_only=dry_run
        )
    )
    run.output.done(f"{changed.name} is changed.", changed)


@verb(group, "delete")
def delete(
    run: Run,
    name: Name,
    wipe: Annotated[
        str, typer.Option(help="The pool's name once more: its files are deleted too.")
    ] = "",
    wait: Wait = True,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Take a pool from its nodes and remove it; its files stay, unless --wipe repeats its name."""
    full = words.full_name(NOUN, name)
    if not dry_run:
        files = "ALL ITS FILES ARE DELETED" if wipe else "its files stay"
        confirm(run, f"Delete {full}? {files}.", yes=yes)
    operation = run.client.storage_pools.delete_storage_pool(
        pb.DeleteStoragePoolRequest(
            name=full, wipe=wipe, etag=etag, request_id=request_id, validate_only=dry_run
        )
    )
    run.finish(operation, wait=wait and not dry_run, done=f"{full} is gone.")


@verb(group, "watch")
def watch_(run: Run) -> None:
    """Show all pools, then each change."""
    _watch(run)


def _watch(run: Run) -> None:
    def stream(token: str) -> Any:
        return run.client.storage_pools.watch_storage_pools(
            pb.WatchStoragePoolsRequest(resume_token=token), timeout_ms=STREAM_TIMEOUT_MS
        )

    show_streamed(run, watching(stream), "storage_pool", COLUMNS)


def _fill(
    pool: pb.StoragePool,
    content: list[str],
    ratio: float | None,
    reserve: int | None,
    provisioning: str,
) -> list[str]:
    """Set what was said; return the paths of it."""
    paths = []
    if content:
        pool.content.extend(_value(pb.StoragePool.Content, each, "CONTENT") for each in content)
        paths.append("content")
    if ratio is not None:
        pool.overprovision_ratio = ratio
        paths.append("overprovision_ratio")
    if reserve is not None:
        pool.reserve_percent = reserve
        paths.append("reserve_percent")
    if provisioning:
        kind = pb.StoragePool.Provisioning
        pool.default_provisioning = _value(kind, provisioning, "PROVISIONING")
        paths.append("default_provisioning")
    return paths


def _value(kind: Any, text: str, prefix: str) -> Any:
    name = f"{prefix}_{text.upper().replace('-', '_')}"
    if name not in kind.keys() or kind.Value(name) == 0:  # noqa: SIM118 - protobuf's enum wrapper
        known = [each.removeprefix(f"{prefix}_").lower() for each in kind.keys()[1:]]
        raise typer.BadParameter(f"{text!r} is none of {', '.join(known).replace('_', '-')}")
    return kind.Value(name)
