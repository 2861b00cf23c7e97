"""qvdc node reboot, shutdown"""

from typing import Annotated

import typer

from quantix.node.v1 import node_power_pb2 as pb
from qvdc_cli import words
from qvdc_cli.run import DryRun, Etag, RequestId, Run, Wait, confirm, verb

Name = Annotated[str, typer.Argument(help="Id, uid or name of the node.")]
Force = Annotated[bool, typer.Option("--force", help="Also with machines running on it.")]
Machines = Annotated[
    int, typer.Option("--machines", min=0, help="With --force: how many machines run there.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def add_to(group: typer.Typer) -> None:
    """Add the commands to `qvdc node`."""
    verb(group, "reboot")(reboot)
    verb(group, "shutdown")(shutdown)


def reboot(
    run: Run,
    name: Name,
    force: Force = False,
    machines: Machines = 0,
    wait: Wait = True,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Restart a host; ends when it is back in a new boot."""
    full = words.full_name("nodes", name)
    if not dry_run:
        confirm(run, _question("Restart", full, machines), yes=yes)
    operation = run.client.node_power.reboot_node(
        pb.RebootNodeRequest(
            name=full,
            etag=etag,
            request_id=request_id,
            validate_only=dry_run,
            force=force,
            machine_count=machines,
        )
    )
    run.finish(operation, wait=wait and not dry_run, done=f"{full} is back.")


def shutdown(
    run: Run,
    name: Name,
    force: Force = False,
    machines: Machines = 0,
    wait: Wait = True,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Turn a host off; ends when it is silent."""
    full = words.full_name("nodes", name)
    if not dry_run:
        confirm(run, _question("Turn off", full, machines), yes=yes)
    operation = run.client.node_power.shutdown_node(
        pb.ShutdownNodeRequest(
            name=full,
            etag=etag,
            request_id=request_id,
            validate_only=dry_run,
            force=force,
            machine_count=machines,
        )
    )
    run.finish(operation, wait=wait and not dry_run, done=f"{full} is off.")


def _question(verb_: str, node: str, machines: int) -> str:
    with_them = f" with the {machines} machines that run on it" if machines else ""
    return f"{verb_} {node}{with_them}?"
