"""qvdc operation"""

from typing import Annotated

import typer

from quantix.operation.v1 import operation_pb2 as pb
from qvdc_cli import words
from qvdc_cli.output import Column
from qvdc_cli.run import Limit, RequestId, Run, verb
from qvdc_client.client import pages

group = typer.Typer(no_args_is_help=True, help="Long work.")

Name = Annotated[str, typer.Argument(help="Name or id of the operation.")]

COLUMNS = [
    Column("NAME", lambda o: words.short(o.name)),
    Column("VERB", lambda o: o.verb),
    Column("TARGET", lambda o: o.target),
    Column("STATE", lambda o: words.enum(o, "state") + (" (stalled)" if o.stalled else "")),
    Column("STAGE", lambda o: o.stage or words.NOTHING),
    Column("PROGRESS", lambda o: f"{o.progress_percent} %", right=True),
    Column("AGE", lambda o: words.ago(o, "create_time")),
]
DETAILS = [
    Column("Name", lambda o: o.name),
    Column("What", lambda o: f"{o.verb} {o.target}"),
    Column("State", lambda o: words.enum(o, "state"), state=True),
    Column("Stalled", lambda o: "yes: no sign of progress for a minute" if o.stalled else ""),
    Column("Stage", lambda o: o.stage),
    Column("Message", lambda o: o.message),
    Column("Progress", lambda o: f"{o.progress_percent} %"),
    Column(
        "Bytes",
        lambda o: (
            f"{words.size(o, 'bytes_done')} of {words.size(o, 'bytes_total')}"
            if o.HasField("bytes_done")
            else ""
        ),
    ),
    Column("Error", lambda o: f"{o.error.reason}: {o.error.message}" if o.error.reason else ""),
    Column("Facts", lambda o: "\n".join(f"{k}: {v}" for k, v in sorted(o.error.metadata.items()))),
    Column("Requester", lambda o: o.requester),
    Column("Created", lambda o: words.ago(o, "create_time")),
    Column("Last sign", lambda o: words.ago(o, "last_beat_time")),
    Column("Ended", lambda o: words.ago(o, "end_time") if o.HasField("end_time") else ""),
    Column("Parts", lambda o: "\n".join(o.children)),
    Column("Trace", lambda o: o.trace_id),
]


@verb(group, "list")
def list_(
    run: Run,
    target: Annotated[str, typer.Option(help="Only work on this resource, as vms/web-1.")] = "",
    live: Annotated[bool, typer.Option("--live", help="Only work that has not ended.")] = False,
    limit: Limit = 50,
) -> None:
    """List operations, newest first."""
    states = (
        [pb.Operation.STATE_QUEUED, pb.Operation.STATE_RUNNING, pb.Operation.STATE_CANCELLING]
        if live
        else []
    )
    request = pb.ListOperationsRequest(target=target, states=states, page_size=min(limit, 1000))
    method = run.client.operations.list_operations
    run.output.rows(pages(method, request, items="operations", limit=limit), COLUMNS)


@verb(group, "show")
def show(run: Run, name: Name) -> None:
    """Show one operation whole."""
    run.output.one(_get(run, name), DETAILS)


@verb(group, "wait")
def wait_(run: Run, name: Name) -> None:
    """Wait for an operation's end, with its progress; ends as it ends."""
    operation = run.follow(_get(run, name))
    run.output.done(f"{operation.verb} {operation.target}: done.", operation)


@verb(group, "cancel")
def cancel(run: Run, name: Name, request_id: RequestId = "") -> None:
    """Ask for an operation to stop."""
    operation = run.client.operations.cancel_operation(
        pb.CancelOperationRequest(name=_full(name), request_id=request_id)
    )
    run.output.done(f"{operation.name} is being cancelled.", operation)


def _get(run: Run, name: str) -> pb.Operation:
    return run.client.operations.get_operation(pb.GetOperationRequest(name=_full(name)))


def _full(name: str) -> str:
    return words.full_name("operations", name)
