"""qvdc node tombstone"""

from typing import Annotated

import typer

from quantix.node.v1 import tombstone_pb2 as pb
from qvdc_cli import words
from qvdc_cli.output import Column
from qvdc_cli.run import DryRun, Limit, Query, RequestId, Run, verb
from qvdc_client.client import pages

group = typer.Typer(no_args_is_help=True, help="Hosts that were removed.")

NOUN = "tombstones"
Name = Annotated[str, typer.Argument(help="Machine uuid of the host.")]
COLUMNS = [
    Column("MACHINE", lambda t: t.machine_uuid),
    Column("NODE", lambda t: t.node_id),
    Column("REMOVED", lambda t: words.ago(t, "remove_time")),
    Column("BY", lambda t: t.removed_by),
    Column("READMITTED", lambda t: "yes" if t.readmitted else "no"),
    Column("REASON", lambda t: t.reason or words.NOTHING),
]


@verb(group, "list")
def list_(run: Run, query: Query = "", limit: Limit = 1000) -> None:
    """List removed hosts."""
    found = pages(
        run.client.tombstones.list_tombstones,
        pb.ListTombstonesRequest(query=query),
        items="tombstones",
        limit=limit,
    )
    run.output.rows(found, COLUMNS)


@verb(group, "readmit")
def readmit(run: Run, name: Name, request_id: RequestId = "", dry_run: DryRun = False) -> None:
    """Let a removed host come back by its certificate, under its old id."""
    stone = run.client.tombstones.readmit_tombstone(
        pb.ReadmitTombstoneRequest(
            name=words.full_name(NOUN, name), request_id=request_id, validate_only=dry_run
        )
    )
    run.output.done(f"{stone.machine_uuid} may come back as {stone.node_id}.", stone)


@verb(group, "delete")
def delete(run: Run, name: Name, request_id: RequestId = "", dry_run: DryRun = False) -> None:
    """Forget that a host was removed: it may join as a stranger, with a token."""
    full = words.full_name(NOUN, name)
    run.client.tombstones.delete_tombstone(
        pb.DeleteTombstoneRequest(name=full, request_id=request_id, validate_only=dry_run)
    )
    run.output.done("The request is valid." if dry_run else f"{full} is forgotten.")
