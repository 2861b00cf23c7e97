"""qvdc pool assign, unassign, reconnect, rescan, files, devices"""

from typing import Annotated

import typer

from quantix.node.v1 import storage_pool_pb2 as pb
from qvdc_cli import words
from qvdc_cli.commands.pool_views import DEVICES, FILES
from qvdc_cli.run import DryRun, Etag, Limit, RequestId, Run, Wait, verb
from qvdc_client.client import pages

NOUN = "storage-pools"
Name = Annotated[str, typer.Argument(help="Id, uid or name of the pool.")]
Nodes = Annotated[list[str], typer.Argument(help="Ids of the nodes.")]
SomeNodes = Annotated[list[str], typer.Argument(help="Ids of the nodes; all of it if left out.")]
OneNode = Annotated[str, typer.Option(help="Only those of this node.")]


def add_to(group: typer.Typer) -> None:
    """Add the commands to `qvdc pool`."""
    verb(group, "assign")(assign)
    verb(group, "unassign")(unassign)
    verb(group, "reconnect")(reconnect)
    verb(group, "rescan")(rescan)
    verb(group, "files")(files)
    verb(group, "devices")(devices)


def assign(
    run: Run,
    name: Name,
    nodes: Nodes,
    wait: Wait = True,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Give a pool to nodes; their hosts prepare it."""
    full = words.full_name(NOUN, name)
    operation = run.client.storage_pools.assign_storage_pool(
        pb.AssignStoragePoolRequest(
            name=full,
            nodes=_names(nodes),
            etag=etag,
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    done = f"{full} can be used on {words.joined(nodes)}."
    run.finish(operation, wait=wait and not dry_run, done=done)


def unassign(
    run: Run,
    name: Name,
    nodes: Nodes,
    wait: Wait = True,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Take a pool from nodes; its files stay."""
    full = words.full_name(NOUN, name)
    operation = run.client.storage_pools.unassign_storage_pool(
        pb.UnassignStoragePoolRequest(
            name=full,
            nodes=_names(nodes),
            etag=etag,
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    done = f"{words.joined(nodes)} let {full} go."
    run.finish(operation, wait=wait and not dry_run, done=done)


def reconnect(
    run: Run,
    name: Name,
    nodes: SomeNodes = [],
    wait: Wait = True,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Let hosts look at a pool anew, as after a mended mount."""
    full = words.full_name(NOUN, name)
    operation = run.client.storage_pools.reconnect_storage_pool(
        pb.ReconnectStoragePoolRequest(
            name=full,
            nodes=_names(nodes),
            etag=etag,
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    run.finish(operation, wait=wait and not dry_run, done=f"{full} can be used.")


def rescan(
    run: Run,
    name: Name,
    nodes: SomeNodes = [],
    wait: Wait = True,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Let hosts list a pool's files anew."""
    full = words.full_name(NOUN, name)
    operation = run.client.storage_pools.rescan_storage_pool(
        pb.RescanStoragePoolRequest(
            name=full,
            nodes=_names(nodes),
            etag=etag,
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    run.finish(operation, wait=wait and not dry_run, done=f"The files of {full} are listed anew.")


def files(
    run: Run,
    name: Name,
    node: OneNode = "",
    orphans: Annotated[bool, typer.Option("--orphans", help="Only orphans.")] = False,
    limit: Limit = 1000,
) -> None:
    """List a pool's files beside the disks that claim room in it."""
    request = pb.ListStoragePoolFilesRequest(name=words.full_name(NOUN, name), orphans_only=orphans)
    if node:
        request.node = words.full_name("nodes", node)
    found = pages(
        run.client.storage_pools.list_storage_pool_files, request, items="files", limit=limit
    )
    run.output.rows(found, FILES)


def devices(run: Run, node: OneNode = "", limit: Limit = 1000) -> None:
    """List the disks of hosts."""
    request = pb.ListStorageDevicesRequest()
    if node:
        request.node = words.full_name("nodes", node)
    found = pages(
        run.client.storage_pools.list_storage_devices, request, items="devices", limit=limit
    )
    run.output.rows(found, DEVICES)


def _names(nodes: list[str]) -> list[str]:
    return [words.full_name("nodes", each) for each in nodes]
