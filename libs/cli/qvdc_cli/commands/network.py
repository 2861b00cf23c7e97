"""qvdc network"""

from typing import Annotated, Any

import typer
from google.protobuf.field_mask_pb2 import FieldMask

from quantix.network.v1 import network_pb2 as pb
from quantix.network.v1 import port_pb2
from qvdc_cli import words
from qvdc_cli.fields import assign
from qvdc_cli.output import Column
from qvdc_cli.run import (
    DryRun,
    Etag,
    Label,
    Limit,
    Query,
    RequestId,
    Run,
    Watch,
    confirm,
    pairs,
    show_streamed,
    verb,
)
from qvdc_client.client import STREAM_TIMEOUT_MS, pages
from qvdc_client.watch import watch as watching

group = typer.Typer(no_args_is_help=True, help="Segments that machines are plugged into.")

Name = Annotated[str, typer.Argument(help="Id, uid or name of the network.")]
NewName = Annotated[str, typer.Argument(help="Id of the new network.")]
Type = Annotated[str, typer.Option("--type", help="overlay, vlan, external or isolated.")]
Cidr = Annotated[str, typer.Option(help="IPv4 range, such as 10.20.0.0/24.")]
Gateway = Annotated[str, typer.Option(help="Default the first address; `none` for none.")]
Range = Annotated[list[str], typer.Option("--dhcp-range", help="FIRST-LAST; may be repeated.")]
Dns = Annotated[list[str], typer.Option(help="DNS server told to guests; may be repeated.")]
Set = Annotated[list[str], typer.Option("--set", help="Any field as PATH=VALUE.")]

COLUMNS = [
    Column("NAME", lambda n: words.short(n.name)),
    Column("DISPLAY NAME", lambda n: n.display_name),
    Column("TYPE", lambda n: words.enum(n, "type")),
    Column("PHASE", lambda n: words.enum(n, "phase"), state=True),
    Column("CIDR", lambda n: n.ipv4.cidr or words.NOTHING),
    Column("GATEWAY", lambda n: n.ipv4.gateway or words.NOTHING),
    Column("MTU", lambda n: words.optional(n, "mtu"), right=True),
    Column("PORTS", lambda n: str(n.port_count), right=True),
    Column("FREE", lambda n: str(n.addresses.free_count), right=True),
    Column("AGE", lambda n: words.ago(n, "create_time")),
]
DETAILS = [
    Column("Name", lambda n: n.name),
    Column("Display name", lambda n: n.display_name),
    Column("Description", lambda n: n.description),
    Column("Labels", words.labels),
    Column("Type", lambda n: words.enum(n, "type")),
    Column("Phase", lambda n: words.enum(n, "phase"), state=True),
    Column("Why", lambda n: n.phase_message),
    Column("VLAN", lambda n: words.optional(n, "vlan_id") if n.HasField("vlan_id") else ""),
    Column("CIDR", lambda n: n.ipv4.cidr),
    Column("Gateway", lambda n: n.ipv4.gateway),
    Column("MTU", lambda n: words.optional(n, "mtu")),
    Column("DHCP", lambda n: _dhcp(n.dhcp)),
    Column(
        "Addresses",
        lambda n: (
            f"{n.addresses.used_count} used, {n.addresses.reserved_count} reserved,"
            f" {n.addresses.free_count} free of {n.addresses.total_count}"
        ),
    ),
    Column("Reserved", lambda n: words.joined(n.reserved)),
    Column("Ports", lambda n: str(n.port_count)),
    Column("Port security", lambda n: "on" if n.port_security else "off"),
    Column("Seen", lambda n: words.ago(n, "observe_time")),
    Column("Created", lambda n: words.ago(n, "create_time")),
    Column("Uid", lambda n: n.uid),
    Column("Etag", lambda n: n.etag),
]
PLAN = [
    Column("CHANGE", lambda r: words.enum(r, "change")),
    Column("TABLE", lambda r: r.table),
    Column("KEY", lambda r: r.key),
    Column("COLUMNS", lambda r: words.joined(f"{k}={v}" for k, v in sorted(r.columns.items()))),
]
ADDRESSES = [
    Column("ADDRESS", lambda a: a.address),
    Column("MAC", lambda a: a.mac),
    Column("PORT", lambda a: words.short(a.port)),
    Column("OWNER", lambda a: a.owner or words.NOTHING),
]
PORTS = [
    Column("NAME", lambda p: words.short(p.name)),
    Column("STATUS", lambda p: words.enum(p, "status"), state=True),
    Column("ADDRESSES", lambda p: words.joined(p.fixed_ips)),
    Column("MAC", lambda p: p.mac),
    Column("OWNER", lambda p: p.owner or words.NOTHING),
    Column("BOUND", lambda p: "yes" if p.bound else "no", state=True),
]


@verb(group, "create")
def create(
    run: Run,
    name: NewName,
    cidr: Cidr = "",
    type_: Type = "overlay",
    gateway: Gateway = "",
    dhcp: Annotated[bool, typer.Option("--dhcp/--no-dhcp", help="Tell guests by DHCP.")] = True,
    dhcp_range: Range = [],
    dns: Dns = [],
    mtu: Annotated[int, typer.Option(min=0, max=9000, help="0 lets the site choose.")] = 0,
    vlan: Annotated[int, typer.Option(min=0, max=4094, help="VLAN id.")] = 0,
    display_name: str = "",
    description: str = "",
    label: Label = [],
    set_: Set = [],
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Make a network; with --dry-run show the plan only."""
    network = _network(name, cidr, type_, gateway, dhcp, dhcp_range, dns, mtu, vlan)
    if display_name:
        network.display_name = display_name
    if description:
        network.description = description
    network.labels.update(pairs(label))
    assign(network, set_)
    made = run.client.networks.create_network(
        pb.CreateNetworkRequest(
            network_id=name, network=network, request_id=request_id, validate_only=dry_run
        )
    )
    if dry_run:
        _show_plan(run, made)
    else:
        run.output.done(f"{made.name} is made; it is being applied.", made)


@verb(group, "plan")
def plan(
    run: Run,
    name: NewName,
    cidr: Cidr = "",
    type_: Type = "overlay",
    gateway: Gateway = "",
    dhcp: Annotated[bool, typer.Option("--dhcp/--no-dhcp")] = True,
    dhcp_range: Range = [],
    dns: Dns = [],
    mtu: Annotated[int, typer.Option(min=0, max=9000)] = 0,
    vlan: Annotated[int, typer.Option(min=0, max=4094)] = 0,
    set_: Set = [],
) -> None:
    """Show what `create` would make, and make nothing."""
    network = _network(name, cidr, type_, gateway, dhcp, dhcp_range, dns, mtu, vlan)
    assign(network, set_)
    planned = run.client.networks.create_network(
        pb.CreateNetworkRequest(network_id=name, network=network, validate_only=True)
    )
    _show_plan(run, planned)


@verb(group, "list")
def list_(
    run: Run,
    query: Query = "",
    label: Label = [],
    limit: Limit = 1000,
    watch: Watch = False,
) -> None:
    """List networks."""
    if watch:
        _watch(run)
        return
    request = pb.ListNetworksRequest(query=query, labels=pairs(label))
    run.output.rows(
        pages(run.client.networks.list_networks, request, items="networks", limit=limit), COLUMNS
    )


@verb(group, "show")
def show(run: Run, name: Name) -> None:
    """Show one network whole."""
    full = words.full_name("networks", name)
    run.output.one(run.client.networks.get_network(pb.GetNetworkRequest(name=full)), DETAILS)


@verb(group, "edit")
def edit(
    run: Run,
    name: Name,
    display_name: str | None = None,
    description: str | None = None,
    mtu: Annotated[int | None, typer.Option(min=576, max=9000)] = None,
    label: Annotated[
        list[str] | None, typer.Option("--label", "-l", help="Replaces all labels.")
    ] = None,
    set_: Set = [],
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Change what is given; the rest stays."""
    network = pb.Network(name=words.full_name("networks", name), etag=etag)
    paths = assign(network, set_)
    given = (("display_name", display_name), ("description", description), ("mtu", mtu))
    for field, value in given:
        if value is not None:
            setattr(network, field, value)
            paths.append(field)
    if label:
        network.labels.update(pairs(label))
        paths.append("labels")
    if not paths:
        raise typer.BadParameter("nothing to change was given")
    changed = run.client.networks.update_network(
        pb.UpdateNetworkRequest(
            network=network,
            update_mask=FieldMask(paths=paths),
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    if dry_run:
        _show_plan(run, changed)
    else:
        run.output.done(f"{changed.name}: {', '.join(paths)} changed.", changed)


@verb(group, "delete")
def delete(
    run: Run,
    name: Name,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a network without ports."""
    full = words.full_name("networks", name)
    if not dry_run:
        confirm(run, f"Delete {full}?", yes=yes)
    run.client.networks.delete_network(
        pb.DeleteNetworkRequest(name=full, etag=etag, request_id=request_id, validate_only=dry_run)
    )
    run.output.done("The request is valid." if dry_run else f"{full} is deleted.")


@verb(group, "addresses")
def addresses(run: Run, name: Name, limit: Limit = 1000) -> None:
    """List a network's addresses and who holds them."""
    request = pb.ListNetworkAddressesRequest(name=words.full_name("networks", name))
    method = run.client.networks.list_network_addresses
    run.output.rows(pages(method, request, items="addresses", limit=limit), ADDRESSES)


@verb(group, "ports")
def ports(run: Run, name: Name, limit: Limit = 1000) -> None:
    """List a network's ports."""
    request = port_pb2.ListPortsRequest(network=words.full_name("networks", name))
    run.output.rows(pages(run.client.ports.list_ports, request, items="ports", limit=limit), PORTS)


@verb(group, "watch")
def watch_(run: Run) -> None:
    """Show all networks, then each change."""
    _watch(run)


def _watch(run: Run) -> None:
    def stream(token: str) -> Any:
        return run.client.networks.watch_networks(
            pb.WatchNetworksRequest(resume_token=token), timeout_ms=STREAM_TIMEOUT_MS
        )

    show_streamed(run, watching(stream), "network", COLUMNS)


def _network(
    name: str,
    cidr: str,
    type_: str,
    gateway: str,
    dhcp: bool,
    dhcp_range: list[str],
    dns: list[str],
    mtu: int,
    vlan: int,
) -> pb.Network:
    network = pb.Network(display_name=name)
    assign(network, [f"type={type_}"])
    if cidr:
        network.ipv4.cidr, network.ipv4.gateway = cidr, gateway
        network.dhcp.enabled = dhcp
    for text in dhcp_range:
        first, dash, last = text.partition("-")
        if not dash:
            raise typer.BadParameter(f"{text!r} must look like FIRST-LAST")
        network.dhcp.ranges.add(first=first.strip(), last=last.strip())
    network.dhcp.dns_servers.extend(dns)
    if mtu:
        network.mtu = mtu
    if vlan:
        network.vlan_id = vlan
    return network


def _show_plan(run: Run, network: pb.Network) -> None:
    if network.plan.summary:
        run.output.remark(network.plan.summary)
    run.output.rows(network.plan.rows, PLAN)
    for warning in network.plan.warnings:
        run.output.remark(f"Warning: {warning}")


def _dhcp(dhcp: pb.DhcpSettings) -> str:
    if not dhcp.enabled:
        return "off"
    ranges = words.joined(f"{each.first}-{each.last}" for each in dhcp.ranges)
    dns = f", DNS {words.joined(dhcp.dns_servers)}" if dhcp.dns_servers else ""
    return f"on, {ranges if dhcp.ranges else 'all addresses'}, {dhcp.lease_seconds} s{dns}"
