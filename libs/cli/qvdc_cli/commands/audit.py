"""qvdc audit"""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from google.protobuf.timestamp_pb2 import Timestamp

from quantix.console.v1 import audit_record_pb2 as pb
from qvdc_cli import words
from qvdc_cli.commands.token import seconds
from qvdc_cli.output import Column
from qvdc_cli.run import Limit, Run, verb
from qvdc_client.client import pages

group = typer.Typer(no_args_is_help=True, help="Who did what, and what was refused.")

COLUMNS = [
    Column("TIME", lambda r: words.ago(r, "time")),
    Column("WHO", lambda r: r.actor or words.NOTHING),
    Column("FROM", lambda r: r.address or words.NOTHING),
    Column("WHAT", lambda r: r.method.rpartition("/")[2] or r.method),
    Column("ABOUT", lambda r: r.object or words.NOTHING),
    Column("OUTCOME", lambda r: " ".join(each for each in (r.code, r.reason) if each)),
]


@verb(group, "list")
def list_(
    run: Run,
    actor: Annotated[str, typer.Option(help="Only of this actor: user:admin.")] = "",
    about: Annotated[str, typer.Option(help="Only about this object: vms/web-1.")] = "",
    code: Annotated[str, typer.Option(help="Only with this outcome: PERMISSION_DENIED.")] = "",
    since: Annotated[str, typer.Option(help="Only of the last: 15min, 2h, 7d.")] = "",
    limit: Limit = 100,
) -> None:
    """List records, newest first."""
    request = pb.ListAuditRecordsRequest(actor=actor, object=about, code=code.upper())
    if since:
        start = Timestamp()
        start.FromDatetime(datetime.now(UTC) - timedelta(seconds=seconds(since)))
        request.start_time.CopyFrom(start)
    found = pages(run.client.audit.list_audit_records, request, items="audit_records", limit=limit)
    run.output.rows(found, COLUMNS)
