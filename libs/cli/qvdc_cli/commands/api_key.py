"""qvdc apikey"""

import os
from pathlib import Path
from typing import Annotated

import typer
from google.protobuf.duration_pb2 import Duration

from quantix.console.v1 import api_key_pb2 as pb
from qvdc_cli import words
from qvdc_cli.commands.token import seconds
from qvdc_cli.output import Column
from qvdc_cli.run import DryRun, Etag, Limit, RequestId, Run, verb
from qvdc_client.client import pages

group = typer.Typer(no_args_is_help=True, help="Keys for programs.")

NOUN = "api-keys"
Name = Annotated[str, typer.Argument(help="Id or name of the key.")]

COLUMNS = [
    Column("NAME", lambda k: words.short(k.name)),
    Column("OWNER", lambda k: words.short(k.owner)),
    Column("ROLE", lambda k: words.short(k.role)),
    Column("EXPIRES", lambda k: words.ago(k, "expire_time")),
    Column("LAST USED", lambda k: words.ago(k, "last_use_time")),
]
DETAILS = [
    Column("Name", lambda k: k.name),
    Column("Display name", lambda k: k.display_name),
    Column("Description", lambda k: k.description),
    Column("Owner", lambda k: k.owner),
    Column("Role", lambda k: k.role),
    Column("Expires", lambda k: words.ago(k, "expire_time")),
    Column("Last used", lambda k: words.ago(k, "last_use_time")),
    Column("Last used from", lambda k: k.last_use_address),
    Column("Created", lambda k: words.ago(k, "create_time")),
    Column("Etag", lambda k: k.etag),
]
MADE = [
    Column("Name", lambda k: k.name),
    Column("Secret", lambda k: k.secret or "(shown once, when the key was made)"),
    Column("Role", lambda k: k.role),
    Column("Expires", lambda k: words.ago(k, "expire_time")),
]


@verb(group, "create")
def create(
    run: Run,
    name: Annotated[str, typer.Argument(help="Id of the key; made up if left out.")] = "",
    role: Annotated[str, typer.Option(help="What it may do at most; else all that you may.")] = "",
    ttl: Annotated[str, typer.Option(help="Life: 5min to 1095d.")] = "90d",
    description: str = "",
    out_file: Annotated[
        str,
        typer.Option(help="Write the secret into this new file, mode 0600, and do not show it."),
    ] = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Make a key of yours; its secret is shown this once."""
    key = pb.ApiKey(ttl=Duration(seconds=seconds(ttl)))
    if role:
        key.role = words.full_name("roles", role)
    if description:
        key.description = description
    made = run.client.api_keys.create_api_key(
        pb.CreateApiKeyRequest(
            api_key_id=name, api_key=key, request_id=request_id, validate_only=dry_run
        )
    )
    if dry_run:
        run.output.done("The request is valid.", made)
    elif out_file:
        _write(Path(out_file).expanduser(), made.secret)
        made.secret = ""
        run.output.done(f"{made.name} is made; its secret is in {out_file}.", made)
    else:
        run.output.one(made, MADE)


@verb(group, "list")
def list_(run: Run, limit: Limit = 1000) -> None:
    """List your keys; everybody's, if you may change users."""
    request = pb.ListApiKeysRequest()
    found = pages(run.client.api_keys.list_api_keys, request, items="api_keys", limit=limit)
    run.output.rows(found, COLUMNS)


@verb(group, "show")
def show(run: Run, name: Name) -> None:
    """Show one key, without its secret."""
    full = words.full_name(NOUN, name)
    run.output.one(run.client.api_keys.get_api_key(pb.GetApiKeyRequest(name=full)), DETAILS)


@verb(group, "revoke")
def revoke(
    run: Run, name: Name, etag: Etag = "", request_id: RequestId = "", dry_run: DryRun = False
) -> None:
    """End a key."""
    full = words.full_name(NOUN, name)
    run.client.api_keys.delete_api_key(
        pb.DeleteApiKeyRequest(name=full, etag=etag, request_id=request_id, validate_only=dry_run)
    )
    run.output.done("The request is valid." if dry_run else f"{full} is revoked.")


def _write(path: Path, secret: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        os.fchmod(out.fileno(), 0o600)
        out.write(f"{secret}\n")
