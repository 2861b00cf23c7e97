"""qvdc node drain, maintain, taint, edit, decommission, refresh"""

from pathlib import Path
from typing import Annotated

import typer
from google.protobuf.field_mask_pb2 import FieldMask

from quantix.node.v1 import node_pb2 as pb
from qvdc_cli import words
from qvdc_cli.commands.taint import effect_of, role_of, taint_of, taint_words
from qvdc_cli.fields import assign
from qvdc_cli.run import DryRun, Etag, RequestId, Run, Wait, confirm, verb

Name = Annotated[str, typer.Argument(help="Id, uid or name of the node.")]


def add_to(group: typer.Typer) -> None:
    """Add the commands to `qvdc node`."""
    verb(group, "drain")(drain)
    verb(group, "maintain")(maintain)
    verb(group, "taint")(taint)
    verb(group, "edit")(edit)
    verb(group, "decommission")(decommission)
    verb(group, "refresh")(refresh)


def drain(
    run: Run,
    name: Name,
    wait: Wait = True,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Cordon a node and empty it of running machines; shows what blocks it meanwhile."""
    full = words.full_name("nodes", name)
    operation = run.client.nodes.drain_node(
        pb.DrainNodeRequest(name=full, etag=etag, request_id=request_id, validate_only=dry_run)
    )
    run.finish(operation, wait=wait and not dry_run, done=f"{full} is empty.")


def maintain(
    run: Run,
    name: Name,
    off: Annotated[bool, typer.Option("--off", help="End maintenance.")] = False,
    wait: Wait = True,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Empty a node and keep it empty, until --off."""
    full = words.full_name("nodes", name)
    if off:
        node = run.client.nodes.exit_maintenance(
            pb.ExitMaintenanceRequest(
                name=full, etag=etag, request_id=request_id, validate_only=dry_run
            )
        )
        run.output.done(f"{full} is out of maintenance.", node)
        return
    operation = run.client.nodes.enter_maintenance(
        pb.EnterMaintenanceRequest(
            name=full, etag=etag, request_id=request_id, validate_only=dry_run
        )
    )
    run.finish(operation, wait=wait and not dry_run, done=f"{full} is in maintenance.")


def taint(
    run: Run,
    name: Name,
    taints: Annotated[
        list[str],
        typer.Argument(help="KEY[=VALUE]:EFFECT adds, KEY[:EFFECT]- removes; none: shows them."),
    ] = [],
    dry_run: DryRun = False,
) -> None:
    """Put taints on a node and take them off; NoSchedule, PreferNoSchedule, NoExecute."""
    full = words.full_name("nodes", name)
    node = run.client.nodes.get_node(pb.GetNodeRequest(name=full))
    for text in taints:
        if text.endswith("-"):
            key, _, effect = text[:-1].partition(":")
            removing = pb.RemoveTaintRequest(name=full, key=key, validate_only=dry_run)
            if effect:
                removing.effect = effect_of(effect)
            node = run.client.nodes.remove_taint(removing)
        else:
            adding = pb.AddTaintRequest(name=full, taint=taint_of(text), validate_only=dry_run)
            node = run.client.nodes.add_taint(adding)
    run.output.done(f"{full}: {words.joined(taint_words(each) for each in node.taints)}", node)


def edit(
    run: Run,
    name: Name,
    role: Annotated[
        list[str], typer.Option(help="compute, storage or gateway; all that it is for.")
    ] = [],
    reserved_cores: Annotated[
        int | None, typer.Option(min=0, help="Processors kept for the host itself.")
    ] = None,
    reserved_memory_mib: Annotated[
        int | None, typer.Option(min=256, help="Memory kept for the host itself, in MiB.")
    ] = None,
    display_name: Annotated[str | None, typer.Option(help="Free, for people.")] = None,
    set_: Annotated[
        list[str],
        typer.Option(
            "--set", help="Any field, as overcommit.cpu_ratio=2 or failure_domain.rack=7."
        ),
    ] = [],
    bmc: Annotated[
        str, typer.Option(help="Board controller as KIND:ADDRESS:USER, KIND redfish or ipmi.")
    ] = "",
    bmc_secret_file: Annotated[
        Path | None, typer.Option(help="File with its secret.", exists=True, dir_okay=False)
    ] = None,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Change what a node is for, and what of it is kept for itself."""
    node = pb.Node(name=words.full_name("nodes", name), etag=etag)
    mask = FieldMask()
    if role:
        node.roles.extend(role_of(each) for each in role)
        mask.paths.append("roles")
    if reserved_cores is not None:
        node.reserved_cores = reserved_cores
        mask.paths.append("reserved_cores")
    if reserved_memory_mib is not None:
        node.reserved_memory_bytes = reserved_memory_mib << 20
        mask.paths.append("reserved_memory_bytes")
    if display_name is not None:
        node.display_name = display_name
        mask.paths.append("display_name")
    mask.paths.extend(assign(node, set_))
    if bmc:
        node.bmc.CopyFrom(_board_controller(bmc, bmc_secret_file))
        mask.paths.append("bmc")
    if not mask.paths:
        raise typer.BadParameter("say what to change")
    changed = run.client.nodes.update_node(
        pb.UpdateNodeRequest(
            node=node, update_mask=mask, request_id=request_id, validate_only=dry_run
        )
    )
    run.output.done(f"{changed.name} is changed.", changed)


def _board_controller(text: str, secret_file: Path | None) -> pb.BoardController:
    kind, _, rest = text.partition(":")
    address, _, user = rest.rpartition(":")
    kinds = {"redfish": pb.BoardController.KIND_REDFISH, "ipmi": pb.BoardController.KIND_IPMI}
    if kind.lower() not in kinds or not address:
        raise typer.BadParameter(f"{text!r} must look like redfish:10.9.0.7:root")
    secret = secret_file.read_text().strip() if secret_file is not None else ""
    return pb.BoardController(kind=kinds[kind.lower()], address=address, user=user, secret=secret)


def decommission(
    run: Run,
    name: Name,
    reason: Annotated[str, typer.Option(help="Why; kept with its tombstone.")] = "",
    force: Annotated[
        bool, typer.Option("--force", help="A dead node, with machines on it or in a cluster.")
    ] = False,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a node for good; its certificate opens nothing any more."""
    full = words.full_name("nodes", name)
    if not dry_run:
        confirm(run, f"Decommission {full}?", yes=yes)
    run.client.nodes.decommission_node(
        pb.DecommissionNodeRequest(
            name=full,
            reason=reason,
            force=force,
            etag=etag,
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    run.output.done("The request is valid." if dry_run else f"{full} is decommissioned.")


def refresh(run: Run, name: Name, etag: Etag = "", request_id: RequestId = "") -> None:
    """Ask a host for its whole inventory; it comes with one of its next beats."""
    node = run.client.nodes.refresh_inventory(
        pb.RefreshInventoryRequest(
            name=words.full_name("nodes", name), etag=etag, request_id=request_id
        )
    )
    run.output.done(f"{node.name} is asked.", node)
