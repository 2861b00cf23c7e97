"""qvdc events"""

from typing import Annotated, Any

import typer

from quantix.event.v1 import event_pb2 as pb
from qvdc_cli import words
from qvdc_cli.output import Column
from qvdc_cli.run import Limit, Run, show_streamed, verb
from qvdc_client.client import STREAM_TIMEOUT_MS, pages
from qvdc_client.watch import watch as watching

group = typer.Typer(no_args_is_help=True, help="What happened.")

COLUMNS = [
    Column("WHEN", lambda e: words.ago(e, "time")),
    Column("SEVERITY", lambda e: words.enum(e, "severity")),
    Column("KIND", lambda e: e.kind),
    Column("SUBJECT", lambda e: e.subject),
    Column("ACTOR", lambda e: e.actor or words.NOTHING),
    Column("TEXT", lambda e: e.text),
]
STREAM = [Column("TIME", lambda e: words.clock(e, "time")), *COLUMNS[1:]]


@verb(group, "list")
def list_(
    run: Run,
    subject: Annotated[str, typer.Option(help="Only events on this resource.")] = "",
    kind: Annotated[list[str], typer.Option(help="Only these kinds; may be repeated.")] = [],
    cluster: Annotated[str, typer.Option(help="Only events of this cluster.")] = "",
    limit: Limit = 50,
) -> None:
    """List events, newest first."""
    request = pb.ListEventsRequest(subject=subject, kinds=kind, page_size=min(limit, 1000))
    if cluster:
        request.cluster = words.full_name("clusters", cluster)
    run.output.rows(
        pages(run.client.events.list_events, request, items="events", limit=limit), COLUMNS
    )


@verb(group, "watch")
def watch_(run: Run) -> None:
    """Show events as they happen."""

    def stream(token: str) -> Any:
        return run.client.events.watch_events(
            pb.WatchEventsRequest(resume_token=token), timeout_ms=STREAM_TIMEOUT_MS
        )

    show_streamed(run, watching(stream), "event", STREAM, marked=False)
