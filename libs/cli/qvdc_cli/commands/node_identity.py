"""qvdc node adopt, accept, confirm-hardware: an admin's decisions about identities"""

from typing import Annotated

import typer

from quantix.node.v1 import node_pb2 as pb
from qvdc_cli import words
from qvdc_cli.run import DryRun, Etag, RequestId, Run, verb

Name = Annotated[str, typer.Argument(help="Id, uid or name of the node.")]


def add_to(group: typer.Typer) -> None:
    """Add the commands to `qvdc node`."""
    verb(group, "adopt")(adopt)
    verb(group, "accept")(accept)
    verb(group, "confirm-hardware")(confirm_hardware)


def adopt(
    run: Run,
    name: Name,
    replaced: Annotated[
        str, typer.Option("--as", help="The node that it was; the proposed one if left out.")
    ] = "",
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Take a reinstalled host for the node that it was: id, labels and cluster stay."""
    node = run.client.nodes.adopt_identity(
        pb.AdoptIdentityRequest(
            name=words.full_name("nodes", name),
            replaced=words.full_name("nodes", replaced) if replaced else "",
            etag=etag,
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    run.output.done("The request is valid." if dry_run else f"It is {node.name} again.", node)


def accept(
    run: Run, name: Name, etag: Etag = "", request_id: RequestId = "", dry_run: DryRun = False
) -> None:
    """Take a host with the hardware of another node for a node of its own."""
    node = run.client.nodes.accept_identity(
        pb.AcceptIdentityRequest(
            name=words.full_name("nodes", name),
            etag=etag,
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    run.output.done(f"{node.name} is a node of its own.", node)


def confirm_hardware(
    run: Run, name: Name, etag: Etag = "", request_id: RequestId = "", dry_run: DryRun = False
) -> None:
    """Say that a node's changed hardware is right, and that the old one is off."""
    node = run.client.nodes.confirm_hardware(
        pb.ConfirmHardwareRequest(
            name=words.full_name("nodes", name),
            etag=etag,
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    run.output.done(f"The hardware of {node.name} is confirmed.", node)
