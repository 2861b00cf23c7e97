"""qvdc node discover, pair"""

from typing import Annotated

import typer

from quantix.node.v1 import node_join_pb2 as pb
from qvdc_cli import words
from qvdc_cli.output import Column
from qvdc_cli.run import DryRun, RequestId, Run, Wait, confirm, verb
from qvdc_client.errors import ApiError

Address = Annotated[str, typer.Argument(help="HOST or HOST:PORT, as the host shows it.")]
Code = Annotated[str, typer.Option(help="The pairing code that the host shows.", prompt=True)]
Fingerprint = Annotated[
    str, typer.Option(help="The certificate's fingerprint, compared with what the host shows.")
]

DISCOVERED = [
    Column("Address", lambda d: d.address),
    Column("Fingerprint", lambda d: d.fingerprint),
    Column("Hostname", lambda d: d.hostname),
    Column("Machine uuid", lambda d: d.machine_uuid),
    Column("Known as", lambda d: words.short(d.node)),
    Column("Agent", lambda d: d.system.agent_version),
    Column("System", lambda d: f"{d.system.os} {d.system.kernel} {d.system.architecture}".strip()),
    Column("CPU", lambda d: d.inventory.cpu.model),
    Column("Memory", lambda d: words.size(d.inventory, "memory_total_bytes")),
    Column("NICs", lambda d: words.joined(f"{n.name} {n.mac}" for n in d.inventory.nics)),
    Column("Pools", lambda d: words.joined(p.pool for p in d.inventory.pools)),
    Column("Machines", lambda d: words.joined(d.machines)),
]


def add_to(group: typer.Typer) -> None:
    """Add the commands to `qvdc node`."""
    verb(group, "discover")(discover)
    verb(group, "pair")(pair)


def discover(run: Run, address: Address, code: Code, fingerprint: Fingerprint = "") -> None:
    """Look at a host that runs quantix-node pair; nothing is changed."""
    run.output.one(_discovered(run, address, code, fingerprint), DISCOVERED)


def pair(
    run: Run,
    address: Address,
    code: Code,
    fingerprint: Fingerprint = "",
    name: Annotated[str, typer.Option(help="Id of the node; default: the host's name.")] = "",
    cluster: Annotated[str, typer.Option(help="Cluster that it enters.")] = "",
    wait: Wait = True,
    request_id: RequestId = "",
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Take in a host that runs quantix-node pair; ends when it has registered."""
    found = _discovered(run, address, code, fingerprint)
    if not dry_run:
        confirm(run, f"Take in {found.hostname} ({found.machine_uuid})?", yes=yes)
    operation = run.client.node_joins.join_node(
        pb.JoinNodeRequest(
            address=address,
            code=code,
            fingerprint=found.fingerprint,
            node_id=name,
            cluster=words.full_name("clusters", cluster) if cluster else "",
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    run.finish(operation, wait=wait and not dry_run, done=f"{operation.target} has joined.")


def _discovered(run: Run, address: str, code: str, fingerprint: str) -> pb.DiscoveredNode:
    request = pb.DiscoverNodeRequest(address=address, code=code, fingerprint=fingerprint)
    try:
        return run.client.node_joins.discover_node(request)
    except ApiError as error:
        if error.reason != "TLS_UNTRUSTED" or fingerprint:
            raise
        shown = error.facts["fingerprint"]
    grouped = ":".join(shown[i : i + 2] for i in range(0, len(shown), 2)).upper()
    confirm(run, f"Does the host show the fingerprint {grouped}?", yes=False)
    request.fingerprint = shown
    return run.client.node_joins.discover_node(request)
