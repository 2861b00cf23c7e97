"""qvdc node token"""

import re
from typing import Annotated

import typer
from google.protobuf.duration_pb2 import Duration

from quantix.node.v1 import join_token_pb2 as pb
from quantix.node.v1 import node_pb2
from qvdc_cli import words
from qvdc_cli.commands.taint import role_of, taint_of, taint_words
from qvdc_cli.output import Column
from qvdc_cli.run import DryRun, Etag, Label, Limit, Query, RequestId, Run, pairs, verb
from qvdc_client.client import pages

group = typer.Typer(no_args_is_help=True, help="Tokens that let hosts join.")

NOUN = "join-tokens"
Name = Annotated[str, typer.Argument(help="Id or name of the token.")]
_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}

COLUMNS = [
    Column("NAME", lambda t: words.short(t.name)),
    Column("USES", lambda t: f"{t.use_count} of {t.max_uses}", right=True),
    Column("EXPIRES", lambda t: words.ago(t, "expire_time")),
    Column("CLUSTER", lambda t: words.short(t.cluster)),
    Column("NODE", lambda t: words.short(t.node)),
    Column("FROM", lambda t: t.allowed_range or words.NOTHING),
    Column("DESCRIPTION", lambda t: t.description or words.NOTHING),
]
DETAILS = [
    Column("Name", lambda t: t.name),
    Column("Display name", lambda t: t.display_name),
    Column("Description", lambda t: t.description),
    Column("Labels", words.labels),
    Column("Uses", lambda t: f"{t.use_count} of {t.max_uses}"),
    Column("Expires", lambda t: words.ago(t, "expire_time")),
    Column(
        "Node labels", lambda t: words.joined(f"{k}={v}" for k, v in sorted(t.node_labels.items()))
    ),
    Column("Node taints", lambda t: words.joined(taint_words(each) for each in t.node_taints)),
    Column("Node roles", lambda t: words.joined(_role_words(t))),
    Column("Cluster", lambda t: words.short(t.cluster)),
    Column("Only for", lambda t: t.node),
    Column("Only from", lambda t: t.allowed_range),
    Column("CA hash", lambda t: t.ca_hash),
    Column("Created", lambda t: words.ago(t, "create_time")),
    Column("Etag", lambda t: t.etag),
]
MADE = [
    Column("Name", lambda t: t.name),
    Column("Secret", lambda t: t.secret or "(shown once, when the token was made)"),
    Column("CA hash", lambda t: t.ca_hash),
    Column("Uses", lambda t: str(t.max_uses)),
    Column("Expires", lambda t: words.ago(t, "expire_time")),
]


def seconds(text: str) -> int:
    """Read an interval such as 90s, 15min, 2h or 7d.

    Raises:
        typer.BadParameter: it is none.
    """
    match = re.fullmatch(r"(\d{1,9})\s*(s|m|min|h|d)", text.strip())
    if match is None:
        raise typer.BadParameter(f"{text!r} must look like 15min, 2h or 7d")
    return int(match[1]) * _UNITS[match[2]]


def _role_words(token: pb.JoinToken) -> list[str]:
    return [
        node_pb2.Node.Role.Name(each).removeprefix("ROLE_").lower() for each in token.node_roles
    ]


@verb(group, "create")
def create(
    run: Run,
    name: Annotated[str, typer.Argument(help="Id of the token; made up if left out.")] = "",
    ttl: Annotated[str, typer.Option(help="Life: 5min to 30d.")] = "1h",
    max_uses: Annotated[int, typer.Option(min=1, max=1000, help="Hosts that may join.")] = 1,
    display_name: Annotated[str, typer.Option(help="Free, for people.")] = "",
    description: str = "",
    cluster: Annotated[str, typer.Option(help="Cluster that each new node enters.")] = "",
    node: Annotated[
        str, typer.Option(help="Only for the host of this node: new, on new hardware, reinstalled.")
    ] = "",
    allowed_range: Annotated[
        str, typer.Option("--from", help="Only for hosts that call from this range: 10.0.0.0/24.")
    ] = "",
    node_label: Annotated[
        list[str], typer.Option(help="KEY=VALUE given to each host that joins.")
    ] = [],
    node_taint: Annotated[
        list[str], typer.Option(help="KEY[=VALUE]:EFFECT put on each host that joins.")
    ] = [],
    node_role: Annotated[
        list[str], typer.Option(help="compute, storage or gateway: what the hosts are for.")
    ] = [],
    label: Label = [],
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Make a token; its secret is shown this once."""
    token = pb.JoinToken(
        ttl=Duration(seconds=seconds(ttl)),
        max_uses=max_uses,
        labels=pairs(label),
        node_labels=pairs(node_label, "--node-label"),
        cluster=words.full_name("clusters", cluster) if cluster else "",
        node=words.full_name("nodes", node) if node else "",
        allowed_range=allowed_range,
        node_taints=[taint_of(each) for each in node_taint],
        node_roles=[role_of(each) for each in node_role],
    )
    if description:
        token.description = description
    if display_name:
        token.display_name = display_name
    made = run.client.join_tokens.create_join_token(
        pb.CreateJoinTokenRequest(
            join_token_id=name, join_token=token, request_id=request_id, validate_only=dry_run
        )
    )
    if dry_run:
        run.output.done("The request is valid.", made)
        return
    run.output.one(made, MADE)
    server = ",".join(made.enrol_addresses) or "HOST:PORT"
    run.output.remark(
        "On the host: put the secret into a file, then"
        f" quantix-node join --server {server} --token-file FILE --ca-hash {made.ca_hash}"
    )


@verb(group, "list")
def list_(run: Run, query: Query = "", label: Label = [], limit: Limit = 1000) -> None:
    """List tokens, those that ended too."""
    found = pages(
        run.client.join_tokens.list_join_tokens,
        pb.ListJoinTokensRequest(query=query, labels=pairs(label)),
        items="join_tokens",
        limit=limit,
    )
    run.output.rows(found, COLUMNS)


@verb(group, "show")
def show(run: Run, name: Name) -> None:
    """Show one token, without its secret."""
    full = words.full_name(NOUN, name)
    run.output.one(
        run.client.join_tokens.get_join_token(pb.GetJoinTokenRequest(name=full)), DETAILS
    )


@verb(group, "revoke")
def revoke(
    run: Run, name: Name, etag: Etag = "", request_id: RequestId = "", dry_run: DryRun = False
) -> None:
    """End a token; hosts that joined with it stay."""
    full = words.full_name(NOUN, name)
    run.client.join_tokens.delete_join_token(
        pb.DeleteJoinTokenRequest(
            name=full, etag=etag, request_id=request_id, validate_only=dry_run
        )
    )
    run.output.done("The request is valid." if dry_run else f"{full} is revoked.")
